"""What convinces whoever runs a server and never asked for this: facts to look up, and what was done to it."""

from __future__ import annotations

from collections.abc import Iterator

from bsaudit.model.probe import Role
from bsaudit.model.report import Client, Example, HostEntry, Report, TargetEntry
from bsaudit.report.line import Line
from bsaudit.report.plain import timestamp
from bsaudit.text import clean_line


def taken(example: Example) -> Iterator[str | Line]:
    """Tell how the target took a message: one fact a line, each as it stands in a log."""
    at = timestamp(example.accepted.at) if example.accepted.at else "at a time that it did not tell"
    yield f"{_host(example.host)} took this message from {_client(example.client)}"
    yield Line(f"{at} ({'TLS: ' + example.tls if example.tls else 'no TLS seen'})", point=True)
    yield Line(f"MAIL FROM:<{example.envelope.mail_from}>", point=True)
    yield from (Line(f"RCPT TO:<{address}>", point=True) for address in example.envelope.rcpt_to)
    yield Line(f"Message-ID: {example.message_id}", point=True)
    if example.accepted.reply:
        yield Line(f"answered: {example.accepted.reply}", point=True)
    if example.queue_id:
        yield Line(f"queue id: {example.queue_id}", point=True)


def handed_back(example: Example) -> Iterator[str | Line]:
    """Tell what came back of it."""
    back = example.notification
    yield f"{back.from_ or 'a host of the target'} handed this to our mailbox at {timestamp(back.at)}"
    # Notices are wrapped by hand, and would be again: joined, they are read as what somebody says.
    yield Line(f"“{clean_line(' '.join(back.first_lines), QUOTE_LIMIT)}”" if back.first_lines else "", point=True)
    if back.file:
        yield Line(f"the whole of it: {back.file}", point=True)


def see_for_yourself(example: Example) -> Iterator[str | Line]:
    """Tell how to see it without bsaudit."""
    if example.swaks:
        yield "without bsaudit, from an address of your own:"
        yield Line(example.swaks, point=True, command=True)
    if example.search:
        yield "in the logs of the server:"
        yield Line(example.search, point=True, command=True)


QUOTE_LIMIT = 500  # characters: who writes, and why

_PASSED_ON = frozenset({Role.FORWARDER, Role.LIST})


def sent(target: TargetEntry, report: Report) -> Iterator[str]:
    """Tell what was done to the target, by whose permission, and that nobody else was."""
    run = report.run
    if run is None or not target.probes:
        return
    number, began = target.messages_sent, f"{run.started_at:%Y-%m-%d %H:%M} UTC"
    sent_by = f"in run {run.id} of {began} by {report.tool.name} {report.tool.version}"
    parts = [
        f"{number} message{'s' * (number != 1)} to {target.domain}, {sent_by}",
        f"permitted by {run.authorized_by}" if run.authorized_by else "",
        "" if _went_further(target) else "nobody else was written to: all senders are addresses of our own",
        f"questions to {run.contact}" if run.contact else "",
        f'no more of it: publish the TXT record _bsaudit.{target.domain} "v=bsaudit1; deny"',
    ]
    yield "; ".join(filter(None, parts))


def _went_further(target: TargetEntry) -> bool:
    return any(recipient.role in _PASSED_ON for probe in target.probes for recipient in probe.recipients)


def _host(host: HostEntry) -> str:
    if host.name and host.address:
        return f"{host.name} [{host.address}]"
    return host.name or host.address or "a host of the target"


def _client(client: Client) -> str:
    ehlo = f" (EHLO {client.ehlo})" if client.ehlo else ""
    return f"{client.address or 'our side'}{ehlo}"
