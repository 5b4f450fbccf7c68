"""Looking again for late answers: `collect`. Never sends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from bsaudit.audit.rebuild import rebuild
from bsaudit.audit.tools import Save
from bsaudit.model.mail import Arrival
from bsaudit.model.probe import State
from bsaudit.model.report import ProbeEntry, Report
from bsaudit.model.run import RunRecord, RunState
from bsaudit.ndn import read
from bsaudit.ports import CatchMailbox, Clock, Journal
from bsaudit.probe.tokens import TokenIndex


class Change(Struct, frozen=True, kw_only=True):
    """One thing that late answers changed: `what` is a probe id, or the target for its verdict."""

    what: str
    before: str
    after: str


class Collected(Struct, frozen=True, kw_only=True):
    report: Report
    changes: tuple[Change, ...]
    arrivals: int


async def collect(
    run_id: str | None, *, mailbox: CatchMailbox, journal: Journal, clock: Clock, save: Save | None = None
) -> Collected:
    """Read what has arrived for a run (None: the latest) since it was last looked at, and judge it afresh.

    Raises JournalError for a run that does not exist, CatchError for a mailbox that cannot be read.
    """
    run = await journal.load(run_id)
    before = await rebuild(await journal.load(run.id), journal.stored_arrivals(run.id), clock.now())
    await mailbox.open(run.catch_position)
    arrivals = await _take(run, await mailbox.new_arrivals(), journal, save)
    run.catch_position = mailbox.position
    if run.state is RunState.INTERRUPTED and all(record.state in _OVER for record in run.probes):
        run.state = RunState.FINISHED
    run.finished_at = clock.now()
    run.waited_s = (run.finished_at - run.started_at).total_seconds()
    await journal.update(run)
    after = await rebuild(run, journal.stored_arrivals(run.id), clock.now())
    for record in run.probes:
        if record.settlement is not None and record.state in _OVER:
            await journal.move(run.id, record.probe.id, State.SETTLED, settlement=record.settlement)
    return Collected(report=after, changes=tuple(_changes(before, after)), arrivals=arrivals)


# A run all of whose probes are here lacks nothing but time.
_OVER = frozenset({State.SENT, State.REFUSED, State.FAILED, State.MAYBE_SENT, State.SETTLED})


async def _take(run: RunRecord, arrivals: Sequence[Arrival], journal: Journal, save: Save | None) -> int:
    index = TokenIndex(record.probe for record in run.probes)
    taken = 0
    for arrival in arrivals:
        match = index.match(arrival, read(arrival.raw))
        if match is not None:
            await journal.arrived(run.id, arrival, match.probe_id)
            if save:
                save(match.probe_id, arrival)
            taken += 1
    return taken


def _changes(before: Report, after: Report) -> Iterator[Change]:
    old = {entry.id: entry for entry in _probes(before)}
    for entry in _probes(after):
        was = old.get(entry.id)
        if was is not None and was.outcome is not entry.outcome:
            yield Change(what=entry.id, before=was.outcome.value, after=entry.outcome.value)
    for was_target, is_target in zip(before.targets, after.targets, strict=True):
        if was_target.verdict is not is_target.verdict:
            yield Change(what=is_target.target, before=was_target.verdict.value, after=is_target.verdict.value)


def _probes(report: Report) -> Iterator[ProbeEntry]:
    return (entry for target in report.targets for entry in target.probes)
