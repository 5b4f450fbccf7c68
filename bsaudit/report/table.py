"""The rows of a target's table, laid out: side by side what fits, stacked what would wrap.

A host's name that is broken across lines can be neither read nor searched for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from bsaudit.report.help_pages import NOWHERE, Docs
from bsaudit.report.section import Tone
from bsaudit.report.view import HEADINGS, Row

INDENT = 2
GAP = 2
_OUTCOME = HEADINGS.index("outcome")
_TO_THE_RIGHT = HEADINGS.index("after")
STYLES = {
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.NOTE: "cyan",
    Tone.UNKNOWN: "yellow",
    Tone.PLAIN: "",
}

Cells = tuple[Text, ...]
Lengths = tuple[int, ...]


def table(rows: Sequence[Row], width: int, docs: Docs = NOWHERE) -> Iterator[RenderableType]:
    """Return the rows in their order, at most `width` columns wide; an outcome leads to where it is explained."""
    cells = [_cells(row, docs) for row in rows]
    head = tuple(Text(name if any(row[index].plain for row in cells) else "") for index, name in enumerate(HEADINGS))
    aligned = _that_fit(head, cells, width - INDENT)
    widths = _widths([head, *(cells[index] for index in aligned)])
    if aligned:
        yield _side_by_side(head, widths, "dim")
    for index, row in enumerate(rows):
        if index in aligned:
            yield _side_by_side(cells[index], widths)
        else:
            yield from _stacked(row, cells[index][_OUTCOME], width)


def _cells(row: Row, docs: Docs) -> Cells:
    outcome = linked(Text(row.outcome, STYLES[row.tone]), docs.link(row.word) if row.word else "")
    return Text(row.probe), Text(row.sent_to), outcome, Text(row.after), Text(row.written_by)


def linked(text: Text, url: str, start: int = 0, end: int | None = None) -> Text:
    """Let a part of a text lead to an address, on terminals that open such (OSC 8); "" leads nowhere."""
    if url:
        text.stylize(Style(link=url), start, end)
    return text


def _that_fit(head: Cells, cells: Sequence[Cells], width: int) -> set[int]:
    """Return which rows stand side by side: as many as fit together, or none where that is not even half of them."""
    left = {index: _lengths(row) for index, row in enumerate(cells)}
    names = _lengths(head)
    while left and _total(names, *left.values()) > width:
        del left[max(left, key=lambda index: _saved(index, names, left))]
    return set(left) if 2 * len(left) >= len(cells) else set()


def _saved(index: int, names: Lengths, rows: Mapping[int, Lengths]) -> tuple[int, int]:
    """Return what leaving out a row saves; where none alone saves anything, the longest goes first."""
    rest = [row for other, row in rows.items() if other != index]
    return -_total(names, *rest), _total(rows[index])


def _total(*rows: Lengths) -> int:
    widths: list[int] = [max(column) for column in zip(*rows, strict=True)]
    return sum(width + GAP for width in widths if width) - GAP


def _lengths(row: Cells) -> Lengths:
    return tuple(cell.cell_len for cell in row)


def _widths(rows: Sequence[Cells]) -> list[int]:
    return [max(column) for column in zip(*map(_lengths, rows), strict=True)]


def _side_by_side(cells: Cells, widths: Sequence[int], style: str = "") -> RenderableType:
    line = Text(style=style)
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        if width:
            space = " " * (width - cell.cell_len)
            line.append_text(Text.assemble(space, cell) if column == _TO_THE_RIGHT else Text.assemble(cell, space))
            line.append(" " * GAP)
    line.rstrip()
    return Padding(line, (0, 0, 0, INDENT))


def _stacked(row: Row, outcome: Text, width: int) -> Iterator[RenderableType]:
    """Return a row of several lines, broken between its parts where a line would be too long."""
    details = {"to": row.sent_to, "after": row.after, "by": row.written_by}
    told = [Text(f"{word} {value}", "dim", overflow="fold") for word, value in details.items() if value]
    outcome.overflow = "fold"
    head = [Text(row.probe, overflow="fold"), outcome]
    for indent, part in (
        *((INDENT, line) for line in _packed(head, "  ", width - INDENT)),
        *((2 * INDENT, line) for line in _packed(told, " · ", width - 2 * INDENT)),
    ):
        yield Padding(part, (0, 0, 0, indent))


def _packed(parts: Sequence[Text], between: str, width: int) -> list[Text]:
    """Return as many parts to a line as fit."""
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + len(between) + part.cell_len <= width:
            lines[-1] = Text.assemble(lines[-1], (between, "dim"), part, overflow="fold")
        else:
            lines.append(part)
    return lines
