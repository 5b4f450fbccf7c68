"""One probe that came back, told so that whoever runs the server finds it in the logs of that server. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime

from bsaudit.judge.learn import target_party
from bsaudit.judge.naming import is_own_word, names_organisation, names_target
from bsaudit.judge.probe_entry import exchange
from bsaudit.judge.product import border, recognised
from bsaudit.judge.questions import tested
from bsaudit.judge.wording import quoted
from bsaudit.model.domain import is_ip
from bsaudit.model.mail import LogStatus, Route, Submission
from bsaudit.model.notification import Action, Hop, RecipientReport
from bsaudit.model.probe import Probe, ProbeRecord, ReturnedMail
from bsaudit.model.report import Accepted, Client, Envelope, Example, HandedBack, HostEntry
from bsaudit.model.run import RunRecord, TargetRecord
from bsaudit.ndn.queue_id import queue_id
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.content import Tries
from bsaudit.text import clean_line

# The beginning of a notice says who writes and why; the rest is in the .eml.
LINES_SHOWN = 8
LINE_LIMIT = 200
SMTP_PORT = 25
_TOOK = frozenset({Action.RELAYED, Action.DELIVERED, Action.EXPANDED})


def example_of(record: ProbeRecord, target: TargetRecord, run: RunRecord) -> Example | None:
    """Return what can be looked up of a probe that came back; None where nothing came back from the target's side."""
    mail = next((one for one in record.returned if one.attributed.attribution.is_target_side), None)
    submission = record.submission
    if mail is None or submission is None:
        return None
    hop = border(mail.notification.returned_trace, target, mail.attributed.written_by.host) or Hop()
    reply = _reply(record, submission, target)
    host = _host(record, mail, hop, target)
    queue = _cleaned(hop.queue_id or _queue_id(reply) or _direct(record, submission.queue_id))
    return Example(
        probe=record.probe.id,
        envelope=Envelope(
            mail_from=record.probe.reverse_path, rcpt_to=tuple(one.address for one in record.probe.recipients)
        ),
        message_id=record.probe.message_id,
        queue_id=queue,
        client=_client(record, submission, hop, run),
        host=host,
        tls=_tls(record, submission, hop),
        accepted=Accepted(at=_accepted_at(record, hop, submission), reply=reply),
        transcript=tuple(map(exchange, submission.transcript)) if record.probe.route is Route.DIRECT else (),
        notification=_handed_back(mail, host),
        swaks=_swaks(record.probe, host, target),
        search=_search(record, target, queue),
    )


def _client(record: ProbeRecord, submission: Submission, hop: Hop, run: RunRecord) -> Client:
    """Return who the target saw: what it wrote down itself goes before what we know."""
    if record.probe.route is Route.DIRECT:
        said = next((one.command for one in submission.transcript if one.command.upper().startswith("EHLO ")), "")
        ehlo, addresses = said[len("EHLO ") :] or None, run.auditor_addresses
    else:
        ehlo, addresses = None, run.relay.addresses if run.relay else ()
    address = hop.address or (addresses[0] if len(addresses) == 1 else None)
    return Client(address=_cleaned(address), ehlo=_cleaned(hop.helo or ehlo))


def _host(record: ProbeRecord, mail: ReturnedMail, hop: Hop, target: TargetRecord) -> HostEntry:
    """Return which host took the message; not by a name that it alone gives itself, which may be a stranger's."""
    exchanger, address = record.probe.mail_exchanger, record.probe.address
    took = next((report.remote_mta for report in _receipts(record, target) if report.remote_mta), None)
    writer = mail.attributed.written_by
    named = None if exchanger is None or is_ip(exchanger) else exchanger
    strange = (writer.host or "").lower() if is_own_word(writer, target_party(target)) else ""
    names = (name for name in (named, hop.by, took, exchanger, writer.host) if name and name.lower() != strange)
    name = next(names, None)
    known = next((mx for mx in target.mail_exchangers if mx.host.lower() == (name or "").lower()), None)
    only = known.addresses[0] if known and len(known.addresses) == 1 else None
    return HostEntry(name=_cleaned(name), address=address or only or (writer.address if writer.host == name else None))


def _receipts(record: ProbeRecord, target: TargetRecord) -> Iterator[RecipientReport]:
    party = target_party(target)
    for mail in record.returned:
        for report in mail.notification.recipients:
            if report.action in _TOOK and report.remote_mta and names_target(report.remote_mta, party):
                yield report


def _reply(record: ProbeRecord, submission: Submission, target: TargetRecord) -> str | None:
    """Return the 250 that was the fault, as far as somebody quotes it: we, a DSN of the relay's, or its log."""
    if record.probe.route is Route.DIRECT:
        return quoted(submission.reply).strip("“”") if submission.reply and submission.accepted else None
    told = next((report.diagnostic_code for report in _receipts(record, target) if report.diagnostic_code), None)
    log = submission.log.reply if submission.log and submission.log.status is LogStatus.SENT else None
    return _cleaned(told or log)


def _queue_id(reply: str | None) -> str | None:
    words = (reply or "").split(" ")
    codes = sum(word[:1].isdigit() and word.replace(".", "").isdigit() for word in words[:2])
    return queue_id(" ".join(words[codes:]))


def _direct(record: ProbeRecord, value: str | None) -> str | None:
    return value if record.probe.route is Route.DIRECT else None


def _tls(record: ProbeRecord, submission: Submission, hop: Hop) -> str | None:
    """Return what is known of TLS; by a Received line that is its protocol (RFC 3848)."""
    if record.probe.route is Route.DIRECT:
        return submission.tls
    protocol = (hop.protocol or "").upper()
    return protocol if protocol.rstrip("A").endswith("S") and "SMTP" in protocol else None


def _accepted_at(record: ProbeRecord, hop: Hop, submission: Submission) -> datetime | None:
    if submission.accepted is False:
        return None
    shown = record.settlement.accepted if record.settlement else None
    return hop.at or (shown.at if shown else None)


def _handed_back(mail: ReturnedMail, took: HostEntry) -> HandedBack:
    by = mail.attributed.handed_over_by
    host = by.host or (took.name if by.address and by.address == took.address else None)
    name = f"{host} [{by.address}]" if host and by.address else host or by.address
    lines = [line for line in mail.notification.prose.splitlines() if line.strip()]
    return HandedBack(
        at=mail.arrived_at,
        from_=_cleaned(name),
        first_lines=tuple(clean_line(line, LINE_LIMIT) for line in lines[:LINES_SHOWN]),
        file=mail.file,
    )


def _swaks(probe: Probe, host: HostEntry, target: TargetRecord) -> str | None:
    """Return a line that shows the same without bsaudit, from an address of the reader's own."""
    party = target_party(target)
    named = host.name if host.name and names_organisation(host.name, party) else None  # else it may be a stranger's
    server = named or host.address or next((mx.host for mx in target.mail_exchangers), None)
    if server is None:
        return None
    port = ["--port", str(probe.port)] if probe.mail_exchanger and probe.port != SMTP_PORT else []
    words = ["swaks", "--server", server, *port, "--from", "YOU@YOUR.DOMAIN", "--to", tested(probe).address]
    if content_of(probe).tries is not Tries.RECIPIENT:
        words += ["--data", "MESSAGE.eml"]
    return shlex.join(map(clean_line, words))


def _search(record: ProbeRecord, target: TargetRecord, queue: str | None) -> str:
    product = recognised(record, target).product
    bare = record.probe.message_id.strip("<>")
    names = {"id": queue or bare, "message_id": record.probe.message_id, "recipient": tested(record.probe).address}
    return product.search.format_map({name: shlex.quote(clean_line(value)) for name, value in names.items()})


def _cleaned(text: str | None) -> str | None:
    return clean_line(text) if text else None
