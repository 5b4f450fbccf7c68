"""Sending: journalled before, recorded after, never faster than was agreed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bsaudit.audit.state import Live
from bsaudit.errors import RelayError
from bsaudit.judge.outcome import PERMANENT
from bsaudit.model.event import Sending, Sent
from bsaudit.model.mail import Route, Submission
from bsaudit.model.probe import ProbeRecord, State
from bsaudit.ports import Submitter
from bsaudit.probe.compose import compose

# Messages under way at once; more only wait for one another in the relay's queue.
AT_ONCE = 8


class Pace:
    """At most `rate` messages a second, evenly spaced."""

    def __init__(self, rate: float, live: Live) -> None:
        self._interval = 1.0 / rate
        self._clock = live.tools.clock
        self._next = 0.0

    async def turn(self) -> None:
        now = self._clock.monotonic()
        wait, self._next = self._next - now, max(now, self._next) + self._interval
        if wait > 0:
            await self._clock.sleep(wait)


async def send_all(live: Live, records: Sequence[ProbeRecord], *, rate: float | None) -> None:
    """Send `records` in order, paced by `rate` (None: our own side, no pace), a few at once.

    Raises RelayError once the relay as a whole is gone; what was not sent by then is cancelled.
    """
    pace = Pace(rate, live) if rate else None
    room = asyncio.Semaphore(AT_ONCE if pace else 1)
    try:
        async with asyncio.TaskGroup() as group:
            for record in records:
                await room.acquire()
                if pace:
                    await pace.turn()
                task = group.create_task(send(live, record))
                task.add_done_callback(lambda _: room.release())
    except* RelayError as errors:
        await cancel(live, records)
        raise errors.exceptions[0] from None


async def send(live: Live, record: ProbeRecord) -> None:
    """Send one probe: recorded as `sending` before the first command, and with every reply after the last."""
    probe, tools = record.probe, live.tools
    # Our own controls must not travel with the name of whoever allowed to probe a target.
    message = compose(
        probe,
        at=tools.clock.now(),
        authorized_by=live.run.authorized_by if probe.target else None,
        contact=live.settings.contact,
    )
    await move(live, record, State.SENDING)
    live.notify(Sending(run=live.run.id, at=tools.clock.now(), probe=probe))
    submission = await _submitter(live, record).submit(probe, message)
    record.submission = submission
    await move(live, record, _state_after(submission), submission)
    live.notify(Sent(run=live.run.id, at=tools.clock.now(), probe=probe, submission=submission))
    live.touch(record)


def _submitter(live: Live, record: ProbeRecord) -> Submitter:
    submitters = live.tools.submitters
    if record.probe.route is Route.DIRECT or submitters.relay is None:
        return submitters.direct
    return submitters.relay


def _state_after(submission: Submission) -> State:
    if submission.accepted is None:
        return State.MAYBE_SENT
    if submission.accepted:
        return State.SENT
    return State.REFUSED if submission.reply else State.FAILED


async def move(live: Live, record: ProbeRecord, state: State, submission: Submission | None = None) -> None:
    await live.tools.journal.move(live.run.id, record.probe.id, state, submission=submission)
    record.state = state


async def cancel(live: Live, records: Sequence[ProbeRecord]) -> None:
    """Give up what was planned and not begun: it will never be sent."""
    for record in records:
        if record.state is State.PLANNED:
            await move(live, record, State.CANCELLED)


def was_put_off(record: ProbeRecord) -> bool:
    """Say whether the other side answered 4xx, as greylisting does."""
    reply = record.submission.reply if record.submission else None
    return record.state is State.REFUSED and reply is not None and reply.code < PERMANENT
