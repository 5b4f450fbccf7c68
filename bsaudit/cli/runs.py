"""`bsaudit runs`: which audits there were, what they found, and what is still open."""

from __future__ import annotations

from typing import Any

import click
from msgspec import structs

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN, SERVICE
from bsaudit.cli.output import fitting_sinks, look, put
from bsaudit.cli.running import run
from bsaudit.cli.say import say
from bsaudit.config.convert import Duration
from bsaudit.errors import JournalError, UsageError
from bsaudit.model.probe import ProbeRecord, State
from bsaudit.model.report import Report
from bsaudit.model.run import RunLine, RunRecord, RunState
from bsaudit.report.formats import Document, runs_renderer

LIMIT = 20
# Nothing more can come of these; the rest can still be answered, or is being sent.
_DONE = frozenset({State.SETTLED, State.CANCELLED, State.FAILED})


@click.command(
    cls=Command,
    examples=(
        "bsaudit runs",
        "bsaudit runs --format json",
        "bsaudit runs --prune --keep 90d",
    ),
    exits=DONE | {4: "the journal failed"},
)
@options.settings("format", "color", *options.JOURNAL, prints=Document.RUNS)
@click.option("--limit", type=click.IntRange(min=1), default=LIMIT, show_default=True, help="Most runs to list.")
@click.option("--prune", is_flag=True, help="Delete old runs, with all that came back, instead of listing them.")
@click.option("--keep", metavar="DURATION", callback=options.duration, help="With --prune: keep what is younger.")
@click.pass_obj
def command(asked: Asked, /, *, limit: int, prune: bool, keep: Duration | None, **given: Any) -> int:
    """List earlier runs, the latest first: when, what was found, and how many probes may still be answered.

    Below them, of each target that several of them audited, the verdicts of the last ten.

    --prune --keep 90d deletes those that ended longer ago. It asks nothing. A run that goes on is kept, and so is the
    latest of a target as long as one of its probes may still be answered: look for answers with "bsaudit collect".
    """
    config = options.configured(asked, given)
    if prune != (keep is not None):
        raise UsageError("--prune and --keep DURATION go together", remedy="Write --prune --keep 90d.")
    if keep is not None:
        return run(_prune(config.values.journal, keep))
    wanted = fitting_sinks(config, Document.RUNS)
    lines = run(_lines(config.values.journal, limit))
    if not lines:
        say("bsaudit: no runs yet")
    for sink in wanted:
        put(sink, runs_renderer(sink.format)(lines, look(sink, config.values.color)))
    unread = [f"run {line.id}: {line.error}" for line in lines if line.error]
    if unread:
        say(f"bsaudit: {len(unread)} of these cannot be read; {unread[0]}")
    return SERVICE if unread else CLEAN


async def _prune(journal_url: str | None, keep: Duration) -> int:
    from bsaudit.wiring.tools import journal_at

    deleted = 0
    async with journal_at(journal_url) as journal:
        async for batch in journal.prune(int(keep)):
            deleted += batch.deleted
            for run_id in batch.going_on:
                say(f"bsaudit: run {run_id} is kept: it goes on")
            for run_id in batch.open:
                say(f"bsaudit: run {run_id} is kept: it may still be answered (bsaudit collect {run_id})")
    click.echo(f"deleted {deleted} run{'s' * (deleted != 1)} older than {keep}")
    return CLEAN


async def _lines(journal_url: str | None, limit: int) -> list[RunLine]:
    from bsaudit.wiring.runs import report_of  # after the usage was checked
    from bsaudit.wiring.tools import journal_at

    lines = []
    async with journal_at(journal_url) as journal:
        for listed in await journal.runs(limit, audits=True):
            try:
                record = await journal.load(listed.id)
                lines.append(_line(record, await report_of(record, journal)))
            except JournalError as error:  # one that is damaged does not hide the others
                lines.append(structs.replace(_line(listed, None), error=error.message))
    return lines


def _counts(probe: ProbeRecord) -> bool:
    return probe.probe.control is None


def _line(record: RunRecord, report: Report | None) -> RunLine:
    ended = record.state is not RunState.RUNNING
    states = [probe.state for probe in record.probes if _counts(probe)]
    return RunLine(
        id=record.id,
        started_at=record.started_at,
        finished_at=record.finished_at,
        state=record.state,
        verdict=report.verdict if report and ended else None,
        verdicts={one.target: one.verdict for one in report.targets if not one.not_audited} if report and ended else {},
        route=record.route,
        targets=tuple(target.target for target in record.targets),
        probes=len(states),
        open=sum(state not in _DONE for state in states),
        maybe_sent=states.count(State.MAYBE_SENT),
    )
