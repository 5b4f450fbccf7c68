"""Raw bytes → `Notification`: scan, recognise, refine."""

from __future__ import annotations

import re
from typing import NamedTuple

from bsaudit.model.notification import Action, Kind, Notification, Reason, RecipientReport, Returned
from bsaudit.ndn.dates import parse_date
from bsaudit.ndn.dialects import DIALECTS
from bsaudit.ndn.draft import Claim, Draft
from bsaudit.ndn.family import refused_content
from bsaudit.ndn.gate import speaks_of_failure
from bsaudit.ndn.message import Message, address, message_id, message_ids
from bsaudit.ndn.mime import READ_WINDOW, RECEIVED_ABOVE
from bsaudit.ndn.original import Original, read_original, returned_text
from bsaudit.ndn.prose import CONTEXT_WINDOW
from bsaudit.ndn.reason import reason_of, status_from_reason
from bsaudit.ndn.status import quoted_reply, refined_status, reply_code
from bsaudit.ndn.trace import Trace
from bsaudit.text import clean_block

# Postfix, qmail and its heirs, dma, PowerMTA, Courier, Exchange and Microsoft 365, Exim's delay warnings, MDaemon
_PROSE_HOST = re.compile(
    r"(?:mail system at host|program at(?: host)?|Mail Agent [\w.]{1,20} at|mail server on|status notification from"
    r"|Generating server:|on the queue on|Message from)[ \t]{1,4}([A-Za-z0-9][\w\-]{0,62}(?:\.[\w\-]{1,63}){1,8})"
)
# The defect of what is no message (RFC 5322 §3.6): pictures, archives, nothing at all
NO_HEADER = "no header"
_ARRIVED = frozenset({Action.DELIVERED, Action.RELAYED, Action.EXPANDED})


def read(raw: bytes, *, brief: bool = False) -> Notification:
    """Read one message as it came back: what it is, about whom, why, and what it says of itself.

    Pure, and never raises on content; what is wrong with the message is in `defects`. A message that is none of
    the kinds has kind `other`. Only the first `READ_WINDOW` bytes are looked at. A `brief` reading leaves out
    what only attribution and matching ask for (prose, Message-ID, date); traces are read when they are asked for.
    """
    return read_whole(raw, brief=brief).notification


class Whole(NamedTuple):
    """A notification, and what it was read from: for who asks more of a message, and shall not read it once more."""

    notification: Notification
    message: Message
    original: Original
    draft: Draft

    def prose_host(self) -> str | None:
        """Return the host that the words for people name, which a `brief` reading leaves out."""
        return self.draft.prose_host or _prose_host(self.message)

    def copy(self) -> bytes | None:
        """Return the message that came back as it was sent, for whoever verifies its signature.

        None where only its header came back, or where transfer encodings or the reader's window changed it.
        """
        if self.original.returned is not Returned.FULL or self.message.truncated:
            return None
        text = returned_text(self.draft.original)
        return None if text is None else text.replace("\n", "\r\n").encode("latin-1", "replace")


def read_whole(raw: bytes, *, brief: bool = False) -> Whole:
    """As `read`."""
    message = Message(raw)
    gate: bool | None = None
    for dialect in DIALECTS:
        if not dialect.structured:
            if gate is None:
                gate = speaks_of_failure(message)
            if not gate:
                continue
        draft = dialect.read(message)
        if draft is not None:
            return _whole(message, draft, draft.form or dialect.name, brief=brief)
    return _whole(message, Draft(Kind.OTHER), None, brief=brief)


def _whole(message: Message, draft: Draft, dialect: str | None, *, brief: bool) -> Whole:
    original = read_original(draft.original)
    _name_recipient(draft, original)
    return Whole(_notification(message, draft, original, dialect, brief=brief), message, original, draft)


def _notification(
    message: Message, draft: Draft, original: Original, dialect: str | None, *, brief: bool
) -> Notification:
    top = message.top
    return_path = top.all("return-path")
    received = top.all("received")  # and not all of the message: a trace may live long
    return Notification(
        kind=draft.kind,
        recipients=tuple(_report(claim, message, draft) for claim in draft.claims),
        reporting_mta=draft.reporting_mta,
        received_from_mta=draft.received_from_mta,
        envid=draft.envid,
        mta_family=draft.family,
        dialect=dialect,
        prose="" if brief else clean_block(draft.prose if draft.prose is not None else message.prose),
        prose_host=None if brief else draft.prose_host or _prose_host(message),
        defects=_defects(message, draft),
        message_id=None if brief else message_id(top.first("message-id")),
        subject=None if brief else message.subject or None,
        from_address=message.from_address,
        from_daemon=message.from_mail_system,
        delivered_to=() if brief else message.addressees,
        reverse_path=return_path[0].strip("<> ") if return_path else None,
        auto_submitted=None if brief else top.first("auto-submitted") or None,
        date=None if brief else parse_date(top.first("date")),
        references=() if brief else message_ids(top.all("in-reply-to") + top.all("references")),
        authentication_results=() if brief else tuple(top.all("authentication-results")),
        results_below=() if brief else tuple(map(int, top.all(RECEIVED_ABOVE))),
        trace=Trace(lambda: received),
        returned=original.returned,
        returned_payload=original.payload,
        original_message_id=message_id(original.first("message-id")),
        original_to=address(original.first("to")),
        returned_trace=Trace(original.received),
    )


def _defects(message: Message, draft: Draft) -> tuple[str, ...]:
    found = [*message.top.defects(), *draft.defects]
    if message.truncated:
        found.append(f"longer than the {READ_WINDOW // 1024} KiB that are read")
    if not message.has_header:
        found.append(NO_HEADER)
    return tuple(dict.fromkeys(found)) if found else ()


def _prose_host(message: Message) -> str | None:
    """Return the writer as it names itself in its first lines."""
    found = _PROSE_HOST.search(message.lead)
    return found[1].rstrip(".,;:") if found else None


def _name_recipient(draft: Draft, original: Original) -> None:
    """Where a failure names nobody, the returned message's own To does, if it is one address."""
    if draft.kind not in {Kind.NDN, Kind.DELAY} or any(claim.final for claim in draft.claims):
        return
    to = original.first("to")
    found = address(to) if to.count("@") == 1 else None
    draft.defects.append("no recipient is named" + ("; taken from the returned To" if found else ""))
    if not draft.claims:  # why it failed is told all the same
        action = Action.DELAYED if draft.kind is Kind.DELAY else Action.FAILED
        draft.claims.append(Claim(action=action, text=(draft.prose or "")[:CONTEXT_WINDOW]))
    draft.claims[0].final = found


def _report(claim: Claim, message: Message, draft: Draft) -> RecipientReport:
    said = claim.diagnostic or ""
    refined = refined_status(claim.status, said, claim.text)
    reply = reply_code(said) or quoted_reply(claim.text)
    reason = _reason(claim, refined, reply)
    if reason is Reason.UNKNOWN and claim.action not in _ARRIVED:
        reason = _reason_of_subject(message)
    if reason is Reason.USER_UNKNOWN and refused_content(draft.family, draft.prose or ""):
        reason = Reason.FILTERED
    stated = claim.status or refined
    if refined is None and claim.action not in _ARRIVED:
        refined = status_from_reason(reason, reply, delayed=claim.action is Action.DELAYED)
    return RecipientReport(
        final_recipient=claim.final,
        original_recipient=claim.original,
        action=claim.action,
        status=stated,
        refined_status=refined,
        reply_code=reply,
        reason=reason,
        diagnostic_code=claim.diagnostic,
        diagnostic_type=claim.diagnostic_type,
        remote_mta=claim.remote_mta,
    )


def _reason(claim: Claim, refined: str | None, reply: int | None) -> Reason:
    if claim.action in _ARRIVED:
        return Reason.UNKNOWN
    if claim.reason is not None:
        return claim.reason
    said = claim.diagnostic or ""
    if claim.diagnostic_type == "x-unix" and said.strip().isdigit():  # an exit status of a local program
        return Reason.SYSTEM
    reason = reason_of(said, claim.text, refined, reply)
    if reason is Reason.UNKNOWN and claim.action is Action.DELAYED:
        return Reason.EXPIRED
    return reason


def _reason_of_subject(message: Message) -> Reason:
    """Sendmail and its imitators put the first error into the subject; others the original's subject."""
    _, _, error = message.folded_subject.partition("returned mail:")
    return reason_of(error, "", None, None) if error else Reason.UNKNOWN
