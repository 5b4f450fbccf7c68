"""What the reference pages of docs/ say of an id that a report prints: the pages themselves are the one source.

A wheel holds the pages (pyproject.toml), a checkout has them beside the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

from bsaudit.cli.exit_codes import MEANING
from bsaudit.judge import findings, findings_ndn
from bsaudit.model.probe import Control, CountsAs, Outcome, State
from bsaudit.model.report import Basis, Severity, Verdict
from bsaudit.model.run import RunState
from bsaudit.model.state import Condition
from bsaudit.probe.catalogue import KINDS

_PACKAGE = Path(__file__).parents[1]
_PLACES = (_PACKAGE / "pages", _PACKAGE.parent / "docs")
FINDINGS = (*(row.id for row in findings.TABLE), *(row.id for row in findings_ndn.TABLE))
NOT_AUDITED = "not_audited"  # what formats for programs say in place of a verdict

# How the command line and SARIF write a kind: "spam:gtube", "backscatter/spam"
_SHAPE, _RULE = ":", f"{Verdict.BACKSCATTER}/"


class Group(Struct, frozen=True):
    """Ids of one sort. What they mean stands in the rows of a table of their page, under headings, or both.

    `column` is the head of that table's first column; `headed`: each has a heading.
    """

    title: str
    page: str
    ids: tuple[str, ...]
    column: str | None = None
    headed: bool = False


class Passage(Struct, frozen=True):
    """What a page says of an id of one group, in Markdown."""

    group: Group
    id: str
    text: str


GROUPS = (
    Group("verdict", "outcomes", (*Verdict, NOT_AUDITED), "verdict"),
    Group("basis of a verdict", "outcomes", tuple(Basis), "basis"),
    Group("outcome of a probe", "outcomes", tuple(Outcome), "outcome", headed=True),
    Group("what an outcome counts as", "outcomes", tuple(CountsAs), "counts as"),
    Group("finding", "findings", FINDINGS, headed=True),
    Group("severity of a finding", "findings", tuple(Severity), "severity"),
    Group("kind of probe", "kinds", tuple(KINDS), headed=True),
    Group("control", "kinds", tuple(Control), "control"),
    Group("state of a target", "check", tuple(Condition), "state"),
    Group("state of a run", "journal", tuple(RunState), "run"),
    Group("state of a probe", "journal", tuple(State), "state"),
    Group("exit code", "exit-codes", tuple(map(str, MEANING)), "standard"),
)


def ids() -> Iterator[str]:
    """Yield every id that can be asked for, those of shapes too."""
    for group in GROUPS:
        yield from group.ids
    for kind, row in KINDS.items():
        yield from (f"{kind}{_SHAPE}{shape.name}" for shape in row.shapes)


def told(word: str) -> tuple[Passage, ...]:
    """Return what the pages say of `word`, once for each group that has it; hyphens and underscores are alike."""
    kind, _, shape = _plain(word).removeprefix(_RULE).partition(_SHAPE)
    found = (Passage(group, one, _text(group, one)) for group in GROUPS for one in group.ids if _plain(one) == kind)
    if not shape:
        return tuple(found)
    return tuple(
        Passage(one.group, f"{one.id}{_SHAPE}{shape}", _of_shape(one.text, shape))
        for one in found
        if one.id in KINDS and shape in {known.name for known in KINDS[one.id].shapes}
    )


def _plain(word: str) -> str:
    return re.sub(r"[\s_]+", "-", word.strip().lower())


def _of_shape(section: str, shape: str) -> str:
    """Leave the other shapes out of a kind's section."""
    return re.sub(rf"^\| `(?!{re.escape(shape)}`).*(\n|\Z)", "", section, flags=re.MULTILINE)


def _text(group: Group, one: str) -> str:
    page = _page(group.page)
    row = _row(page, group.column, one) if group.column else ""
    section = _section(page, one) if group.headed else ""
    return "\n\n".join(filter(None, (row, section)))


@cache
def _page(name: str) -> str:
    found = next(path for place in _PLACES if (path := place / f"{name}.md").is_file())
    return found.read_text(encoding="utf-8")


def _section(page: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one; "" where there is none."""
    found = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##* |\Z)", page, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def _row(page: str, column: str, one: str) -> str:
    """Return the row of `one` as a list, in the table whose first column is called `column`."""
    lines = iter(page.splitlines())
    head = next(_cells(line) for line in lines if line.startswith(f"| {column} |"))
    for line in lines:
        if not line.startswith("|"):
            break
        first, *rest = _cells(line)
        if re.sub(r"^\W*([\w-]+).*", r"\1", first) == one:
            return "\n".join(f"- **{name}**: {cell}" for name, cell in zip(head[1:], rest, strict=True))
    return ""


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]
