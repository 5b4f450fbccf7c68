"""The documentation as a site: all of it is there, and what it quotes of the program is what the program says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bsaudit.cli.reference import GROUPS, ids, told
from bsaudit.cli.root import COMMANDS
from bsaudit.report.help_pages import page_of
from docs.site_words import navigation, pages

ROOT = Path(__file__).parents[2]
SITE = YAML(typ="safe").load(ROOT / "mkdocs.yml")
TROUBLES = (ROOT / "docs/troubleshooting.md").read_text()
ERRORS = [
    error for cell in re.findall(r"^\| (`[^|]+) \|", TROUBLES, re.MULTILINE) for error in re.findall(r"`([^`]+)`", cell)
]


def named(entry: object) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict | list):
        for inner in entry.values() if isinstance(entry, dict) else entry:
            yield from named(inner)


def test_every_page_has_its_place_in_the_site() -> None:
    pages = {path.name for path in ROOT.glob("docs/*.md")}
    beside = {path.name for path in ROOT.glob("*.md")} - {"README.md"}
    assert sorted(named(SITE["nav"])) == sorted({*pages, *beside, "readme.md", "examples/README.md"})


@pytest.fixture(scope="module")
def words() -> dict[str, str]:
    return dict(pages())


def test_every_word_and_every_command_has_one_page_that_says_what_help_says(words: dict[str, str]) -> None:
    for word in ids():
        page = words[page_of(word).replace(".html", ".md")]
        assert page.startswith(f"# {word.partition(':')[0]}\n"), word
        assert all(f"\n## {passage.group.title.capitalize()}\n" in page for passage in told(word)), word
    for command in (name for group in COMMANDS.values() for name in group):
        assert f"Usage: bsaudit {command}" in words[f"help/{command}.md"]
    assert len({name.lower() for name in words}) == len(words)


def test_findings_outcomes_kinds_and_commands_are_in_the_navigation_and_all_are_in_the_index(
    words: dict[str, str],
) -> None:
    placed = set(named(navigation()))
    assert placed <= set(words)
    wanted = {"finding", "outcome of a probe", "kind of probe"}
    assert {page_of(one).replace(".html", ".md") for group in GROUPS if group.title in wanted for one in group.ids} <= (
        placed
    )
    linked = {f"help/{link}" for link in re.findall(r"\]\(([^)]+)\)", words["help/index.md"])}
    assert linked | {"help/index.md"} == set(words)


def test_a_link_of_a_words_page_leads_where_that_of_its_source_does(words: dict[str, str]) -> None:
    assert "[accepts-unknown](../findings.md#accepts-unknown)" in words["help/accepted_silently.md"]
    assert "(../outcomes.md#masked)" in "".join(words.values())


def said() -> str:
    """Return every text of the program, a line each, with … for what it fills in."""
    texts = []
    for path in ROOT.glob("bsaudit/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                texts.append("".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return "\n".join(texts)


@pytest.fixture(scope="module")
def program() -> str:
    return said()


def test_errors_were_found() -> None:
    assert len(ERRORS) > 30


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_that_is_explained_is_one_that_the_program_prints(error: str, program: str) -> None:
    assert error in program
