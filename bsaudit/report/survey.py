"""What a mailbox full of notices shows: as text, JSON, and a line of JSON a message."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from textwrap import wrap as wrapped

from msgspec import json, structs

from bsaudit.model.survey import Seen, SurveyHost, SurveyReport
from bsaudit.report.formats import Look
from bsaudit.text import amount, clean_line

# Options and ids are not parted
wrap = partial(wrapped, break_on_hyphens=False)
# Of which a person sees the first; the JSON has all
TOP = 10
PILES = (
    ("backscatter", "backscatter: answers to mail that you never sent"),
    ("own", "answers to your own mail"),
    ("cannot_tell", "cannot be told"),
    ("other", "other mail: no notices"),
)
UNCLEAR = {
    "contradiction": "some of it speaks for your own mail, some against",
    "own_message_id": "a host of yours stands in the Message-ID, which anybody can write",
    "claim": "own names stand where anybody can write them",
    "relay_unknown": "it went out by a relay that may be yours: name it with --own",
    "nothing_returned": "nothing of the original came back that tells",
    "not_understood": "from a mail system, in words that nobody knows",
    "forged": "forged: no mail system wrote it",
}


def printed(report: SurveyReport, look: Look) -> bytes:
    """Return it for a person."""
    text = "\n".join(line.rstrip() for line in _text(report, look.width)) + "\n"
    return text.encode(look.encoding, "replace")


def json_document(report: SurveyReport, _look: Look) -> bytes:
    return json.format(json.encode(report), indent=2) + b"\n"


def line(seen: Seen) -> bytes:
    """Return one message as a line of JSON."""
    return json.encode({"record": "message", **structs.asdict(seen)}) + b"\n"


def last_line(report: SurveyReport, _look: Look) -> bytes:
    """Return the line that ends them, with the whole report."""
    return json.encode({"record": "survey", "survey": report}) + b"\n"


def _text(report: SurveyReport, width: int) -> Iterator[str]:
    hosts = amount(report.totals.hosts, "host")
    yield f"{period(report)}: {report.totals.backscatter} backscatter from {hosts}"
    if report.interrupted:
        yield "Interrupted: this is what was read until then."
    yield f"Your own{' (guessed)' if report.own.guessed else ''}: {own_names(report)}"
    yield ""
    for name, words in PILES:
        yield f"{getattr(report.totals, name):>9}  {words}"
    yield from _unclear(report)
    yield from _counts("Why the backscatter was written:", report.causes)
    if report.hosts:
        yield from ("", "Who wrote it:")
        for host in report.hosts[:TOP]:
            yield from _host(host, width)
        if len(report.hosts) > TOP:
            yield f"{'':>9}  and {amount(len(report.hosts) - TOP, 'more host')} (--format json)"
    yield from _original(report, width)
    if report.advice:
        yield from ("", "Do these things now:")
        for number, advice in enumerate(report.advice, 1):
            yield from wrap(
                f"{number}. {clean_line(advice.text)}", width, initial_indent="  ", subsequent_indent="     "
            )
            # To be copied: not wrapped
            yield from (f"     {clean_line(line)}" for line in (*advice.paste, advice.command or "") if line)
    for gap in report.gaps:
        yield ""
        yield from wrap(f"Open: {clean_line(gap)}", width, subsequent_indent="  ")


def period(report: SurveyReport) -> str:
    """Return how much was read, and of what time."""
    first, last = report.totals.first, report.totals.last
    messages = amount(report.totals.messages, "message")
    if first is None or last is None:
        return messages
    return f"{messages}, notices from {first[:10]} to {last[:10]}"


def was_read(report: SurveyReport) -> list[str]:
    """Return what each mailbox held."""
    read = report.mailboxes
    return [
        f"{one.mailbox}: {amount(one.messages, 'message')}" + (f": {one.error}" if one.error else "") for one in read
    ]


def own_names(report: SurveyReport) -> str:
    """Return what was taken for one's own."""
    sent = (f"{amount(report.own.sent, 'message')} of the Sent folder",) if report.own.sent else ()
    return ", ".join((*report.own.domains, *report.own.addresses, *sent)) or "nothing is known"


def _unclear(report: SurveyReport) -> Iterator[str]:
    for name, words in UNCLEAR.items():
        if count := report.shown.get(name):
            yield f"{'':>9}  {count:>7}  {words}"


def _counts(title: str, counts: dict[str, int]) -> Iterator[str]:
    if counts:
        yield from ("", title)
        for name, count in counts.items():
            yield f"{count:>9}  {name}"


def _host(host: SurveyHost, width: int) -> Iterator[str]:
    name = clean_line(host.host) or "nobody is named"
    also = f" (and {host.cannot_tell} that cannot be told; below, both)" if host.cannot_tell else ""
    yield f"{host.backscatter:>9}  {name}{also}"
    facts = (
        ", ".join(f"{count} {cause}" for cause, count in host.causes.items()),
        "returned: " + ", ".join(f"{count} {what}" for what, count in host.returned.items()),
        ", ".join(host.products),
        when(host.first, host.last),
    )
    yield from wrap("; ".join(filter(None, facts)), width, initial_indent=" " * 11, subsequent_indent=" " * 11)
    for one in host.listings or ():
        if one.status == "listed":
            yield from wrap(f"on {one.zone}: {one.text}", width, initial_indent=" " * 11, subsequent_indent=" " * 13)
    told = ", ".join(f"{one.address}{' (bounces)' if one.bounces else ''}" for one in host.contacts)
    if told:
        yield from wrap(f"tell: {told}", width, initial_indent=" " * 11, subsequent_indent=" " * 13)


def whence(source: str) -> str:
    """Return whence a contact is known, for a person."""
    return {"rfc2142": "RFC 2142", "notice": "the notice itself"}.get(source, source)


def _original(report: SurveyReport, width: int) -> Iterator[str]:
    """Say what was sent in one's name, and by whom."""
    if report.sources:
        yield from ("", "Whence the originals came:")
        for source in report.sources[:TOP]:
            yield f"{source.count:>9}  {source.network}  {when(source.first, source.last)}"
    if report.campaigns:
        yield from ("", "What they were about:")
        for one in report.campaigns[:TOP]:
            yield f"{one.count:>9}  “{clean_line(one.subject, max(width - 40, 20))}”  {when(one.first, one.last)}"


def when(first: str | None, last: str | None) -> str:
    """Return the days between which something came."""
    if first is None or last is None:
        return ""
    return first[:10] if first[:10] == last[:10] else f"{first[:10]} to {last[:10]}"
