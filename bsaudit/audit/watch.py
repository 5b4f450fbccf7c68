"""Watching: take what arrives, settle what is settled, stop as soon as nothing more can change."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from bsaudit.audit.followup import FollowUps
from bsaudit.audit.state import Live
from bsaudit.durations import duration
from bsaudit.judge.case import Judged
from bsaudit.judge.cases import case_of
from bsaudit.judge.control import judge_control, unanswered
from bsaudit.judge.outcome import judge, standing
from bsaudit.judge.questions import is_in_queue
from bsaudit.model.event import Waiting
from bsaudit.model.probe import Control, ProbeRecord, Settlement, State
from bsaudit.model.run import Sleep

# How often the observer hears what is awaited; nothing else waits for it.
TICK_S = 1.0
# `--wait auto`: relays retry greylisted mail after 5 to 30 minutes (RFC 5321 §4.5.4.1 asks for at least 30).
AUTO_WAIT_S = 3600.0


# Arrivals under way to the journal at once: what arrives in a burst shares its commits.
TAKEN_AT_ONCE = 64
# How often the journal learns how far the mailbox was read: after a crash, `collect` takes up there.
POSITION_S = 10.0
# Nothing ran for so long: the machine slept, or somebody stopped us. Servers wait longer for who is merely slow (RFC
# 5321 §4.5.3.2), but not all of them.
ASLEEP_S = 30.0


async def follow(live: Live) -> None:
    """Take arrivals for ever; runs beside everything else."""
    room = asyncio.Semaphore(TAKEN_AT_ONCE)
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep_position(live))
        group.create_task(_stay_awake(live))
        async for arrival in live.tools.mailbox.arrivals():
            await room.acquire()
            group.create_task(live.take(arrival)).add_done_callback(lambda _: room.release())


async def _keep_position(live: Live) -> None:
    while True:
        await live.tools.clock.sleep(POSITION_S)
        if live.run.catch_position != live.tools.mailbox.position:
            live.run.catch_position = live.tools.mailbox.position
            await live.tools.journal.update(live.run)


async def _stay_awake(live: Live) -> None:
    live.awake_at = live.tools.clock.now(), live.tools.clock.wall()  # until now nobody had to listen
    while True:
        await live.tools.clock.sleep(TICK_S)
        await awake(live)


async def awake(live: Live) -> datetime:
    """Return the time, once it is noted if nothing of ours ran since this was last asked.

    Whoever judges silence asks: of all that wakes he may be the first. A machine that sleeps stops the monotonic clock,
    who stops us alone does not.
    """
    clock, (began, wall) = live.tools.clock, live.awake_at
    now, wall_now = live.awake_at = clock.now(), clock.wall()
    passed = max(now - began, wall_now - wall).total_seconds()
    if passed >= ASLEEP_S:
        live.run.asleep.append(Sleep(since=began, until=now))
        live.phase("asleep", f"nothing ran for {duration(passed)}: silence of that time proves nothing")
        live.changed |= set(live.records)
        await live.tools.journal.update(live.run)
    return now


async def watch_controls(
    live: Live, records: Iterable[ProbeRecord], *, patience_s: float, enough: Callable[[], bool]
) -> None:
    """Wait until each control has shown what it is there for, or `enough` says so, at most `patience_s`.

    All of them are settled then, those that nothing came of as unresolved.
    """
    waiting = {record.probe.id: record for record in records}
    deadline = live.tools.clock.monotonic() + patience_s
    while waiting:
        for record in list(waiting.values()):
            settlement = judge_control(record)
            if settlement is not None:
                await live.settle(record, settlement)
                del waiting[record.probe.id]
        left = deadline - live.tools.clock.monotonic()
        if not waiting or left <= 0 or enough():
            break
        _tell(live, waiting, left)
        await pause(live, min(left, TICK_S))
    for record in waiting.values():
        await live.settle(record, unanswered())


def _tell(live: Live, waiting: Iterable[str], left_s: float) -> None:
    """Say what is awaited, and how much longer at most."""
    now = live.tools.clock.now()
    live.notify(Waiting(run=live.run.id, at=now, outstanding=tuple(waiting), left_s=max(0.0, left_s)))


async def pause(live: Live, seconds: float) -> None:
    """Wait for news, at most `seconds`."""
    try:
        async with asyncio.timeout(max(seconds, 0.001)):
            await live.news.wait()
    except TimeoutError:
        pass
    live.news.clear()


class Watch:
    """Settles the probes of all targets, each as soon as the evidence allows.

    A probe is judged when something happened to it, and again when the quiet time that it needs has passed.
    """

    def __init__(self, live: Live, records: Iterable[ProbeRecord], follow_ups: FollowUps) -> None:
        self._live = live
        self._follow_ups = follow_ups
        self._open = {record.probe.id: record for record in records}
        self._due: list[tuple[datetime, str]] = []
        self._sending = True
        self._told_at = -TICK_S
        live.changed |= set(self._open)

    def all_sent(self) -> None:
        """Tell that nothing more will be sent: from now on the wait runs out."""
        self._sending = False
        self._live.news.set()

    async def run(self) -> None:
        """Return when every probe is settled, or its wait is over."""
        while self._open or self._sending:
            await self._live.see_sessions()
            await self._judge_changed()
            await self._judge_due()
            if not self._open and not self._sending:
                return
            self._tell()
            await pause(self._live, self._seconds_to_next())

    def _tell(self) -> None:
        """Say what is awaited, once a tick: with thousands of probes it takes longer than judging one of them."""
        now = self._live.tools.clock.monotonic()
        if now >= self._told_at + TICK_S:
            self._told_at = now
            _tell(self._live, self._open, self._left_s())

    async def _judge_changed(self) -> None:
        changed, self._live.changed = self._live.changed, set()
        records = [self._live.records[probe_id] for probe_id in sorted(changed)]
        # Side by side, so that what settles together shares one commit of the journal.
        await asyncio.gather(*(self._judge(record) for record in records if _has_left(record)))

    async def _judge_due(self) -> None:
        now = await awake(self._live)
        due: dict[str, ProbeRecord] = {}
        while self._due and self._due[0][0] <= now:
            _, probe_id = heapq.heappop(self._due)
            if probe_id in self._open:
                due[probe_id] = self._open[probe_id]
        await asyncio.gather(*map(self._judge, due.values()))

    async def _judge(self, record: ProbeRecord) -> None:
        """Judge one probe; settle it if its outcome stands, else come back when it would."""
        now = await awake(self._live)
        judged = judge(case_of(record, self._live.inquiry))
        if record.state is State.CANCELLED:
            record.settlement = judged.settlement
            self._open.pop(record.probe.id, None)
            return
        over = self._wait_ends(record) <= now
        settlement = standing(judged, now, wait_over=over)
        if settlement is None:
            self._remember(record, judged)
            return
        if _says_the_same(record.settlement, settlement):
            return
        await self._live.settle(record, settlement)
        self._open.pop(record.probe.id, None)
        for repetition in await self._follow_ups.after(record):
            self._open[repetition.probe.id] = repetition
        if record.probe.repeats is not None:
            self._live.touch(self._live.records[record.probe.repeats])
        if record.probe.control in {Control.POSITIVE, Control.TRUSTED}:
            self._live.changed |= {other.probe.id for other in self._others(record)}
            self._live.news.set()

    def _others(self, record: ProbeRecord) -> list[ProbeRecord]:
        return [other for other in self._live.inquiry.probes_of(record.probe.target) if other is not record]

    def _remember(self, record: ProbeRecord, judged: Judged) -> None:
        due = self._wait_ends(record)
        if judged.final_at is not None:
            due = min(due, judged.final_at)
        heapq.heappush(self._due, (due, record.probe.id))

    def _wait_ends(self, record: ProbeRecord) -> datetime:
        submission = record.submission
        since = submission.finished_at if submission else self._live.run.started_at
        return since + timedelta(seconds=self._wait_s(record))

    def _wait_s(self, record: ProbeRecord) -> float:
        """Return how long to wait for this probe; `--wait auto` gives time to a relay that was put off."""
        settings = self._live.settings
        longer = settings.wait_auto and is_in_queue(record)
        return max(settings.wait_s, AUTO_WAIT_S) if longer else settings.wait_s

    def _left_s(self) -> float:
        if self._sending:
            return self._live.settings.wait_s
        ends = [self._wait_ends(record) for record in self._open.values() if record.submission]
        if not ends:
            return self._live.settings.wait_s
        return (max(ends) - self._live.tools.clock.now()).total_seconds()

    def _seconds_to_next(self) -> float:
        if not self._due:
            return TICK_S
        return min(TICK_S, (self._due[0][0] - self._live.tools.clock.now()).total_seconds())


def _says_the_same(old: Settlement | None, new: Settlement) -> bool:
    """Say whether a probe is settled like that already: two that wait for each other would else settle for ever.

    When it was settled is written down with it, and is news only where the judgement itself names another time.
    """
    return old is not None and old == replace(new, settled_at=new.settled_at or old.settled_at)


def _has_left(record: ProbeRecord) -> bool:
    """Say whether a probe of a target is past sending: before that there is nothing to judge."""
    return record.probe.target is not None and record.state not in {State.PLANNED, State.SENDING}
