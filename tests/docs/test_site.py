"""The documentation as a site: all of it is there, and what it quotes of the program is what the program says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

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
