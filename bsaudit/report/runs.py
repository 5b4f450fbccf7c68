"""The list of runs for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bsaudit.model.report import Verdict
from bsaudit.model.run import RunLine
from bsaudit.report.formats import Look
from bsaudit.report.trend import drawn, trends
from bsaudit.report.words import VERDICT
from bsaudit.text import clean_line

MIN_WIDTH = 60
HEADINGS = ("run", "started", "state", "verdict", "targets", "remains")
STYLES = {Verdict.CLEAN: "green", Verdict.BACKSCATTER: "bold red", Verdict.INCONCLUSIVE: "yellow"}


def printed(lines: Sequence[RunLine], look: Look) -> bytes:
    """Return the list as a table; nothing where there are no runs."""
    if not lines:
        return b""
    console = Console(
        file=StringIO(),
        width=max(look.width, MIN_WIDTH),
        color_system="standard" if look.color else None,
        force_terminal=look.color,
        legacy_windows=False,
    )
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold", no_wrap=heading in {"run", "started"})
    for line in lines:
        table.add_row(*(Text(cell, style) for cell, style in _cells(line)))
    with console.capture() as captured:
        console.print(table)
    trend = [*drawn(trends(lines))]
    shown = "".join(row.rstrip() + "\n" for row in [*captured.get().splitlines(), *([""] if trend else []), *trend])
    return shown.encode(look.encoding, "replace")


def _cells(line: RunLine) -> list[tuple[str, str]]:
    """Return the cells of a row, each with its style."""
    remains = [f"{line.open} of {line.probes} open"] if line.open else []
    remains += [f"{line.maybe_sent} perhaps sent"] if line.maybe_sent else []
    remains += ["cannot be read"] if line.error else []
    verdict = (VERDICT[line.verdict], STYLES[line.verdict]) if line.verdict else ("", "")
    return [
        (line.id, "bold"),
        (f"{line.started_at:%Y-%m-%d %H:%M} UTC", ""),
        (line.state, ""),
        verdict,
        (clean_line(", ".join(line.targets)), ""),
        (", ".join(remains), ""),
    ]
