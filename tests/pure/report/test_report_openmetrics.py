"""The metrics, read by both parsers of prometheus-client: that of OpenMetrics, and that of the older text format."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from bsaudit.model.report import Report
from bsaudit.model.state import CheckEntry, Condition, OwnSidePart, TargetState
from bsaudit.report import json as as_json
from bsaudit.report import openmetrics
from bsaudit.report.formats import Look
from tests.support.reports import BACKSCATTER, CLEAN, EVERY, FAILED, ORDINARY_BOUNCED, RECORDED, START

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC))
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def families(report: Report) -> list:
    return list(openmetrics_families(openmetrics.render(report, LOOK).decode()))


def series(report: Report) -> Series:
    return {
        (one.name, frozenset(one.labels.items())): one.value for family in families(report) for one in family.samples
    }


def value(report: Report, name: str, **labels: str) -> float | None:
    return series(report).get((name, frozenset(labels.items())))


STATE = TargetState(
    target="example.org",
    state=Condition.BACKSCATTER,
    since_at=START,
    last_decided_at=START + timedelta(days=1),
    last_run_at=START + timedelta(days=2),
    max_age_s=266400,
    accept_expires_at=START + timedelta(days=30),
)
CHECK = CheckEntry(
    last_run_at=START,
    last_success_at=START,
    duration_s=12.5,
    own_side=(OwnSidePart(part="relay", ok=True), OwnSidePart(part="catch", ok=False)),
)
CHECKED = replace(CLEAN, targets=(replace(CLEAN.targets[0], state=STATE),), check=CHECK)


@pytest.mark.parametrize("report", [*EVERY.values(), CHECKED], ids=[*EVERY, "checked"])
def test_both_parsers_read_the_same_names_types_and_samples(report: Report) -> None:
    text = openmetrics.render(report, LOOK).decode()
    found, older = families(report), list(text_families(text))
    assert [(one.name, one.type, one.samples) for one in found] == [(one.name, one.type, one.samples) for one in older]
    assert {one.type for one in found} == {"gauge"}
    assert len(series(report)) == sum(len(one.samples) for one in found), "no series twice"


@pytest.mark.parametrize("name", EVERY)
def test_no_probe_of_the_json_is_missing(name: str) -> None:
    targets = json.loads(as_json.render(EVERY[name]))["targets"]
    counted = sum(number for (metric, _), number in series(EVERY[name]).items() if metric == "bsaudit_target_probes")
    assert counted == sum(len(target["probes"]) for target in targets)


def test_a_run_tells_its_verdict_and_what_came_back() -> None:
    assert value(BACKSCATTER, "bsaudit_target_state", target="example.org", state="backscatter") == 1
    assert value(BACKSCATTER, "bsaudit_target_state", target="example.org", state="clean") == 0
    assert value(BACKSCATTER, "bsaudit_target_last_verdict", target="example.org", verdict="backscatter") == 1
    assert value(BACKSCATTER, "bsaudit_target_backscatter_probes", target="example.org") == 1
    assert value(BACKSCATTER, "bsaudit_check_duration_seconds") == 120
    assert value(BACKSCATTER, "bsaudit_build_info", version="0.1.0") == 1


def test_what_failed_of_our_own_is_told_though_it_kept_one_target_alone_from_being_audited() -> None:
    assert value(RECORDED["recorded, failed"], "bsaudit_own_side_ok", part="relay") == 0


def test_what_is_not_known_is_left_out() -> None:
    assert value(FAILED, "bsaudit_own_side_ok", part="relay") == 0
    assert {name for name, _ in series(FAILED)} == {"bsaudit_own_side_ok", "bsaudit_build_info"}
    assert value(BACKSCATTER, "bsaudit_target_state_since_timestamp_seconds", target="example.org") is None


def test_a_check_tells_of_states_of_our_own_side_and_of_itself() -> None:
    at = START.timestamp()
    assert value(CHECKED, "bsaudit_target_state", target="example.org", state="backscatter") == 1
    assert value(CHECKED, "bsaudit_target_last_verdict", target="example.org", verdict="clean") == 1
    times = {
        "state_since": at,
        "last_decided": at + 86400,
        "last_run": at + 2 * 86400,
        "accept_expiry": at + 30 * 86400,
    }
    for name, expected in times.items():
        assert value(CHECKED, f"bsaudit_target_{name}_timestamp_seconds", target="example.org") == expected
    assert value(CHECKED, "bsaudit_target_max_age_seconds", target="example.org") == 266400
    assert (
        value(CHECKED, "bsaudit_own_side_ok", part="relay"),
        value(CHECKED, "bsaudit_own_side_ok", part="catch"),
    ) == (1, 0)
    assert value(CHECKED, "bsaudit_check_last_success_timestamp_seconds") == at
    assert value(CHECKED, "bsaudit_check_duration_seconds") == 12.5


def test_an_ordinary_message_that_came_back_is_counted() -> None:
    assert value(ORDINARY_BOUNCED, "bsaudit_target_backscatter_probes", target="example.org") == 1
