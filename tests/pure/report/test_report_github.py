"""Annotations, read as the runner of GitHub Actions reads workflow commands."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from bsaudit.model.report import Report, Verdict
from bsaudit.model.state import Condition, TargetState
from bsaudit.report import github
from bsaudit.report import json as as_json
from bsaudit.report.formats import Look
from tests.support.reports import BACKSCATTER, CLEAN, EVERY, EVIL, FAILED, FIVE, HOSTILE

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC), root="/work/repository")
# ActionCommand.cs of the runner: the name, properties up to the next "::", and what they may not hold as it is.
COMMAND = re.compile(r"::(?P<level>error|warning|notice)(?: (?P<properties>[^:\n]*))?::(?P<message>.*)")
ESCAPES = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


class Annotation(NamedTuple):
    level: str
    properties: dict[str, str]
    message: str


def unescaped(text: str) -> str:
    return re.sub("%0D|%0A|%3A|%2C|%25", lambda found: ESCAPES[found[0]], text)


def read(report: Report) -> list[Annotation]:
    found = []
    for line in github.render(report, LOOK).decode().splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        properties = dict(one.split("=", 1) for one in match["properties"].split(","))
        found.append(
            Annotation(
                match["level"],
                {name: unescaped(value) for name, value in properties.items()},
                unescaped(match["message"]),
            )
        )
    return found


def in_file(report: Report, file: str, line: int | None) -> Report:
    state = TargetState(target="example.org", state=Condition.BACKSCATTER, file=file, line=line)
    return replace(report, targets=(replace(report.targets[0], state=state),))


@pytest.mark.parametrize("name", EVERY)
def test_every_target_is_annotated_and_every_probe_that_is_not_good_named(name: str) -> None:
    told = json.loads(as_json.render(EVERY[name]))
    names = tuple(target["target"] for target in told["targets"])
    of_targets = [one for one in read(EVERY[name]) if names and one.properties["title"].startswith(names)]
    assert len(of_targets) == len(told["targets"])
    controls = told["run"]["controls"] if told["run"] else []
    shown = [probe for target in told["targets"] for probe in target["probes"]]
    shown += [control for control in controls if control["control"] == "positive"]
    bad = [probe for probe in shown if probe["counts_as"] != "good"]
    assert sum(len(one.message.splitlines()) - 1 for one in of_targets) == len(bad)


def test_a_bounce_is_an_error_what_is_not_known_a_warning_and_clean_a_notice() -> None:
    assert {name: [one.level for one in read(EVERY[name])] for name in FIVE} == {
        "backscatter": ["error"],
        "clean": ["notice"],
        "inconclusive": ["warning"],
        "failed": ["error"],
        "hostile": ["error", "error"],
    }
    assert read(BACKSCATTER)[0].properties["title"] == "example.org: BACKSCATTER"
    assert read(FAILED)[0].message == "Check the user name."


@pytest.mark.parametrize(
    ("file", "line", "place"),
    [
        ("bsaudit.toml", 12, ("bsaudit.toml", "12")),
        ("/work/repository/ci/bsaudit.toml", 3, ("ci/bsaudit.toml", "3")),
        ("/etc/bsaudit.toml", None, ("bsaudit.toml", "1")),
        ("../x,y:z.toml", 0, ("x,y:z.toml", "1")),
    ],
)
def test_the_line_that_names_the_target_is_below_the_repository(file: str, line: int, place: tuple[str, str]) -> None:
    (annotation,) = read(in_file(BACKSCATTER, file, line))
    assert (annotation.properties["file"], annotation.properties["line"]) == place


def test_the_worst_comes_first() -> None:
    targets = [
        replace(CLEAN.targets[0], verdict=one) for one in (Verdict.CLEAN, Verdict.INCONCLUSIVE, Verdict.BACKSCATTER)
    ]
    assert [one.level for one in read(replace(CLEAN, targets=tuple(targets)))] == ["error", "warning", "notice"]


def test_a_stranger_gives_no_command() -> None:
    assert "::error::" in EVIL
    document = github.render(HOSTILE, LOOK).decode()
    assert len(document.splitlines()) == document.count("\n") == 2
