"""SARIF, validated by the schema of OASIS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from bsaudit.judge import findings
from bsaudit.model.report import ErrorEntry, Report
from bsaudit.model.state import Condition, TargetState
from bsaudit.probe.catalogue import CATALOGUE
from bsaudit.report import json as as_json
from bsaudit.report import sarif
from bsaudit.report.formats import Look
from tests.support.reports import BACKSCATTER, BOUNCED, CLEAN, EVERY, FAILED, INCONCLUSIVE, ORDINARY_BOUNCED

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC), root="/work/repository")
OASIS = jsonschema.Draft4Validator(
    json.loads((Path(__file__).parents[2] / "vendor/sarif-2.1.0-rtm.5.json").read_text()),
    format_checker=jsonschema.FormatChecker(),
)


def run(report: Report) -> dict[str, Any]:
    log = json.loads(sarif.render(report, LOOK))
    OASIS.validate(log)
    return log["runs"][0]


def stated(report: Report, **fields: Any) -> Report:
    state = TargetState(target="example.org", state=Condition.BACKSCATTER, **fields)
    return replace(report, targets=(replace(report.targets[0], state=state),))


@pytest.mark.parametrize("name", EVERY)
def test_every_result_has_a_rule_a_place_and_a_fingerprint_of_its_own(name: str) -> None:
    found = run(EVERY[name])
    rules = found["tool"]["driver"]["rules"]
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri
        assert not PurePosixPath(uri).is_absolute()
        assert location["physicalLocation"]["region"]["startLine"] >= 1
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in found["results"]}) == len(
        found["results"]
    )


@pytest.mark.parametrize("name", EVERY)
def test_every_probe_of_the_json_that_is_not_good_is_a_result(name: str) -> None:
    targets = json.loads(as_json.render(EVERY[name]))["targets"]
    counts = [probe["counts_as"] for target in targets for probe in target["probes"]]
    results = run(EVERY[name])["results"]
    guilty = [one for one in results if one["ruleId"].startswith("backscatter")]
    assert len(guilty) == counts.count("backscatter")
    assert all(one["level"] == "error" for one in guilty)
    assert sum(one["kind"] == "open" for one in results) == counts.count("inconclusive") + counts.count("finding")


def test_every_rule_is_there_in_a_clean_run_too() -> None:
    clean = run(CLEAN)
    assert clean["results"] == []
    named = {rule["id"] for rule in clean["tool"]["driver"]["rules"]}
    assert named >= {f"backscatter/{kind.kind}" for kind in CATALOGUE}
    assert named >= {row.id for row in findings.EVERY}
    assert clean["tool"] == run(BACKSCATTER)["tool"]


def test_what_is_not_known_is_a_warning_of_the_target() -> None:
    (whole,) = [one for one in run(INCONCLUSIVE)["results"] if one["kind"] == "fail"]
    assert (whole["ruleId"], whole["level"]) == ("inconclusive", "warning")
    lost = replace(
        CLEAN, targets=(replace(CLEAN.targets[0], probes=(), not_audited=ErrorEntry(where="dns", message="gone")),)
    )
    assert [(one["ruleId"], one["level"]) for one in run(lost)["results"]] == [("not-audited", "warning")]


def test_an_own_side_that_failed_is_told_of_the_run() -> None:
    (invocation,) = run(FAILED)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "the relay refused" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert run(CLEAN)["invocations"][0]["executionSuccessful"] is True


def test_a_fingerprint_outlives_a_run_and_its_random_addresses() -> None:
    later = replace(BOUNCED, id="p9", recipients=(replace(BOUNCED.recipients[0], address="other@example.org"),))
    again = replace(BACKSCATTER, targets=(replace(BACKSCATTER.targets[0], probes=(later,)),))
    prints = [[one["partialFingerprints"] for one in run(report)["results"]] for report in (BACKSCATTER, again)]
    assert prints[0] == prints[1]


def test_a_result_stands_at_the_line_that_names_the_target() -> None:
    (location,) = run(stated(BACKSCATTER, file="/work/repository/ci/my targets.toml", line=7))["results"][0][
        "locations"
    ]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "ci/my%20targets.toml"},
        "region": {"startLine": 7},
    }


def test_what_is_accepted_is_suppressed_with_its_reason() -> None:
    bounced, finding = run(stated(BACKSCATTER, accepted="moves in May"))["results"]
    assert bounced["suppressions"] == [{"kind": "external", "justification": "moves in May"}]
    assert "suppressions" not in finding


def test_an_ordinary_message_that_came_back_is_a_result() -> None:
    assert [one["ruleId"] for one in run(ORDINARY_BOUNCED)["results"]] == ["backscatter"]
