"""`bsaudit runs`: which audits there were, what they found, and what is still open."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import Any

import click
from msgspec import Struct, structs

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.exit_codes import CLEAN, SERVICE
from bsaudit.cli.output import Sink, sinks, terminal_width, use_color, write_file
from bsaudit.cli.running import run
from bsaudit.cli.say import say
from bsaudit.config.layers import Effective
from bsaudit.errors import JournalError
from bsaudit.model.mail import Route
from bsaudit.model.probe import ProbeRecord, State
from bsaudit.model.report import SCHEMA_VERSION, Verdict
from bsaudit.model.run import RunRecord, RunState
from bsaudit.report.words import VERDICT
from bsaudit.text import clean_line

LIMIT = 20
MIN_WIDTH = 60

HEADINGS = ("run", "started", "state", "verdict", "targets", "remains")
STYLES = {Verdict.CLEAN: "green", Verdict.BACKSCATTER: "bold red", Verdict.INCONCLUSIVE: "yellow"}

# Nothing more can come of these; the rest can still be answered, or is being sent.
_DONE = frozenset({State.SETTLED, State.CANCELLED, State.FAILED})


class Line(Struct, frozen=True, kw_only=True):
    """One run. `verdict` is None while it goes on; `open` are the probes that may still be answered."""

    id: str
    started_at: datetime
    finished_at: datetime | None
    state: RunState
    verdict: Verdict | None
    route: Route
    targets: tuple[str, ...]
    probes: int
    open: int
    maybe_sent: int
    error: str | None = None  # why nothing more can be said of it


@click.command()
@options.settings("format", "color", *options.JOURNAL)
@click.option("--limit", type=click.IntRange(min=1), default=LIMIT, show_default=True, help="Most runs to list.")
@click.pass_obj
def command(asked: Asked, /, *, limit: int, **given: Any) -> int:
    """List earlier runs, the latest first: when, what was found, and how many probes may still be answered."""
    config = options.configured(asked, given)
    wanted = _wanted(config)
    lines = run(_lines(config.values.journal, limit))
    if not lines:
        say("bsaudit: no runs yet")
    for sink in wanted:
        content = _text(lines, sink, config) if sink.format == "text" else _data(lines, sink.format)
        if sink.path is None:
            sys.stdout.buffer.write(content)
        else:
            write_file(sink.path, content)
    unread = [f"run {line.id}: {line.error}" for line in lines if line.error]
    if unread:
        say(f"bsaudit: {len(unread)} of these cannot be read; {unread[0]}")
    return SERVICE if unread else CLEAN


def _wanted(config: Effective) -> list[Sink]:
    """Return where the list goes. A file that the configuration names is for reports: a list never overwrites it."""
    asked = config.sources["format"] == "--format"
    found = [sink for sink in sinks(config.values.format) if asked or sink.path is None]
    return found or [Sink("text")]


async def _lines(journal_url: str | None, limit: int) -> list[Line]:
    from bsaudit.wiring.runs import report_of  # after the usage was checked
    from bsaudit.wiring.tools import journal_at

    lines = []
    async with journal_at(journal_url) as journal:
        for listed in await journal.runs(limit):
            try:
                record = await journal.load(listed.id)
                lines.append(_line(record, (await report_of(record, journal)).verdict))
            except JournalError as error:  # one that is damaged does not hide the others
                lines.append(structs.replace(_line(listed, None), error=error.message))
    return lines


def _counts(probe: ProbeRecord) -> bool:
    return probe.probe.control is None


def _line(record: RunRecord, verdict: Verdict | None) -> Line:
    states = [probe.state for probe in record.probes if _counts(probe)]
    return Line(
        id=record.id,
        started_at=record.started_at,
        finished_at=record.finished_at,
        state=record.state,
        verdict=None if record.state is RunState.RUNNING else verdict,
        route=record.route,
        targets=tuple(target.target for target in record.targets),
        probes=len(states),
        open=sum(state not in _DONE for state in states),
        maybe_sent=states.count(State.MAYBE_SENT),
    )


def _data(lines: Sequence[Line], form: str) -> bytes:
    """Return the list as JSON, or as JSON lines with one run each."""
    import msgspec  # only for this format

    from bsaudit.report.plain import plain

    if form == "jsonl":
        return b"".join(msgspec.json.encode({"schema_version": SCHEMA_VERSION} | plain(line)) + b"\n" for line in lines)
    content = {"schema_version": SCHEMA_VERSION, "runs": plain(lines)}
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _text(lines: Sequence[Line], sink: Sink, config: Effective) -> bytes:
    from rich.console import Console  # rich is slow to load
    from rich.table import Table
    from rich.text import Text

    if not lines:
        return b""
    color = sink.path is None and use_color(config.values.color, sys.stdout)
    console = Console(
        file=StringIO(),
        width=max(terminal_width(sys.stdout), MIN_WIDTH),
        color_system="standard" if color else None,
        force_terminal=color,
        legacy_windows=False,
    )
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold", no_wrap=heading in {"run", "started"})
    for line in lines:
        table.add_row(*(Text(cell, style) for cell, style in _cells(line)))
    with console.capture() as captured:
        console.print(table)
    shown = "".join(row.rstrip() + "\n" for row in captured.get().splitlines())
    return shown.encode(sys.stdout.encoding if sink.path is None else "utf-8", "replace")


def _cells(line: Line) -> list[tuple[str, str]]:
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
