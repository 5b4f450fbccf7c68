"""What `status` prints says what it exits with, in every format: how targets stand, and not their last runs alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from junitparser import JUnitXml
from lxml import html as lxml_html
from msgspec.structs import replace

from bsaudit.judge.baseline import told_by_states
from bsaudit.model.probe import CountsAs, Outcome
from bsaudit.model.report import ErrorEntry, Report, TargetEntry
from bsaudit.model.state import CheckEntry, Condition, TargetState
from bsaudit.report.formats import Document, Look, fitting, report_renderer
from tests.support.reports import BACKSCATTER, CLEAN, INCONCLUSIVE, probe

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LOOK = Look(NOW, verbose=True)
GOOD, BAD, OPEN = CLEAN.targets[0], BACKSCATTER.targets[0], INCONCLUSIVE.targets[0]
GONE = replace(OPEN, probes=(), not_audited=ErrorEntry(where="dns", message="no answer"))
HALF = replace(BAD, probes=(*BAD.probes, probe(Outcome.UNRESOLVED, CountsAs.INCONCLUSIVE, id="p9")))
MENDED_HALF = replace(GOOD, probes=(*GOOD.probes, probe(Outcome.UNRESOLVED, CountsAs.INCONCLUSIVE, id="p9")))


def junit(text: bytes) -> int:
    suites = list(JUnitXml.fromstring(text))
    return 1 if any(one.failures for one in suites) else 3 if any(one.errors for one in suites) else 0


def github(text: bytes) -> int:
    return {b"error": 1, b"warning": 3, b"notice": 0}[text.split(b" ")[0].strip(b":")]


def sarif(text: bytes) -> int:
    (run,) = json.loads(text)["runs"]
    told = [one for one in run["results"] if one["kind"] == "fail" and not one.get("suppressions")]
    if any(one["ruleId"].startswith("backscatter") for one in told):
        return 1
    return 3 if any(one["ruleId"] in ("inconclusive", "not-audited") for one in told) else 0


def nagios(text: bytes) -> int:
    return {b"OK": 0, b"WARNING": 0, b"CRITICAL": 1, b"UNKNOWN": 3}[text.split()[1]]


def in_words(text: bytes) -> int:
    word, accepted, undecided = re.search(
        r"(BACKSCATTER|CLEAN|UNDECIDED|NOT AUDITED)( \(accepted)?(, the rest undecided)?", text.decode()
    ).groups()
    if word == "BACKSCATTER":
        return 3 if undecided else 0 if accepted else 1
    return 0 if word == "CLEAN" else 3


def page(text: bytes) -> int:
    (title,) = lxml_html.fromstring(text).xpath("//article//h1")
    return in_words(str(title.text_content()).encode())


def in_json(text: bytes) -> int:
    found: int = json.loads(text)["exit_code"]
    return found


def gauges(text: bytes) -> int:
    told = text.decode()
    (state,) = re.findall(r'bsaudit_target_state\{target="example.org",state="(\w+)"\} 1', told)
    return {"backscatter": 1, "clean": 0}.get(state, 3)


READERS: dict[str, Callable[[bytes], int]] = {
    "text": in_words,
    "json": in_json,
    "junit": junit,
    "nagios": nagios,
    "markdown": in_words,
    "html": page,
    "github": github,
    "sarif": sarif,
    "openmetrics": gauges,
}
OTHERS = {
    "jsonl",  # the JSON report in a line
    "csv",  # verdict and state, each in a column of its own
}
STATES = {
    "a bounce outstanding, the last run clean": (GOOD, Condition.BACKSCATTER, None, False, 1),
    "a bounce outstanding, the last run open": (OPEN, Condition.BACKSCATTER, None, False, 1),
    "a bounce outstanding, the last run nothing": (GONE, Condition.BACKSCATTER, None, False, 1),
    "a bounce in the last run": (BAD, Condition.BACKSCATTER, None, False, 1),
    "a bounce long ago": (GOOD, Condition.BACKSCATTER, None, True, 1),
    "clean": (GOOD, Condition.CLEAN, None, False, 0),
    "clean, the last run open": (OPEN, Condition.CLEAN, None, False, 0),
    "clean, the last run nothing": (GONE, Condition.CLEAN, None, False, 0),
    "clean long ago": (GOOD, Condition.UNDECIDED, None, True, 3),
    "never decided": (OPEN, Condition.UNDECIDED, None, False, 3),
    "accepted": (BAD, Condition.BACKSCATTER, "until May", False, 0),
    "accepted, the last run clean": (GOOD, Condition.BACKSCATTER, "until May", False, 0),
    "accepted, the rest open": (HALF, Condition.BACKSCATTER, "until May", False, 3),
    "accepted, the last run clean but for the rest": (MENDED_HALF, Condition.BACKSCATTER, "until May", False, 3),
    "not auditable": (GONE, Condition.NOT_AUDITABLE, None, False, 4),
    "not auditable, what bounced before accepted": (GONE, Condition.NOT_AUDITABLE, "until May", False, 4),
}


def standing(entry: TargetEntry, condition: Condition, accepted: str | None, *, stale: bool) -> Report:
    state = TargetState(
        target="example.org", state=condition, since_at=NOW - timedelta(days=9), last_run_at=NOW, stale=stale
    )
    ends = NOW + timedelta(days=60) if accepted else None
    entry = replace(entry, state=replace(state, accepted=accepted, accept_expires_at=ends))
    return told_by_states(replace(CLEAN, run=None, errors=(), targets=(entry,), check=CheckEntry()))


def test_every_format_is_read() -> None:
    assert {*READERS} | OTHERS == {*fitting(Document.REPORT)}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("stands", STATES)
def test_a_format_says_what_the_exit_code_says(stands: str, name: str) -> None:
    entry, condition, accepted, stale, code = STATES[stands]
    report = standing(entry, condition, accepted, stale=stale)
    assert report.exit_code == code
    told = READERS[name](report_renderer(name)(report, LOOK))
    if name == "openmetrics" and accepted and condition is Condition.BACKSCATTER:
        assert told == 1  # whose alerts ask for the acceptance, a gauge of its own
    else:
        assert told == (code if name == "json" else min(code, 3))


@pytest.mark.parametrize("name", ["text", "html", "markdown", "junit", "github", "sarif", "nagios"])
def test_what_is_outstanding_is_told_with_its_reason(name: str) -> None:
    state = TargetState(
        target="example.org",
        state=Condition.BACKSCATTER,
        since_at=NOW - timedelta(days=9),
        last_run_at=NOW,
        note="good in 1 of the 2 runs that show it mended",
    )
    report = told_by_states(replace(CLEAN, run=None, targets=(replace(GOOD, state=state),), check=CheckEntry()))
    told = re.sub(r"\s+", " ", report_renderer(name)(report, LOOK).decode())
    assert "since 2026-02-21" in told
    assert state.note in told
    assert "last run: " in told or "What follows is of the last run alone" in told


def test_a_check_tells_of_its_own_run_whatever_stands_over_all() -> None:
    state = TargetState(target="example.org", state=Condition.BACKSCATTER)
    report = replace(CLEAN, run=None, targets=(replace(GOOD, state=state),), check=CheckEntry())
    assert [READERS[name](report_renderer(name)(report, LOOK)) for name in ("junit", "github", "sarif")] == [0, 0, 0]
