"""The report for a terminal: verdict first, one row a probe, then why, what to do, and what held.

rich lays it out; it is given `Text` only, so that it never reads markup in what a stranger wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bsaudit.model.report import Report
from bsaudit.report.formats import Look
from bsaudit.report.help_pages import NOWHERE, Docs
from bsaudit.report.line import Line
from bsaudit.report.of_run import of_run
from bsaudit.report.section import Section, filled
from bsaudit.report.summary import summary
from bsaudit.report.table import INDENT, STYLES, linked, table
from bsaudit.report.view import TargetView, View, lists, view

MIN_WIDTH = 40
POINT = "\N{EN DASH} "
LABEL_WIDTH = 6  # "Failed"
GAP = "   "  # between the parts of a title
CONTINUED = " \\"
# A word of a shell: what stands in quotes holds together.
_WORD = re.compile(r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+""")


def render(
    report: Report,
    *,
    width: int,
    color: bool,
    verbose: bool = False,
    docs: Docs = NOWHERE,
    hyperlinks: bool = False,
) -> str:
    """Return `report` as text of at most `width` columns, with ANSI colors if `color`.

    With `hyperlinks`, for terminals, a word that `docs` explain leads there, where colors are written, too.
    """
    console = Console(
        file=StringIO(),
        width=max(width, MIN_WIDTH),
        color_system="standard" if color else None,
        force_terminal=color,
        no_color=not color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    with console.capture() as captured:
        laid_out = _Layout(console.width, docs if hyperlinks else NOWHERE)
        for part in _of_report(report, laid_out, docs, verbose=verbose):
            console.print(part)
    return "".join(line.rstrip() + "\n" for line in captured.get().splitlines())


def printed(report: Report, look: Look) -> bytes:
    """Return `report` as it goes out: see `bsaudit.report.formats`."""
    said = render(
        report,
        width=look.width,
        color=look.color,
        verbose=look.verbose,
        docs=look.docs,
        hyperlinks=look.hyperlinks,
    )
    return said.encode(look.encoding, "replace")


class _Layout(NamedTuple):
    """How many columns there are, and where a word leads on a click."""

    width: int
    links: Docs


def _of_report(report: Report, layout: _Layout, docs: Docs, *, verbose: bool) -> list[RenderableType]:
    """Return a whole report; of a check, and below several targets, a line for each."""
    if report.check is not None and not verbose:
        of_lists = filled(map(lists, report.targets))
        return [*(_section(section, layout) for section in (*of_run(report), *of_lists)), *summary(report)]
    parts = _parts(view(report, verbose=verbose, docs=docs), layout)
    return [*parts, Text(), *summary(report)] if len(report.targets) > 1 else parts


def _parts(report: View, layout: _Layout) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for target in report.targets:
        parts += [*_target(target, layout), Text()]
    return [*parts, *(_section(section, layout) for section in report.sections)]


def _target(target: TargetView, layout: _Layout) -> list[RenderableType]:
    parts: list[RenderableType] = [*_title(target, layout.width), Text()]
    if target.rows:
        parts += [*table(target.rows, layout.width, layout.links), Text()]
    return [*parts, *(_section(section, layout) for section in target.sections)]


def _title(target: TargetView, width: int) -> Iterator[RenderableType]:
    """Return the verdict, and beside it what it is limited to; below it where that would wrap."""
    style = STYLES[target.tone]
    title = Text.assemble((target.name, "bold"), GAP, (target.verdict, f"bold {style}"), overflow="fold")
    beside = title.cell_len + len(GAP) + cell_len(target.limits) <= width
    yield title.append(GAP + target.limits, "dim") if target.limits and beside else title
    if target.limits and not beside:
        yield Padding(Text(target.limits, "dim", overflow="fold"), (0, 0, 0, INDENT))


def _section(section: Section, layout: _Layout) -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=LABEL_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    style = STYLES[section.tone]
    for index, line in enumerate(section.lines):
        said = _line(line, style, layout.width - INDENT - LABEL_WIDTH - 1, layout.links)
        table.add_row(Text("" if index else section.label, "bold"), said)
    return Padding(table, (0, 0, 0, INDENT))


def _line(line: Line, style: str, width: int, links: Docs) -> RenderableType:
    text = _continued(line.text, width - len(POINT) * line.point) if line.command else line.text
    if not line.point:
        return _linked(Text(text, style), line.word, links)
    point = Table.grid()
    said = _linked(Text(text, style or "dim", overflow="fold"), line.word, links)
    point.add_row(Text(POINT, style or "dim"), said)
    return point


def _linked(text: Text, word: str, links: Docs) -> Text:
    start = text.plain.find(word)
    return linked(text, links.link(word), start, start + len(word)) if word and start >= 0 else text


def _continued(command: str, width: int) -> str:
    r"""Break a command between its words, where it is too long, by ``\``: pasted from here it is still one."""
    words = _WORD.findall(command)
    if " ".join(words) != command:  # no shell reads it as we do
        return command
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and cell_len(longer) > width - len(CONTINUED):
            lines.append(f"  {word}")
        else:
            lines[-1] = longer
    return f"{CONTINUED}\n".join(lines)
