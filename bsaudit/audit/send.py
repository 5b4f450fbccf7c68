"""Sending: journalled before, recorded after, never faster than was agreed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from msgspec.structs import replace

from bsaudit.audit.pace import Pace
from bsaudit.audit.rehearse import signature
from bsaudit.audit.state import Live
from bsaudit.durations import duration
from bsaudit.errors import RelayError
from bsaudit.judge.case import PERMANENT, TRANSIENT
from bsaudit.model.event import Sending, Sent
from bsaudit.model.mail import Reply, Route, Submission
from bsaudit.model.probe import Control, Probe, ProbeRecord, State
from bsaudit.ports import Submitter
from bsaudit.probe.body import body_digest
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.compose import compose
from bsaudit.probe.content import OVERSIZE_LIMIT, Tries

# After so long a host that refused the connection is tried once more.
CLOSED_S = 2.0
# What an oversize message has more than the limit.
OVERSIZE_MARGIN = 64 << 10


async def send_all(live: Live, records: Sequence[ProbeRecord], pace: Pace) -> None:
    """Send `records` in order at `pace`, a few at once.

    Raises RelayError once the relay as a whole is gone; what was not sent by then is cancelled.
    """
    room = room_for(live, records)
    try:
        async with asyncio.TaskGroup() as group:
            for record in sorted(records, key=lambda record: live.departures.get(record.probe.id, 0.0)):
                await live.departure(record.probe)
                await pace.leave(room)
                group.create_task(send(live, record)).add_done_callback(lambda _: room.release())
    except* RelayError as errors:
        await cancel(live, records)
        raise errors.exceptions[0] from None


def room_for(live: Live, records: Sequence[ProbeRecord]) -> asyncio.Semaphore:
    """Return what limits the messages under way: one room for all targets of a relay, a place for our own side.

    On the direct route one that was put off holds its place for minutes; a plan is short there.
    """
    if records and records[0].probe.target is None:
        return asyncio.Semaphore(1)
    direct = any(record.probe.route is Route.DIRECT for record in records)
    return asyncio.Semaphore(len(records)) if direct else live.relay_room


async def send(live: Live, record: ProbeRecord) -> None:
    """Send one probe: recorded as `sending` before the first command, and with every reply after the last."""
    probe, tools = record.probe, live.tools
    message = compose(
        probe,
        at=tools.clock.now(),
        sign=signature(live.run, live.settings, probe),
        rules=live.settings.rules,
        octets=_octets(live, record),
    )
    await move(live, record, State.SENDING)
    live.notify(Sending(run=live.run.id, at=tools.clock.now(), probe=probe))
    submission = await _submit(live, record, message)
    if probe.target is None:
        submission = replace(submission, body=body_digest(message))
    record.submission = submission
    live.attribute_again(record)
    await move(live, record, _state_after(submission), submission)
    live.put_aside(record)
    live.notify(Sent(run=live.run.id, at=tools.clock.now(), probe=probe, submission=submission))
    live.touch(record)


async def _submit(live: Live, record: ProbeRecord, message: bytes) -> Submission:
    """Hand the message over; on the direct route try once more where the answer was "later".

    A relay does that by itself. Greylisting wants the same client, reverse-path and recipient again, after a while.
    """
    first = await _hand_over(live, record.probe, message)
    if first.closed and record.probe.control is Control.ASKED:  # twice, or it says nothing: RFC 5321 §4.5.4.1
        await live.tools.clock.sleep(CLOSED_S)
        second = await _hand_over(live, record.probe, message)
        return replace(second, closed=first.closed + second.closed, transcript=first.transcript + second.transcript)
    reply, again = _put_off(record.probe, first)
    once = record.probe.target is None or record.probe.control is Control.TRUSTED
    if record.probe.route is Route.RELAY or once or reply is None or live.roads.to(again).closed is not None:
        return first
    delay = retry_delay(reply, live.settings.wait_s)
    live.phase("retry", f"{record.probe.mail_exchanger} put {record.probe.id} off; trying again in {duration(delay)}")
    await live.tools.clock.sleep(delay)
    if not await _may_be_tried_again(live, again, live.settings.wait_s / 2):
        return first
    second = await _hand_over(live, again, message)
    transcript = first.transcript + second.transcript
    both = joined(first, second, reply) if first.accepted else replace(second, put_off=reply)
    return replace(both, transcript=transcript)


def joined(first: Submission, second: Submission, put_off: Reply) -> Submission:
    """Return two tries as one: the first was taken for some recipients, the second went to those that it `put_off`.

    What becomes of them is awaited from the end of the second. If its text is refused, nothing is known of them but
    that they were put off: `recipient_replies` are those to RCPT.
    """
    told = second.recipient_replies
    if second.accepted is False:
        told = {address: reply for address, reply in told.items() if reply.code >= TRANSIENT}
        second = replace(first, submitted_at=second.submitted_at, finished_at=second.finished_at)
    return replace(second, recipient_replies=first.recipient_replies | told, put_off=put_off if told else None)


async def _hand_over(live: Live, probe: Probe, message: bytes) -> Submission:
    """Submit a message; to a target's host when it may see one, and heeding what it says of us."""
    submitter = _submitter(live, probe)
    if probe.target is None or submitter is not live.tools.submitters.direct:
        return await submitter.submit(probe, message)
    async with live.roads.session(probe) as road:
        if road.closed is not None:
            now = live.tools.clock.now()
            error = f"not tried: {probe.mail_exchanger} {road.closed}"
            return Submission(accepted=False, submitted_at=now, finished_at=now, error=error)
        submission = await submitter.submit(probe, message)
        enough = live.roads.heed(road, submission)
    if enough := enough or live.roads.tire(road):
        live.phase("stop", f"nothing more is sent to {probe.mail_exchanger} [{probe.address}]: it {enough}")
    return submission


async def _may_be_tried_again(live: Live, probe: Probe, patience_s: float) -> bool:
    """Book a second attempt, and wait for its turn; say whether there is room for it."""
    (told,) = await live.purse.pay([(live.inquiry.target(probe.target), probe, False)], patience_s)
    if told.at is None:
        return False
    live.departures[probe.id] = told.at
    await live.departure(probe)
    return True


def _put_off(probe: Probe, submission: Submission) -> tuple[Reply | None, Probe]:
    """Return the reply that said "later", if one did, and the probe to those recipients that it put off."""
    if submission.accepted is None:
        return None, probe
    if not submission.accepted:
        reply = submission.reply
        return (reply if reply and TRANSIENT <= reply.code < PERMANENT else None), probe
    # RFC 5321 §4.5.4.1: the recipients that were put off are tried again, the others have their message.
    late = {
        address: reply for address, reply in submission.recipient_replies.items() if TRANSIENT <= reply.code < PERMANENT
    }
    recipients = tuple(recipient for recipient in probe.recipients if recipient.address in late)
    return next(iter(late.values()), None), replace(probe, recipients=recipients)


# postgrey's default delay, and a little more; others are shorter.
GREYLIST_S = 305.0
_SECONDS = re.compile(r"(?:in|after|for) (\d{1,5}) ?s(?:ec(?:ond)?s?)?\b", re.IGNORECASE)


def retry_delay(reply: Reply, wait_s: float) -> float:
    """Return after how many seconds to try again: what the reply says, but so that the wait leaves time for answers."""
    said = _SECONDS.search(reply.text)
    return min(float(said[1]) + 1 if said else GREYLIST_S, wait_s / 2)


def _octets(live: Live, record: ProbeRecord) -> int:
    """Return how large an oversize message has to be: above the SIZE that the same host announced (RFC 1870)."""
    if content_of(record.probe).tries is not Tries.SIZE:
        return 0
    same = (r.submission for r in live.run.probes if r.probe.address == record.probe.address and r.submission)
    limit = next((submission.size_limit for submission in same if submission.size_limit), None)
    return min(limit or 0, OVERSIZE_LIMIT) + OVERSIZE_MARGIN


def _submitter(live: Live, probe: Probe) -> Submitter:
    submitters = live.tools.submitters
    if probe.route is Route.DIRECT or submitters.relay is None:
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
    planned = [record for record in records if record.state is State.PLANNED]
    # Side by side, so that they share commits: somebody who pressed Ctrl-C waits for it.
    await asyncio.gather(*(move(live, record, State.CANCELLED) for record in planned))
