"""The plugin's output, read by a grammar of the Monitoring Plugins guidelines and Nagios' plugin API."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from bsaudit.cli.exit_codes import mapped
from bsaudit.model.report import ErrorEntry, Report, Verdict
from bsaudit.model.state import Condition, TargetState
from bsaudit.report import json as as_json
from bsaudit.report import nagios
from bsaudit.report.formats import Look
from tests.support.reports import BACKSCATTER, CLEAN, EVERY, FAILED, INCONCLUSIVE, RECORDED

NOW = datetime(2026, 3, 1, tzinfo=UTC)
# Plugin API: text | performance data, then lines of text, the last of which may be followed by more performance data.
VALUE = r"(?:'[^'=|\n]+'|[^\s'=|]+)=-?\d+(?:\.\d+)?(?:s|us|ms|%|B|KB|MB|TB|c)?(?:;[\d.:@~-]*){0,4}"
DATA = rf"{VALUE}(?: {VALUE})*"
GRAMMAR = re.compile(
    rf"(?P<service>[A-Z]+ (?P<state>OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+) \| (?P<first>{DATA})"
    rf"(?:\n(?P<long>[^|]+?))? ?\|? ?(?P<more>{DATA})?\n"
)
CODES = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}


def read(report: Report) -> dict[str, str]:
    text = nagios.render(report, Look(NOW)).decode()
    match = GRAMMAR.fullmatch(text)
    assert match, text
    assert len(text.splitlines()[0]) <= 80
    return {name: part or "" for name, part in match.groupdict().items()}


def data(report: Report) -> dict[str, str]:
    found = read(report)
    return dict(one.split("=") for one in f"{found['first']} {found['more']}".split())


def stated(report: Report, **fields: object) -> Report:
    state = TargetState(**{"target": "example.org", "state": Condition.CLEAN, **fields})
    return replace(report, targets=(replace(report.targets[0], state=state),))


def many(*verdicts: Verdict) -> Report:
    targets = [replace(CLEAN.targets[0], target=f"{n}.example", verdict=one) for n, one in enumerate(verdicts)]
    return replace(CLEAN, targets=tuple(targets))


@pytest.mark.parametrize("name", EVERY)
def test_every_run_follows_the_guidelines_and_agrees_with_the_exit_code(name: str) -> None:
    report = EVERY[name]
    assert CODES[read(report)["state"]] == mapped(report.exit_code, nagios=True)


@pytest.mark.parametrize("name", EVERY)
def test_no_probe_and_no_target_of_the_json_is_missing(name: str) -> None:
    targets = json.loads(as_json.render(EVERY[name]))["targets"]
    assert data(EVERY[name])["probes"] == str(sum(len(target["probes"]) for target in targets))
    assert data(EVERY[name])["targets"] == str(len(targets))
    assert len(read(EVERY[name])["long"].splitlines()) >= len(targets)


def test_the_first_line_names_the_worst_and_counts_the_rest() -> None:
    bad, good, unknown = Verdict.BACKSCATTER, Verdict.CLEAN, Verdict.INCONCLUSIVE
    assert read(BACKSCATTER)["service"] == "BACKSCATTER CRITICAL - 1 of 1: example.org"
    assert read(CLEAN)["service"] == "BACKSCATTER OK - 1 of 1 clean: example.org"
    assert read(many(good, unknown, bad, bad))["service"] == (
        "BACKSCATTER CRITICAL - 2 of 4: 2.example, 3.example; 1 undecided"
    )
    crowd = read(many(*[bad] * 40))
    assert re.search(r"- 40 of 40: 0\.example, .*, \+\d+$", crowd["service"])
    assert len(crowd["long"].splitlines()) == 40
    assert crowd["long"].startswith("CRITICAL 0.example: backscatter")


def test_our_own_side_is_unknown_and_never_critical() -> None:
    assert read(FAILED)["service"].startswith("BACKSCATTER UNKNOWN - own side: relay: the relay refused")
    failed = (ErrorEntry(where="relay", message="gone"),)
    assert read(replace(CLEAN, errors=failed))["state"] == "UNKNOWN"
    assert "own side failed" in read(replace(BACKSCATTER, errors=failed))["service"]
    assert read(RECORDED["recorded, failed"])["service"].startswith("BACKSCATTER UNKNOWN - own side: relay: ")


@pytest.mark.parametrize(
    ("report", "state"),
    [
        (stated(CLEAN, undecided_runs=1), "OK"),
        (stated(INCONCLUSIVE, undecided_runs=1), "OK"),
        (stated(INCONCLUSIVE, undecided_runs=2), "WARNING"),
        (stated(CLEAN, state=Condition.UNDECIDED, stale=True), "UNKNOWN"),
        (stated(CLEAN, state=Condition.NOT_AUDITABLE), "UNKNOWN"),
        (stated(CLEAN, state=Condition.BACKSCATTER, note="intermittent, 3 of 10"), "CRITICAL"),
        (stated(BACKSCATTER, state=Condition.BACKSCATTER, accepted="moves"), "OK"),
        *(
            (
                stated(
                    BACKSCATTER,
                    state=Condition.BACKSCATTER,
                    accepted="moves",
                    accept_expires_at=NOW + timedelta(days=days),
                ),
                state,
            )
            for days, state in {15: "OK", 13: "WARNING", -1: "CRITICAL"}.items()
        ),
    ],
)
def test_a_state_over_many_runs_outweighs_the_verdict_of_one(report: Report, state: str) -> None:
    assert read(report)["state"] == state
    assert nagios.warns(report, NOW) == (state == "WARNING")


def test_what_is_accepted_is_said_with_its_reason() -> None:
    shown = read(stated(BACKSCATTER, state=Condition.BACKSCATTER, accepted="moves in May", since_at=NOW))
    assert shown["service"] == "BACKSCATTER OK - 1 of 1 accepted: example.org"
    assert "since 2026-03-01: accepted (moves in May)" in shown["long"]


def test_a_warning_exits_1_where_a_plugin_asks_for_it_and_nowhere_else() -> None:
    assert mapped(0, nagios=True, warning=True) == 1
    assert mapped(0, warning=True) == 0
    assert [mapped(code, nagios=True, warning=True) for code in (1, 3, 4)] == [2, 3, 3]
