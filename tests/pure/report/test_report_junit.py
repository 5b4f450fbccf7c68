"""JUnit, read by junitparser and by the schema of Jenkins."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase
from lxml import etree
from msgspec.structs import replace

from bsaudit.judge.baseline import compared
from bsaudit.judge.condition import probe_name
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import ErrorEntry, Report
from bsaudit.model.state import Condition, TargetState
from bsaudit.report import json as as_json
from bsaudit.report import junit, sarif
from bsaudit.report.formats import Look
from tests.support.reports import (
    ALL,
    BACKSCATTER,
    CLEAN,
    EVERY,
    FAILED,
    FIVE,
    HOSTILE,
    INCONCLUSIVE,
    ORDINARY_BOUNCED,
    START,
)

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC))
JENKINS = etree.XMLSchema(etree.parse(Path(__file__).parents[2] / "vendor/junit-10.xsd"))


def cases(report: Report) -> list[TestCase]:
    return [case for suite in JUnitXml.fromstring(junit.render(report, LOOK)) for case in suite]


def results(report: Report) -> Counter[type]:
    return Counter(type(result) for case in cases(report) for result in case.result)


@pytest.mark.parametrize("name", EVERY)
def test_jenkins_takes_it(name: str) -> None:
    document = junit.render(EVERY[name], LOOK)
    JENKINS.assertValid(etree.parse(io.BytesIO(document)))
    for suite in etree.fromstring(document):
        assert int(suite.get("tests")) == len(suite)
        assert [int(suite.get(name)) for name in ("failures", "errors", "skipped")] == [
            len(suite.findall(f"testcase/{tag}")) for tag in ("failure", "error", "skipped")
        ]


@pytest.mark.parametrize("name", EVERY)
def test_every_probe_and_control_of_the_json_is_a_case_with_a_name_of_its_own(name: str) -> None:
    told = json.loads(as_json.render(EVERY[name]))
    probes = [probe for target in told["targets"] for probe in target["probes"]]
    controls = told["run"]["controls"] if told["run"] else []
    found = cases(EVERY[name])
    assert len([case for case in found if not case.name.startswith(("verdict", "error "))]) == len(probes + controls)
    assert len({(case.classname, case.name) for case in found}) == len(found)
    bounced = sum(probe["counts_as"] == "backscatter" for probe in probes)
    assert results(EVERY[name])[Failure] == bounced


@pytest.mark.parametrize("name", EVERY)
def test_a_message_stands_in_the_attribute_and_in_the_text_and_times_are_plain(name: str) -> None:
    for case in cases(EVERY[name]):
        assert case._elem.get("time").replace(".", "", 1).isdigit()
        for result in case.result:
            assert result.message
            assert result.message == result.text
            assert result.message.isprintable()


def test_a_bounce_is_a_failure_that_is_named_and_a_target_without_a_verdict_an_error() -> None:
    failed = [case for case in cases(BACKSCATTER) if any(isinstance(one, Failure) for one in case.result)]
    assert [(case.classname, case.name) for case in failed] == [
        ("bsaudit.example.org", "unknown-recipient to qz4kd8w1@example.org at mx2.example.org")
    ]
    assert results(CLEAN) == {}
    assert results(INCONCLUSIVE) == {Skipped: 2, Error: 1}
    assert results(FAILED) == {Error: 1}


def test_a_target_that_was_not_audited_is_an_error_once() -> None:
    cause = ErrorEntry(where="dns", message="no such domain")
    report = replace(CLEAN, targets=(replace(CLEAN.targets[0], not_audited=cause, probes=()),), errors=(cause,))
    assert [case.name for case in cases(report) if case.result] == ["verdict"]


def test_what_is_accepted_is_no_failure_and_says_so() -> None:
    state = TargetState(target="example.org", state=Condition.BACKSCATTER, accepted="moves in May")
    report = replace(BACKSCATTER, targets=(replace(BACKSCATTER.targets[0], state=state),))
    assert results(report) == {Skipped: 1}
    assert b"moves in May" in junit.render(report, LOOK)


def test_beside_what_is_new_what_is_known_is_no_failure() -> None:
    (target,) = BACKSCATTER.targets
    bounced = next(probe for probe in target.probes if probe.counts_as is CountsAs.BACKSCATTER)
    report = replace(BACKSCATTER, targets=(replace(target, probes=(bounced, replace(bounced, shape="role"))),))
    marked = compared(report, (), {target.target: frozenset({probe_name(bounced)})}, START)
    assert marked.exit_code == 1
    assert results(marked) == {Failure: 1, Skipped: 1}
    runs = json.loads(sarif.render(marked, LOOK))["runs"]
    assert sum("suppressions" in one for one in runs[0]["results"]) == 1


def test_the_hostile_run_has_the_reports_of_the_others_beside_it() -> None:
    assert set(FIVE) == {*ALL, "hostile"}
    assert b"\x1b" not in junit.render(HOSTILE, LOOK)


def test_an_ordinary_message_that_came_back_is_a_failure() -> None:
    assert results(ORDINARY_BOUNCED) == {Failure: 1}
