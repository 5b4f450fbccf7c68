"""Looking again for late answers: `collect`. Never sends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from typing import Any

from msgspec import Struct

from bsaudit.audit.histories import note_late, note_left
from bsaudit.audit.intake import Intake
from bsaudit.audit.rebuild import reread
from bsaudit.audit.tools import Save
from bsaudit.errors import Interrupted, UsageError
from bsaudit.judge.again import judge_again
from bsaudit.judge.assemble import assemble
from bsaudit.model.mail import Arrival
from bsaudit.model.probe import ProbeRecord, State
from bsaudit.model.report import ProbeEntry, Report
from bsaudit.model.run import RunRecord, RunState
from bsaudit.model.settings import CatchKind
from bsaudit.ports import CatchMailbox, Clock, Journal, PeerVerifier


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
    run_id: str | None,
    *,
    mailbox: CatchMailbox,
    journal: Journal,
    clock: Clock,
    save: Save | None = None,
    peers: PeerVerifier | None = None,
    wait_s: float = 0.0,
    watched: bool = True,
) -> Collected:
    """Read what has arrived for a run (None: the latest) since it was last looked at, and judge it afresh.

    What comes within the next `wait_s` seconds is read too: our own catch MX has nothing before it listens. Each
    arrival is journalled as it comes, so that an interruption loses none. `watched` False: this is not the mailbox that
    the run itself watched. What it holds counts; that it holds nothing does not.
    Raises UsageError for a run that does not exist or is still under way, CatchError for a mailbox that cannot be
    read, Interrupted when the user stopped it.
    """
    run = await journal.load(run_id)
    _must_be_over(run)
    inquiry = await reread(run, journal.stored_arrivals(run.id))
    judge_again(inquiry, clock.now())
    before = assemble(inquiry)
    await mailbox.open(run.catch_position)
    position = run.catch_position
    look = _Look(mailbox, Intake(inquiry, journal, save, peers))
    try:
        await look.for_arrivals(clock, wait_s)
    except asyncio.CancelledError:
        await _note(run, mailbox.position if watched else position, journal)
        raise Interrupted("interrupted; what came is kept", remedy=f"See it with: bsaudit report {run.id}") from None
    run.finished_at = clock.now()
    if watched and _kept_mail(run, mailbox):
        run.watched_until = run.finished_at
        run.waited_s = (run.finished_at - run.started_at).total_seconds()
    judge_again(inquiry, clock.now())
    if run.state is RunState.INTERRUPTED and all(map(_is_over, run.probes)):
        run.state = RunState.FINISHED
    after = assemble(inquiry)
    ended = await journal.stored_entries({target.target: run.id for target in run.targets})
    await _note(run, mailbox.position if watched else position, journal)
    await _settle(run, journal)
    await journal.entries(run.id, after.targets, after.tool.version)
    if ended:
        await note_late(before, after, journal, clock.now())
    else:
        await note_left(after, journal, clock.now())
    return Collected(report=after, changes=tuple(_changes(before, after)), arrivals=look.taken)


def _must_be_over(run: RunRecord) -> None:
    if run.state is RunState.RUNNING:
        raise UsageError(
            f"run {run.id} is still under way: it takes what comes back by itself",
            remedy="Wait until it has ended, or stop it first.",
            where="journal",
        )


async def _settle(run: RunRecord, journal: Journal) -> None:
    for record in run.probes:
        if record.settlement is not None and record.state in _OVER:
            await journal.move(run.id, record.probe.id, State.SETTLED, settlement=record.settlement)


def _kept_mail(run: RunRecord, mailbox: CatchMailbox) -> bool:
    """Say whether what came since the run is in its mailbox: nobody took what came after a sink's.

    Nor while a standing catch MX was away that had been there.
    """
    return run.catch_kind != CatchKind.SINK and (mailbox.sees_sessions or not run.sees_callouts)


# Probes of an interrupted run that lack nothing but time.
_OVER = frozenset({State.SENT, State.REFUSED, State.FAILED, State.MAYBE_SENT, State.SETTLED})


def _is_over(record: ProbeRecord) -> bool:
    return record.state in _OVER and record.settlement is not None


async def _note(run: RunRecord, position: str | None, journal: Journal) -> None:
    """Journal how far the run's mailbox was read."""
    run.catch_position = position
    await journal.update(run)


class _Look:
    """Looks for late answers once, or for a while."""

    def __init__(self, mailbox: CatchMailbox, intake: Intake) -> None:
        self._mailbox, self._intake = mailbox, intake
        self.taken = 0

    async def for_arrivals(self, clock: Clock, wait_s: float) -> None:
        """Take what is there, and what comes within `wait_s` seconds."""
        try:
            for arrival in await self._mailbox.new_arrivals():
                await self._take(arrival)
            if wait_s > 0:
                await self._follow_while(clock.sleep(wait_s))
        finally:
            await self._intake.take_sessions(self._mailbox)

    async def _follow_while(self, lasting: Coroutine[Any, Any, None]) -> None:
        following, over = asyncio.ensure_future(self._follow()), asyncio.ensure_future(lasting)
        try:
            await asyncio.wait({following, over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            following.cancel()
            # A record on its way to the journal is not interrupted; a mailbox that failed says so here.
            with contextlib.suppress(asyncio.CancelledError):
                await following

    async def _follow(self) -> None:
        async for arrival in self._mailbox.arrivals():
            await self._take(arrival)

    async def _take(self, arrival: Arrival) -> None:
        if not self._intake.knows(arrival):
            self.taken += await self._intake.take(arrival) is not None


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
