"""`bsaudit help ID` knows what reports print, and says what the pages say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from bsaudit.cli import exit_codes
from bsaudit.cli.reference import GROUPS, ids, told
from bsaudit.judge import findings, findings_ndn
from bsaudit.model.probe import Control, CountsAs, Outcome, State
from bsaudit.model.report import Basis, Severity, Verdict
from bsaudit.model.run import RunState
from bsaudit.model.state import Condition
from bsaudit.probe.catalogue import CATALOGUE
from bsaudit.report import openmetrics, sarif
from bsaudit.report.words import BASIS

ROOT = Path(__file__).parents[2]
ENUMERATIONS = (Verdict, Basis, Outcome, CountsAs, Severity, Control, Condition, RunState, State)
PRINTED = {
    *(value for enumeration in ENUMERATIONS for value in enumeration),
    *(row.id for row in (*findings.TABLE, *findings_ndn.TABLE)),
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


def test_all_that_is_listed_is_explained_by_every_group_that_has_it() -> None:
    for group in GROUPS:
        for one in group.ids:
            assert all(passage.text for passage in told(one) if passage.group is group), (group.title, one)
    assert all(map(told, ids()))


def texts(word: str) -> Iterable[str]:
    return [passage.text for passage in told(word)]


def test_it_is_what_the_pages_say() -> None:
    (bounced,) = texts("bounced")
    assert bounced.startswith("- **counts as**: **backscatter**\n\nThe target's side accepted")
    assert bounced.endswith("the target seems to run.")
    (code,) = texts("3")
    assert exit_codes.MEANING[3] in code
    assert len(told("clean")) == 2  # a verdict and a state
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
