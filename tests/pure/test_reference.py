"""`bsaudit help ID` knows what reports print, and says what the pages say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from msgspec import Struct

from bsaudit.cli import doctor, exit_codes
from bsaudit.cli.reference import GROUPS, ids, told
from bsaudit.judge import findings
from bsaudit.judge.explain import Explained, Unreadable
from bsaudit.model.event import Event
from bsaudit.model.logs import LogReport
from bsaudit.model.notification import NAMED
from bsaudit.model.probe import Control, State
from bsaudit.model.report import Report
from bsaudit.model.run import RunKind, RunLine, RunState
from bsaudit.model.settings import CatchKind, Tagging
from bsaudit.model.standing import ListedReport, Status
from bsaudit.model.survey import Seen, SurveyReport
from bsaudit.probe.catalogue import CATALOGUE
from bsaudit.report import openmetrics, sarif
from bsaudit.report.words import BASIS
from bsaudit.standing.table import own_table

ROOT = Path(__file__).parents[2]
DOCUMENTS = (Report, LogReport, SurveyReport, Seen, ListedReport, Explained, Unreadable, RunLine, *get_args(Event))


def enumerations(type_: Any, seen: set[Any]) -> Iterator[type[StrEnum]]:
    """Yield every enumeration of which a value may stand in what is printed: those of the fields, to the last."""
    if type_ in seen:
        return
    seen.add(type_)
    if isinstance(type_, type) and issubclass(type_, StrEnum):
        yield type_
    inner = get_type_hints(type_).values() if isinstance(type_, type) and issubclass(type_, Struct) else get_args(type_)
    for one in inner:
        yield from enumerations(one, seen)


# Of these the fields of a report have the values, and not the type
AS_TEXT = (Control, State, RunKind, RunState, Status, CatchKind, Tagging)


def named(pattern: str, *places: str) -> set[str]:
    """Return what stands in the program where a value is given as text."""
    texts = "".join(path.read_text() for place in places for path in ROOT.glob(f"bsaudit/{place}"))
    return set(re.findall(pattern, texts))


ENUMERATIONS = {one for document in DOCUMENTS for one in enumerations(document, set())}
PRINTED = {
    *(value for enumeration in (*ENUMERATIONS, *AS_TEXT) for value in enumeration),
    *named(r'\bsource="(\w+)"', "judge/match.py"),
    *named(r'\bpiece\(\s*"(\w+)"', "judge/attribution/*.py"),
    NAMED,
    *named(r'\bAcceptance\(shown_by="(\w+)"', "judge/*.py"),
    *named(r'\bwhere ?= ?"([\w-]+)"', "**/*.py"),
    *named(r'\bid="([\w-]+)"', "survey/result.py"),
    *named(r'\bsource="([\w-]+)"', "survey/result.py"),
    *doctor._COLORS,
    *(row.class_ for row in own_table().rows),
    *(row.id for row in findings.EVERY),
    *(row.kind for row in CATALOGUE),
    *(f"{row.kind}:{shape.name}" for row in CATALOGUE for shape in row.shapes),
    *map(str, exit_codes.MEANING),
    *sarif._RULES,
    openmetrics.NOT_AUDITED,
}


@pytest.mark.parametrize("word", sorted(PRINTED))
def test_whatever_a_report_prints_is_explained(word: str) -> None:
    assert told(word)
    assert all(passage.text for passage in told(word)), word


@pytest.mark.parametrize(
    "enumeration", sorted({*ENUMERATIONS, *AS_TEXT}, key=lambda one: one.__name__), ids=lambda one: one.__name__
)
def test_every_enumeration_is_explained_as_a_whole(enumeration: type[StrEnum]) -> None:
    """A word that means something else elsewhere does not make up for one that is missing here."""
    assert any(set(enumeration) <= set(group.ids) for group in GROUPS)


def test_all_that_is_listed_is_explained_by_every_group_that_has_it() -> None:
    for group in GROUPS:
        for one in group.ids:
            assert all(passage.text for passage in told(one) if passage.group is group), (group.title, one)
    assert all(map(told, ids()))


def texts(word: str) -> Iterable[str]:
    return [passage.text for passage in told(word)]


def test_it_is_what_the_pages_say() -> None:
    bounced, *_ = texts("bounced")
    assert bounced.startswith("- **counts as**: **backscatter**\n\nThe target's side accepted")
    assert bounced.endswith("the target seems to run.")
    (code,) = texts("3")
    assert exit_codes.MEANING[3] in code
    assert [one.group.title for one in told("clean")] == ["verdict", "state of a target", "answer of a DNS list"]
    for basis, words in BASIS.items():
        assert f"- **meaning**: {words}" in texts(basis)


def test_a_shape_is_told_without_the_others() -> None:
    (text,) = texts("spam:gtube")
    assert re.findall(r"^\| `(\w+)`", text, re.MULTILINE) == ["gtube"]
    assert not told("spam:eicar")
    assert not told("bounced:gtube")


@pytest.mark.parametrize("word", ["accepted-silently", "Accepted Silently", "ACCEPTED_SILENTLY"])
def test_words_are_found_as_people_write_them(word: str) -> None:
    assert [passage.id for passage in told(word)] == ["accepted_silently"]


def test_a_wheel_holds_the_pages() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    held = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert held == {f"docs/{group.page}.md": f"bsaudit/pages/{group.page}.md" for group in GROUPS}
