"""Message disposition notifications (RFC 8098), and Sieve's reject among them (RFC 5429 §2.1), which is an NDN."""

from __future__ import annotations

from bsaudit.model.notification import Action, Kind, Reason
from bsaudit.ndn.draft import Claim, Draft
from bsaudit.ndn.dsn import host_name, mailbox
from bsaudit.ndn.message import Message
from bsaudit.ndn.mime import Fields, parse_fields
from bsaudit.ndn.original import find_part
from bsaudit.ndn.reason import reason_in_prose

TYPES = ("message/disposition-notification", "message/global-disposition-notification")
# How implementations of reject head their text; "Not read:" and its like are receipts, not rejections.
_REJECTED = ("reject", "refus", "abgelehnt", "rejeté", "rechazad", "отклон", "returned", "undeliver", "not accept")


def read(message: Message) -> Draft | None:
    part = message.part(*TYPES)
    if part is None:
        return None
    fields = parse_fields(part.text.strip("\n"))
    draft = Draft(Kind.MDN, original=find_part(message.leaves))
    draft.prose = message.prose
    draft.reporting_mta = _value(fields, "reporting-ua")
    claim = Claim(
        final=mailbox(_value(fields, "final-recipient") or ""),
        original=mailbox(_value(fields, "original-recipient") or ""),
    )
    if _rejected(message, fields):
        draft.kind, draft.family = Kind.NDN, "sieve"
        claim.action, claim.reason = Action.FAILED, reason_in_prose(message.prose) or Reason.FILTERED
        claim.diagnostic = " ".join(message.prose.split())[:500]
    draft.reporting_mta = host_name(draft.reporting_mta.partition(";")[0]) if draft.reporting_mta else None
    draft.claims = [claim] if claim.final or claim.original else []
    return draft


def _rejected(message: Message, fields: Fields) -> bool:
    """RFC 5429 §2.1.2: automatic action, sent automatically, deleted (or the older "rejected")."""
    disposition = (_value(fields, "disposition") or "").lower()
    if "automatic-action" not in disposition or not disposition.rpartition(";")[2].strip().startswith(
        ("deleted", "rejec")
    ):
        return False
    if "rejected" in message.first("auto-submitted").lower():
        return True
    # "Not read: Rejected goods" quotes the original's subject, in the text too
    label, _, quoted = message.subject.partition(":")
    words = f"{label} {message.prose[:500].replace(quoted.strip() or label, '')}".casefold()
    return any(word in words for word in _REJECTED)


def _value(fields: Fields, name: str) -> str | None:
    values = fields.get(name)
    return values[0] if values else None
