from __future__ import annotations

import json
import typing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import msgspec
import pytest

from bsaudit import __version__
from bsaudit.model import report as model
from bsaudit.model.event import Event, Phase, RunFinished, RunStarted, Waiting
from bsaudit.model.state import CheckEntry, Condition, OwnSidePart, TargetState
from bsaudit.report import json as json_report
from bsaudit.report import jsonl
from bsaudit.report.formats import Look
from tests.support.reports import BACKSCATTER, CLEAN, EVERY, START, run
from tests.support.schema import strict, strict_schema

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "docs/schema/report-1.json"
LANDED = sorted(ROOT.glob("tests/reports/*.json"))  # by the version that wrote it


def rendered(report: model.Report) -> dict:
    return json.loads(json_report.render(report))


def validator(schema: dict) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


STATE = TargetState(target="example.org", state=Condition.CLEAN, since_at=START, accept_expires_at=START)
CHECK = CheckEntry(last_run_at=START, own_side=(OwnSidePart(part="relay", ok=True),))
CHECKED = msgspec.structs.replace(CLEAN, targets=(msgspec.structs.replace(CLEAN.targets[0], state=STATE),), check=CHECK)
REPORTS = {**EVERY, "checked": CHECKED}


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_valid_by_the_published_schema_and_by_its_strict_twin(name: str) -> None:
    validator(json.loads(PUBLISHED.read_text())).validate(rendered(REPORTS[name]))
    strict().validate(rendered(REPORTS[name]))


@pytest.mark.parametrize("name", REPORTS)
def test_the_line_that_ends_a_stream_holds_all_of_the_report(name: str) -> None:
    assert json.loads(jsonl.last(REPORTS[name], Look(now=START)))["report"] == rendered(REPORTS[name])


BROKEN: dict[str, dict] = {
    "another version": {"schema_version": 2},
    "a time with an offset": {"run": rendered(BACKSCATTER)["run"] | {"started_at": "2026-03-01T10:02:00+01:00"}},
    "a field of another type": {"exit_code": "1"},
}
LATER: dict[str, dict] = {
    "a new field": {"more": 1},
    "a new field further in": {"run": rendered(BACKSCATTER)["run"] | {"more": {}}},
    "a new verdict": {"verdict": "fine"},
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_neither_schema_takes_what_is_no_report(change: dict) -> None:
    for schema in (strict_schema(), json.loads(PUBLISHED.read_text())):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert not validator(schema).is_valid(rendered(BACKSCATTER) | change)


@pytest.mark.parametrize("change", LATER.values(), ids=LATER)
def test_a_report_of_a_later_version_is_valid_by_the_published_schema_alone(change: dict) -> None:
    assert validator(json.loads(PUBLISHED.read_text())).is_valid(rendered(BACKSCATTER) | change)
    assert not strict().is_valid(rendered(BACKSCATTER) | change)


def test_what_every_version_wrote_is_required() -> None:
    lacking = {name: value for name, value in rendered(BACKSCATTER).items() if name != "verdict"}
    assert not validator(json.loads(PUBLISHED.read_text())).is_valid(lacking)


@pytest.mark.parametrize("path", LANDED, ids=lambda path: path.stem)
def test_a_report_of_every_landed_version_can_still_be_read(path: Path) -> None:
    stored = json.loads(path.read_text())
    validator(json.loads(PUBLISHED.read_text())).validate(stored)
    report = msgspec.json.decode(path.read_bytes(), type=model.Report)
    assert rendered(report).items() >= {name: stored[name] for name in ("tool", "verdict", "exit_code")}.items()
    assert [len(target.probes) for target in report.targets] == [len(target["probes"]) for target in stored["targets"]]


def test_a_report_of_this_version_is_kept() -> None:
    assert __version__ in {path.stem for path in LANDED}


def test_the_schema_marks_every_time_as_one() -> None:
    for struct in vars(model).values():
        if not (isinstance(struct, type) and issubclass(struct, msgspec.Struct)):
            continue
        for field in msgspec.structs.fields(struct):
            is_time = datetime in (field.type, *typing.get_args(field.type))
            assert is_time == (field.name == "at" or field.name.endswith("_at")), (struct, field.name)


def test_the_contract_comes_first_and_in_order() -> None:
    names = list(rendered(BACKSCATTER))

    assert names[:3] == ["schema_version", "tool", "run"]


def test_times_are_utc_with_z_whatever_zone_they_came_in() -> None:
    abroad = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    shown = msgspec.structs.replace(BACKSCATTER, run=run(started_at=abroad))

    assert rendered(shown)["run"]["started_at"] == "2026-03-01T10:02:00.000Z"


def test_numbers_that_json_lacks_become_null() -> None:
    shown = msgspec.structs.replace(
        BACKSCATTER, run=run(limits={"rate": float("inf"), "x": float("nan"), "y": 0.30000001})
    )

    assert rendered(shown)["run"]["limits"] == {"rate": None, "x": None, "y": 0.3}


def test_remote_text_is_printable_in_json_too() -> None:
    shown = msgspec.structs.replace(BACKSCATTER, run=run(authorized_by="a\x1b[2J\u202eb"))

    assert "\\u001b" not in json_report.render(shown).decode()
    assert "\u202e" not in json_report.render(shown).decode()


def test_json_lines_carry_their_event_and_end_with_the_report() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    events: list[Event] = [
        RunStarted(run="7f3a", at=at, targets=("example.org",)),
        Phase(run="7f3a", at=at, name="controls", text="Controls"),
        Waiting(run="7f3a", at=at, outstanding=("p1",), left_s=12.0),
        RunFinished(run="7f3a", at=at, complete=True),
    ]
    lines = [json.loads(jsonl.line(event)) for event in events] + [json.loads(jsonl.last(BACKSCATTER, Look(now=at)))]

    assert [line["event"] for line in lines] == ["run_started", "phase", "waiting", "run_finished", "report"]
    for line in lines:
        assert list(line)[:4] == ["schema_version", "event", "run", "at"]
        assert (line["schema_version"], line["run"], line["at"]) == (1, "7f3a", "2026-03-01T00:00:00.000Z")
    assert lines[-1]["report"] == rendered(BACKSCATTER) | {}


def test_each_event_is_one_line() -> None:
    shown = jsonl.line(Phase(run="r", at=START, name="x", text="two\nlines"))

    assert shown.count(b"\n") == 1
    assert shown.endswith(b"\n")
