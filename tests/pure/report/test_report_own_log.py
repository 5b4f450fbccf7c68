"""What a target's own log showed, in every format: a number beside the verdict, which stays what it was."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from lxml import html as reader
from msgspec.structs import replace

from bsaudit.cli.exit_codes import mapped
from bsaudit.judge.exit_policy import ExitPolicy, exit_code
from bsaudit.model.logs import LogTotals, TargetLog
from bsaudit.model.report import Report
from bsaudit.model.state import CheckEntry, Condition, TargetState
from bsaudit.report.formats import Look, report_renderer
from bsaudit.report.nagios import warns
from bsaudit.report.redact import Redactor
from tests.support.reports import BACKSCATTER, CLEAN, START

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC), 200)
TOTALS = LogTotals(
    ndn_outside=7,
    autoreply_outside=2,
    undelivered=3,
    reverse_paths=8,
    reasons={"user-unknown": 7},
    authenticated_or_local=1,
    backscatter=6,
    first="2026-02-28T10:02:00Z",
    last="2026-03-01T10:01:00Z",
)
READ = TargetLog(read=("/var/log/mail.log",), at=START, since_at=START - timedelta(days=1), notices=9, totals=TOTALS)
WITHIN = replace(READ, max_notices=9, exceeded=False)
OVER = replace(READ, max_notices=8, exceeded=True)
UNREAD = replace(READ, notices=None, totals=None, max_notices=8, error="/var/log/mail.log: Permission denied")
SAID = "its own log has 9 notices to outside addresses in 24 h"


def with_log(log: TargetLog | None, report: Report = CLEAN) -> Report:
    return replace(report, targets=tuple(replace(one, log=log) for one in report.targets))


def shown(form: str, log: TargetLog | None, report: Report = CLEAN) -> str:
    content = report_renderer(form)(with_log(log, report), LOOK).decode()
    words = reader.fromstring(content).text_content() if form == "html" else content.replace("\\", "")
    return " ".join(words.split())


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_people_are_told_how_many_and_what_the_verdict_is_stays(form: str) -> None:
    words = shown(form, READ)
    assert f"{SAID} (until 2026-03-01 10:02 UTC)" in words
    assert "7 non-delivery notices; 2 automatic replies; 8 different addresses got them; 3 of these were not" in words
    assert "more than" not in words
    assert "CLEAN" in words.upper()
    assert f"{SAID}, more than the 8 of max_notices" in shown(form, OVER)
    assert "its own log says nothing: /var/log/mail.log: Permission denied" in shown(form, UNREAD)
    assert "own log" not in shown(form, None)


STATE = TargetState(target="example.org", state=Condition.CLEAN, since_at=START, last_run_at=START)


def checked(log: TargetLog | None) -> Report:
    targets = tuple(replace(one, state=STATE) for one in CLEAN.targets)
    return replace(CLEAN, run=None, targets=targets, check=CheckEntry())


@pytest.mark.parametrize(
    ("log", "last"),
    [
        (OVER, "1 of 1 with more notices in the own log than max_notices: example.org"),
        (UNREAD, "1 of 1 with an own log that says nothing: example.org"),
        (WITHIN, None),
        (replace(UNREAD, max_notices=None), None),
    ],
)
def test_a_check_says_why_it_does_not_exit_0(log: TargetLog, last: str | None) -> None:
    lines = report_renderer("text")(with_log(log, checked(log)), LOOK).decode().splitlines()
    assert lines[0].startswith("CLEAN  example.org  since 2026-03-01 10:02 UTC; its own log ")
    assert lines[-1] == "1 of 1 CLEAN"
    assert (lines[-2] or None) == last


@pytest.mark.parametrize(
    ("log", "service", "word"),
    [
        (OVER, "WARNING", "over max_notices"),
        (UNREAD, "UNKNOWN", "own log unknown"),
        (WITHIN, "OK", "clean"),
        (None, "OK", "clean"),
    ],
)
def test_a_plugin_warns_of_it_and_its_code_agrees(log: TargetLog | None, service: str, word: str) -> None:
    report = with_log(log, checked(log))
    text = report_renderer("nagios")(report, LOOK).decode()
    assert text.startswith(f"BACKSCATTER {service} - 1 of 1 {word}")
    code = exit_code(report, ExitPolicy(logs=False))
    named = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
    assert named[mapped(code, nagios=True, warning=warns(report, LOOK.now))] == service
    assert ("notices_example.org=9" in text) is (log is not None and log.notices is not None)


def test_it_makes_backscatter_no_better() -> None:
    text = report_renderer("nagios")(with_log(UNREAD, BACKSCATTER), LOOK).decode()
    assert text.startswith("BACKSCATTER CRITICAL")


@pytest.mark.parametrize(
    ("log", "tag"), [(OVER, "failure"), (UNREAD, "error"), (WITHIN, ""), (READ, None), (None, None)]
)
def test_junit_has_a_case_of_it_where_a_limit_was_set(log: TargetLog | None, tag: str | None) -> None:
    root = ET.fromstring(report_renderer("junit")(with_log(log), LOOK))
    cases = [case for case in root.iter("testcase") if case.get("name") == "own log"]
    assert [case[0].tag if len(case) else "" for case in cases] == ([] if tag is None else [tag])


def test_github_warns_of_it() -> None:
    assert shown("github", WITHIN).startswith("::notice ")
    assert shown("github", OVER).startswith("::warning ")
    assert SAID in shown("github", OVER)
    assert shown("github", UNREAD).startswith("::warning ")


def test_a_table_has_a_row_of_it() -> None:
    rows = csv.DictReader(report_renderer("csv")(with_log(READ), LOOK).decode().splitlines())
    assert [row["explanation"] for row in rows if row["record"] == "log"] == [SAID]


def test_json_has_all_of_it() -> None:
    (target,) = json.loads(report_renderer("json")(with_log(OVER), LOOK))["targets"]
    log = target["log"]
    assert (log["notices"], log["max_notices"], log["exceeded"], log["error"]) == (9, 8, True, None)
    assert (log["totals"]["reasons"], log["since_at"]) == ({"user-unknown": 7}, "2026-02-28T10:02:00.000Z")


def test_metrics_are_gauges_and_what_is_not_known_has_none() -> None:
    def gauges(log: TargetLog | None) -> dict[str, str]:
        lines = report_renderer("openmetrics")(with_log(log), LOOK).decode().splitlines()
        mine = [line.removeprefix("bsaudit_target_log_") for line in lines if line.startswith("bsaudit_target_log")]
        return dict(line.split('{target="example.org"} ') for line in mine)

    found = gauges(OVER)
    assert found.pop("read_timestamp_seconds") == str(int(START.timestamp()))
    assert found == {
        "read": "1",
        "notices": "9",
        "max_notices": "8",
        "ndn_outside": "7",
        "delay_outside": "0",
        "success_outside": "0",
        "autoreply_outside": "2",
        "backscatter": "6",
        "undelivered": "3",
    }
    assert gauges(UNREAD).keys() == {"read", "read_timestamp_seconds", "max_notices"}
    assert gauges(UNREAD)["read"] == "0"
    assert not gauges(None)


def test_a_redacted_one_names_nobody() -> None:
    said = replace(UNREAD, read=("/home/ann/mail.log", "ssh …"), error="/home/ann/mail.log: mx.example.org is away")
    (target,) = Redactor()(with_log(said)).targets
    assert "ann" not in str(target.log)
    assert "example.org" not in str(target.log)


@pytest.mark.parametrize(
    ("log", "levels"), [(READ, []), (WITHIN, []), (OVER, ["error"]), (UNREAD, ["warning"])], ids=str
)
def test_code_scanning_is_told_where_somebody_should_look(log: TargetLog, levels: list[str]) -> None:
    (run,) = json.loads(report_renderer("sarif")(with_log(log), LOOK))["runs"]
    assert [result["level"] for result in run["results"] if result["ruleId"] == "own-log"] == levels
    assert "own-log" in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
