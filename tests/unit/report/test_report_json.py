from __future__ import annotations

import json
import typing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import msgspec
import pytest
from samples import ALL, BACKSCATTER, START, run

from bsaudit.model import report as model
from bsaudit.model.event import Event, Phase, RunFinished, RunStarted, Waiting
from bsaudit.report import json as json_report
from bsaudit.report import jsonl, schema

PUBLISHED = Path(__file__).parents[3] / "docs/schema/report-1.json"


def rendered(report: model.Report) -> dict:
    return json.loads(json_report.render(report))


@pytest.mark.parametrize("name", ALL)
def test_every_report_is_valid_by_the_published_schema(name: str) -> None:
    validator = jsonschema.Draft202012Validator(
        json.loads(PUBLISHED.read_text()), format_checker=jsonschema.FormatChecker()
    )
    validator.validate(rendered(ALL[name]))


def test_the_published_schema_is_the_one_of_the_types() -> None:
    assert PUBLISHED.read_bytes() == schema.render(), "run: python -m bsaudit.report.schema > docs/schema/report-1.json"


def test_the_schema_is_strict() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())
    validator = jsonschema.Draft202012Validator(schema.schema())
    good = rendered(BACKSCATTER)

    assert not validator.is_valid(good | {"schema_version": 2})
    assert not validator.is_valid(good | {"more": 1})
    assert not validator.is_valid({name: value for name, value in good.items() if name != "errors"})
    assert not validator.is_valid(good | {"verdict": "fine"})
    assert not validator.is_valid(good | {"run": good["run"] | {"started_at": "2026-03-01T10:02:00+01:00"}})


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
    lines = [json.loads(jsonl.line(event)) for event in events] + [json.loads(jsonl.last(BACKSCATTER, at))]

    assert [line["event"] for line in lines] == ["run_started", "phase", "waiting", "run_finished", "report"]
    for line in lines:
        assert list(line)[:4] == ["schema_version", "event", "run", "at"]
        assert (line["schema_version"], line["run"], line["at"]) == (1, "7f3a", "2026-03-01T00:00:00.000Z")
    assert lines[-1]["report"] == rendered(BACKSCATTER) | {}


def test_each_event_is_one_line() -> None:
    shown = jsonl.line(Phase(run="r", at=START, name="x", text="two\nlines"))

    assert shown.count(b"\n") == 1
    assert shown.endswith(b"\n")
