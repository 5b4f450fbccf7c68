"""What a report exits with where --fail-on or --require ask for more or less than the rule."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from bsaudit.judge.exit_policy import ExitPolicy, FailOn, exit_code, unmet
from bsaudit.model.logs import TargetLog
from bsaudit.model.report import ErrorEntry, Report, Severity
from tests.support.reports import BACKSCATTER, CLEAN, FAILED, FINDING, FIVE, INCONCLUSIVE, START


def found(report: Report, severity: Severity) -> Report:
    finding = replace(FINDING, severity=severity)
    return replace(report, targets=(replace(report.targets[0], findings=(finding,)),))


@pytest.mark.parametrize(
    ("report", "fail_on", "code"),
    [
        (CLEAN, FailOn.INCONCLUSIVE, 0),
        (INCONCLUSIVE, FailOn.INCONCLUSIVE, 3),
        (BACKSCATTER, FailOn.INCONCLUSIVE, 1),
        (INCONCLUSIVE, FailOn.BACKSCATTER, 0),
        (BACKSCATTER, FailOn.BACKSCATTER, 1),
        (FAILED, FailOn.BACKSCATTER, 4),
        (found(CLEAN, Severity.MEDIUM), FailOn.INCONCLUSIVE, 0),
        (found(CLEAN, Severity.MEDIUM), FailOn.HIGH, 0),
        (found(CLEAN, Severity.MEDIUM), FailOn.MEDIUM, 1),
        (found(CLEAN, Severity.HIGH), FailOn.INFO, 1),
        (found(INCONCLUSIVE, Severity.INFO), FailOn.LOW, 3),
        (found(INCONCLUSIVE, Severity.LOW), FailOn.LOW, 1),
    ],
)
def test_what_fails(report: Report, fail_on: FailOn, code: int) -> None:
    assert exit_code(report, ExitPolicy(fail_on=fail_on)) == code


def logged(report: Report, notices: int | None, most: int | None) -> Report:
    exceeded = None if notices is None or most is None else notices > most
    log = TargetLog(read=("x",), at=START, since_at=START, notices=notices, max_notices=most, exceeded=exceeded)
    return replace(report, targets=tuple(replace(one, log=log) for one in report.targets))


@pytest.mark.parametrize(
    ("report", "notices", "most", "code", "of_a_plugin"),
    [
        (CLEAN, 5, None, 0, 0),
        (CLEAN, 5, 5, 0, 0),
        (CLEAN, 6, 5, 1, 0),
        (CLEAN, None, None, 0, 0),
        (CLEAN, None, 5, 3, 3),
        (INCONCLUSIVE, 6, 5, 1, 3),
        (BACKSCATTER, 0, 5, 1, 1),
        (BACKSCATTER, None, 5, 1, 1),
        (FAILED, None, 5, 4, 4),
    ],
)
def test_an_own_log_counts_only_where_a_limit_was_set_and_makes_nothing_better(
    report: Report, notices: int | None, most: int | None, code: int, of_a_plugin: int
) -> None:
    found = logged(report, notices, most)
    assert exit_code(found, ExitPolicy()) == code
    assert exit_code(found, ExitPolicy(logs=False)) == of_a_plugin
    assert exit_code(found, ExitPolicy(fail_on=FailOn.BACKSCATTER)) == (code if report is not INCONCLUSIVE else 1)


@pytest.mark.parametrize("name", FIVE)
def test_without_a_policy_the_rule_holds(name: str) -> None:
    assert exit_code(FIVE[name], ExitPolicy()) == FIVE[name].exit_code


@pytest.mark.parametrize(("name", "fail_on"), list(product(FIVE, FailOn)))
def test_no_policy_clears_backscatter_or_a_failure(name: str, fail_on: FailOn) -> None:
    if FIVE[name].exit_code in (1, 4):
        assert exit_code(FIVE[name], ExitPolicy(fail_on=fail_on, require=("virus",))) == FIVE[name].exit_code


@pytest.mark.parametrize(
    ("required", "code"),
    list(
        {
            "unknown-recipient": 0,
            "spam:gtube": 0,
            "spam:all": 0,
            "spam:offer": 3,
            "oversize": 3,
            "virus:eicar": 0,
        }.items()
    ),
)
def test_what_is_required_must_have_shown_something(required: str, code: int) -> None:
    assert exit_code(CLEAN, ExitPolicy(require=(required,))) == code


def test_what_is_required_outweighs_that_the_rest_may_be_unknown() -> None:
    lenient = ExitPolicy(fail_on=FailOn.BACKSCATTER, require=("spam", "unknown-recipient"))
    assert exit_code(INCONCLUSIVE, lenient) == 3
    assert list(unmet(INCONCLUSIVE, lenient)) == ["spam at example.org"]


def test_a_target_that_was_not_audited_owes_nothing() -> None:
    lost = replace(CLEAN.targets[0], probes=(), not_audited=ErrorEntry(where="dns", message="gone"))
    assert list(unmet(replace(CLEAN, targets=(lost,)), ExitPolicy(require=("spam",)))) == []


def test_one_target_may_require_more_than_the_others() -> None:
    own = ExitPolicy(of_target={CLEAN.targets[0].target: ("no-such-kind",), "example.com": ("virus",)})
    assert exit_code(CLEAN, own) == 3
    assert list(unmet(CLEAN, own)) == [f"no-such-kind at {CLEAN.targets[0].target}"]
