"""A probe and what became of it → its entry in the JSON report."""

from __future__ import annotations

from msgspec.structs import replace

from bsaudit.judge.case import COUNTS_AS
from bsaudit.judge.entry import returned_entry
from bsaudit.judge.wording import OPEN
from bsaudit.model.mail import Exchange, Host, Reply
from bsaudit.model.probe import Outcome, ProbeRecord, Settlement
from bsaudit.model.report import ProbeEntry, ProbeRecipient
from bsaudit.text import clean_line

_OPEN = Settlement(outcome=Outcome.UNRESOLVED, counts_as=COUNTS_AS[Outcome.UNRESOLVED], explanation=OPEN)


def probe_entry(record: ProbeRecord) -> ProbeEntry:
    """Return the probe as the report shows it; one without a settlement is unresolved."""
    probe, submission, settlement = record.probe, record.submission, record.settlement or _OPEN
    replies = submission.recipient_replies if submission else {}
    return ProbeEntry(
        id=probe.id,
        kind=probe.kind,
        shape=probe.shape,
        control=probe.control,
        repeats=probe.repeats,
        difference=probe.difference,
        state=record.state.value,
        route=probe.route,
        mail_exchanger=probe.mail_exchanger,
        address=probe.address,
        recipients=tuple(
            ProbeRecipient(address=entry.address, role=entry.role, reply=_reply(replies.get(entry.address)))
            for entry in probe.recipients
        ),
        reverse_path=probe.reverse_path,
        message_id=probe.message_id,
        envid=probe.envid,
        queue_id=submission.queue_id if submission else None,
        outcome=settlement.outcome,
        counts_as=settlement.counts_as,
        stage=settlement.stage,
        reply=_reply(settlement.reply),
        accepted=settlement.accepted,
        transcript=tuple(exchange(line) for line in submission.transcript) if submission else (),
        submitted_at=submission.submitted_at if submission else None,
        settled_at=settlement.settled_at,
        explanation=clean_line(settlement.explanation),
        notifications=tuple(map(returned_entry, record.returned)),
        written_by=_host(settlement.written_by),
        seconds=settlement.seconds,
        target=probe.target,
        no_such_address=settlement.no_such_address,
    )


def _reply(reply: Reply | None) -> Reply | None:
    return None if reply is None else replace(reply, text=clean_line(reply.text))


def exchange(line: Exchange) -> Exchange:
    """Return one line of a transcript, made printable."""
    return replace(line, command=clean_line(line.command), text=clean_line(line.text))


def _host(host: Host | None) -> Host | None:
    if host is None or (host.host is None and host.address is None):
        return None
    return Host(host=host.host and clean_line(host.host), address=host.address and clean_line(host.address))
