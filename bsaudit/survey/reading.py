"""One message → what the survey keeps of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from bsaudit.judge.explain import UNATTRIBUTED, unread
from bsaudit.model.notification import Kind, Notification, Reason
from bsaudit.model.survey import Pile, Seen, Shown
from bsaudit.ndn.dates import parse_date
from bsaudit.ndn.decode import decoded_words
from bsaudit.ndn.message import Message, address, message_id, message_ids
from bsaudit.ndn.mime import Fields
from bsaudit.ndn.original import NOTHING
from bsaudit.ndn.reader import NO_HEADER, Whole, read_whole
from bsaudit.survey.forged import Case, signs
from bsaudit.survey.journey import Journey, Way, journey, kin
from bsaudit.survey.own import Own, addresses_in
from bsaudit.survey.piles import Answered, sort
from bsaudit.survey.writer import Writer, reporter, writer
from bsaudit.text import clean_line

# Shown of a subject: enough to know a campaign by
SUBJECT_LIMIT = 100
NAME_LIMIT = 255
# Of which a server says why it wrote; the others are a cause by their kind
_FAILURES = frozenset({Kind.NDN, Kind.DELAY})
# Written by programs, and read or wanted by people: a complaint is about mail that was got
_NO_NOTICE = frozenset({Kind.OTHER, Kind.REPORT})
# RFC 2142
_ROLES = frozenset({"postmaster", "abuse"})
# RFC 6376 §3.5
_SIGNER = re.compile(r"(?:^|;)\s*d\s*=\s*([\w.-]+)")
NO_MESSAGE = "no message, it has no header"
# Who could forge a bounce about what only the person's own side knows?
_CERTAIN = frozenset({Shown.SENT_FOLDER, Shown.SIGNATURE})

Signed = Callable[[bytes], bool]  # whether a message bears a good signature of an own domain


def nobody_signed(_copy: bytes) -> bool:
    return False


def reading(raw: bytes, own: Own, *, file: str, index: int = 0, signed: Signed = nobody_signed) -> Seen:
    """Return what a message is to somebody who owns `own`. Never raises for what a message holds."""
    whole = read_whole(raw, brief=True)
    notification, original, fields = whole.notification, whole.original, whole.message.top.fields
    if notification.kind in _NO_NOTICE:
        return _no_notice(whole, own, file, index)
    who = writer(notification, own, whole.prose_host)
    way = journey(original.all("received"), own, reporter(notification, who, own))
    pile, shown = sort(_answered(whole, own), way, own, signed=lambda: _signed(whole, own, signed))
    forgery = signs(Case(notification, fields, original, who, own)) if shown not in _CERTAIN else ()
    if forgery:
        pile, shown = Pile.CANNOT_TELL, Shown.FORGED
    return Seen(
        file=file,
        index=index,
        pile=pile,
        shown=shown,
        kind=notification.kind,
        causes=causes(notification),
        host=_name(who.host),
        address=who.address,
        at=_time(whole),
        forged=forgery,
        returned=_returned(notification),
        product=notification.mta_family,
        original_message_id=_name(notification.original_message_id),
        source=_source(way),
        subject=clean_line(decoded_words(original.first("subject")), SUBJECT_LIMIT) or None,
        contact=_contact(notification, who),
        undeliverable=_undeliverable(notification),
    )


def _no_notice(whole: Whole, own: Own, file: str, index: int) -> Seen:
    notification = whole.notification
    doubt = unread(notification, UNATTRIBUTED.attribution)
    if doubt and NO_HEADER not in notification.defects:
        return _not_understood(whole, own, file, index)
    return Seen(
        file=file,
        index=index,
        error=NO_MESSAGE if NO_HEADER in notification.defects else None,
        pile=Pile.OTHER,
        shown=Shown.NO_NOTICE,
        kind=notification.kind,
        at=_dated(whole),
    )


def _not_understood(whole: Whole, own: Own, file: str, index: int) -> Seen:
    notification = whole.notification
    who = writer(notification, own, lambda: None)
    forgery = signs(Case(notification, whole.message.top.fields, NOTHING, who, own))
    return Seen(
        file=file,
        index=index,
        pile=Pile.CANNOT_TELL,
        shown=Shown.FORGED if forgery else Shown.NOT_UNDERSTOOD,
        kind=notification.kind,
        host=_name(who.host),
        address=who.address,
        at=_time(whole),
        forged=forgery,
    )


def _signed(whole: Whole, own: Own, signed: Signed) -> bool | None:
    """Tell whether an own domain signed what came back (RFC 6376), and wrote it, too: lists sign what others wrote.

    None where it bears a signature of an own domain that is not known to be good.
    """
    signatures = whole.original.all("dkim-signature")
    signers = map(_SIGNER.search, signatures)
    if not signatures or not any(own.name(found[1].lower()) for found in signers if found):
        return False
    author = address(whole.original.first("from")) or ""
    copy = whole.copy() if own.name(author.rpartition("@")[2].lower()) else None
    return (copy is not None and signed(copy)) or None


def _answered(whole: Whole, own: Own) -> Answered:
    """Return what is answered, by the returned copy, else by what the answer says."""
    named = whole.notification.original_message_id
    ids = (named,) if named else _parent(whole.message.top.fields)
    return Answered(ids, _recipients(whole) if own.written_to else frozenset())


def _recipients(whole: Whole) -> frozenset[str]:
    notification, original = whole.notification, whole.original
    said = (name for one in notification.recipients for name in (one.original_recipient, one.final_recipient) if name)
    found = addresses_in((*said, original.first("to"), original.first("cc")))
    if found or notification.kind in _FAILURES:
        return found
    return addresses_in((notification.from_address or "",))  # who answers is whom it went to


def _parent(fields: Fields) -> tuple[str, ...]:
    """Return the Message-ID of what is answered: the last of References (RFC 5322 §3.6.4).

    Those before it stood in that message already, where whoever wrote it put them.
    """
    return (message_ids(fields.get("in-reply-to", [])) or message_ids(fields.get("references", [])))[-1:]


def causes(notification: Notification) -> tuple[str, ...]:
    """Return why it was written: the reasons of `explain`, each once; the kind where that is the reason."""
    if notification.kind not in _FAILURES:
        return (notification.kind,)
    reasons = dict.fromkeys([report.reason for report in notification.recipients])
    return tuple(reasons) or (Reason.UNKNOWN,)


def _returned(notification: Notification) -> str:
    """Return what came back; `virus`: all of a message that was refused as one."""
    refused = notification.returned_payload and (
        notification.kind is Kind.VIRUS_NOTICE or any(one.reason is Reason.VIRUS for one in notification.recipients)
    )
    return "virus" if refused else notification.returned


def _source(way: Journey) -> str | None:
    return way.source.address if way.source is not None and way.way is not Way.OWN else None


def _time(whole: Whole) -> str | None:
    """Return when it came, by our own side's line, else when it says that it was written."""
    notification = whole.notification
    newest = next(iter(notification.trace), None)
    return _dated(whole) if newest is None or newest.at is None else written(newest.at)


def _dated(whole: Whole) -> str | None:
    """Return when a message says that it was written."""
    at = parse_date(whole.message.first("date"))
    return None if at is None else written(at)


def written(at: datetime) -> str:
    """Return a time as the document shows it, in UTC."""
    if at.tzinfo is not UTC:
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    return at.isoformat("T", "seconds").removesuffix("+00:00") + "Z"


def _contact(notification: Notification, who: Writer) -> str | None:
    """Return the address that a notice names for questions: its From, if a person may read it there."""
    sender = notification.from_address
    if not sender or not who.host or "@" not in sender:
        return None
    name, _, domain = sender.lower().rpartition("@")
    if not kin(domain, who.host):
        return None
    return None if "daemon" in name or "reply" in name else clean_line(sender.lower(), NAME_LIMIT)


def _undeliverable(notification: Notification) -> str | None:
    """Return the role address that could not be reached: whoever is to be told there will not hear it."""
    for report in notification.recipients:
        failed = (report.original_recipient or report.final_recipient or "").strip("<>").lower()
        if failed.partition("@")[0] in _ROLES:
            return clean_line(failed, NAME_LIMIT)
    return None


def _name(text: str | None) -> str | None:
    return None if text is None else clean_line(text, NAME_LIMIT)


class SentMessage(NamedTuple):
    """A message of the Sent folder: how it is named, to whom it went, and the domain that it is from."""

    name: str | None
    recipients: frozenset[str]
    domain: str


def sent_message(raw: bytes) -> SentMessage:
    """Return what shows which answers are to this message."""
    message = Message(raw)
    author = address(message.first("from")) or ""
    recipients = addresses_in(map(message.first, ("to", "cc", "bcc")))
    return SentMessage(message_id(message.first("message-id")), recipients, author.lower().rpartition("@")[2])


def delivered_to(raw: bytes) -> str | None:
    """Return the address that a message came to, by what the person's own side wrote."""
    return next(iter(Message(raw).addressees), None)
