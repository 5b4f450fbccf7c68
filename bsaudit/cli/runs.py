"""`bsaudit runs`: which audits there were, what they found, and what is still open."""

from __future__ import annotations

from typing import Any

import click
from msgspec import structs

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.exit_codes import CLEAN, SERVICE
from bsaudit.cli.output import Sink, look, put, sinks
from bsaudit.cli.running import run
from bsaudit.cli.say import say
from bsaudit.config.layers import Effective
from bsaudit.errors import JournalError
from bsaudit.model.probe import ProbeRecord, State
from bsaudit.model.report import Verdict
from bsaudit.model.run import RunLine, RunRecord, RunState
from bsaudit.report.formats import Document, fitting, runs_renderer

LIMIT = 20
# Nothing more can come of these; the rest can still be answered, or is being sent.
_DONE = frozenset({State.SETTLED, State.CANCELLED, State.FAILED})


@click.command()
@options.settings("format", "color", *options.JOURNAL, prints=Document.RUNS)
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
        put(sink, runs_renderer(sink.format)(lines, look(sink, config.values.color)))
    unread = [f"run {line.id}: {line.error}" for line in lines if line.error]
    if unread:
        say(f"bsaudit: {len(unread)} of these cannot be read; {unread[0]}")
    return SERVICE if unread else CLEAN


def _wanted(config: Effective) -> list[Sink]:
    """Return where the list goes. The file that the configuration names is for reports: no list overwrites it."""
    if config.sources["format"] == "--format":
        return sinks(config.values.format, Document.RUNS)
    fits = fitting(Document.RUNS)
    found = [sink for sink in sinks(config.values.format) if sink.path is None and sink.format in fits]
    return found or [Sink("text")]


async def _lines(journal_url: str | None, limit: int) -> list[RunLine]:
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


def _line(record: RunRecord, verdict: Verdict | None) -> RunLine:
    states = [probe.state for probe in record.probes if _counts(probe)]
    return RunLine(
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
