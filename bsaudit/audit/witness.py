"""Witnesses of acceptance beside notifications: the relay's log, and the valid recipient's own mailbox."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from typing import Any

from msgspec.structs import replace

from bsaudit.audit.state import Live
from bsaudit.audit.target_queue import follow_queue
from bsaudit.errors import ServiceError
from bsaudit.judge.learn import is_own
from bsaudit.judge.questions import tested
from bsaudit.judge.relay_log import parse_log
from bsaudit.model.mail import LogEntry
from bsaudit.ports import CatchMailbox, RelayLog

LOG_POLL_S = 2.0


def follow_witnesses(live: Live) -> Iterator[Coroutine[Any, Any, None]]:
    """Return what is to run beside the watch, for ever: one coroutine for each witness there is."""
    if live.tools.relay_log is not None:
        yield _as_long_as_it_lasts(live, _follow_log(live, live.tools.relay_log))
    if live.tools.target_queue is not None:
        yield follow_queue(live, live.tools.target_queue)
    if live.tools.valid_mailbox is not None:
        yield _as_long_as_it_lasts(live, _follow_mailbox(live, live.tools.valid_mailbox))


async def _as_long_as_it_lasts(live: Live, witness: Coroutine[Any, Any, None]) -> None:
    """Go on without a witness that fails in the middle: the report says so, and the watch does not need it."""
    try:
        await witness
    except ServiceError as error:
        live.failed(error)


async def _follow_log(live: Live, log: RelayLog) -> None:
    early: list[LogEntry] = []  # a relay may log a delivery before we have noted that it took the message
    while True:
        now = live.tools.clock.now()
        fresh = (replace(entry, seen_at=now) for entry in parse_log(await log.new_lines()))
        early = [entry for entry in (*early, *fresh) if not _note(live, entry)]
        await live.tools.clock.sleep(LOG_POLL_S)


def _note(live: Live, entry: LogEntry) -> bool:
    """Note an entry of the log on the probe that it is about; return False for one that may be about a later one."""
    records = [record for record in live.run.probes if tested(record.probe).address.lower() == entry.recipient.lower()]
    for record in records:
        if record.submission is not None and record.submission.queue_id == entry.queue_id:
            record.submission = replace(record.submission, log=entry)
            live.attribute_again(record)
            live.touch(record)
            return True
    return all(record.submission is not None for record in records)


async def _follow_mailbox(live: Live, mailbox: CatchMailbox) -> None:
    try:
        async for arrival in mailbox.arrivals():
            notification, match = live.intake.find(arrival)
            record = live.records[match.probe_id] if match else None
            # What only quotes it was not delivered: filters tell the recipient what they keep from him.
            if record is not None and record.submission is not None and is_own(record.probe, notification):
                record.submission = replace(record.submission, delivered_at=arrival.seen_at)
                live.touch(record)
    finally:
        await mailbox.close()
