"""From a run in the journal to its report, read and judged afresh."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from bsaudit.judge.again import judge_again
from bsaudit.judge.assemble import assemble
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.match import returned_mail
from bsaudit.model.mail import Arrival
from bsaudit.model.report import Report
from bsaudit.model.run import RunRecord
from bsaudit.ndn import read
from bsaudit.probe.tokens import TokenIndex

Arrivals = AsyncIterator[tuple[Arrival, str | None]]


async def rebuild(run: RunRecord, arrivals: Arrivals, now: datetime) -> Report:
    """Return the report of a run from the journal, read and judged afresh by what is known today."""
    inquiry = await reread(run, arrivals)
    judge_again(inquiry, now)
    return assemble(inquiry)


async def reread(run: RunRecord, arrivals: Arrivals) -> Inquiry:
    """Return a run from the journal with everything that came back for it, read anew and not yet judged."""
    inquiry = Inquiry(run)
    index = TokenIndex(record.probe for record in run.probes)
    records = {record.probe.id: record for record in run.probes}
    async for arrival, _ in arrivals:
        notification = read(arrival.raw)
        match = index.match(arrival, notification)
        if match is not None:
            for one in (match, *index.also(arrival, notification, match)):
                record = records[one.probe_id]
                record.returned += (returned_mail(arrival, notification, one, record, inquiry),)
    return inquiry
