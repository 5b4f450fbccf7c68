"""Witnesses of acceptance beside notifications: the relay's log, and the valid recipient's own mailbox."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from typing import Any

from msgspec.structs import replace

from bsaudit.audit.state import Live
from bsaudit.errors import ServiceError
from bsaudit.judge.relay_log import parse_log
from bsaudit.model.mail import LogEntry
from bsaudit.model.probe import Place, ProbeRecord
from bsaudit.ndn import read
from bsaudit.ports import CatchMailbox, RelayLog
from bsaudit.probe.tokens import TokenIndex

LOG_POLL_S = 2.0


def follow_witnesses(live: Live) -> Iterator[Coroutine[Any, Any, None]]:
    """Return what is to run beside the watch, for ever: one coroutine for each witness there is."""
    if live.tools.relay_log is not None:
        yield _as_long_as_it_lasts(live, _follow_log(live, live.tools.relay_log))
    if live.tools.valid_mailbox is not None:
        yield _as_long_as_it_lasts(live, _follow_mailbox(live, live.tools.valid_mailbox))


async def _as_long_as_it_lasts(live: Live, witness: Coroutine[Any, Any, None]) -> None:
    """Go on without a witness that fails in the middle: the report says so, and the watch does not need it."""
    try:
        await witness
    except ServiceError as error:
        live.failed(error)


async def _follow_log(live: Live, log: RelayLog) -> None:
    while True:
        for entry in parse_log(await log.new_lines()):
            for record in live.run.probes:
                if _is_logged(record, entry) and record.submission is not None:
                    record.submission = replace(record.submission, log=entry)
                    live.touch(record)
        await live.tools.clock.sleep(LOG_POLL_S)


def _is_logged(record: ProbeRecord, entry: LogEntry) -> bool:
    submission = record.submission
    recipients = {recipient.address.lower() for recipient in record.probe.recipients}
    return submission is not None and submission.queue_id == entry.queue_id and entry.recipient.lower() in recipients


async def _follow_mailbox(live: Live, mailbox: CatchMailbox) -> None:
    try:
        async for arrival in mailbox.arrivals():
            match = TokenIndex(record.probe for record in live.run.probes).match(arrival, read(arrival.raw))
            record = live.records[match.probe_id] if match and match.place is Place.MESSAGE_ID else None
            if record is not None and record.submission is not None:
                record.submission = replace(record.submission, delivered_at=arrival.seen_at)
                live.touch(record)
    finally:
        await mailbox.close()
