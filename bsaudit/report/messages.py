"""Explained messages in words, for people. Loads without rich: there may be a hundred thousand of them."""

from __future__ import annotations

from typing import NamedTuple

from bsaudit.judge.explain import Explained, Unreadable, unread
from bsaudit.judge.wording import own_word
from bsaudit.model.notification import Attribution, Kind, Notification, Returned
from bsaudit.model.probe import Reached
from bsaudit.model.report import NotificationEntry, RecipientEntry
from bsaudit.report.formats import Messages
from bsaudit.text import clean_line

KINDS = {
    Kind.NDN: "a non-delivery notification",
    Kind.DELAY: "a delay warning",
    Kind.SUCCESS: "a notification of delivery",
    Kind.RELAYED: "a notification that mail was passed on",
    Kind.AUTOREPLY: "an automatic reply",
    Kind.CHALLENGE: "a challenge",
    Kind.VIRUS_NOTICE: "a virus notice",
    Kind.REPORT: "a feedback report",
    Kind.MDN: "a receipt (disposition notification)",
    Kind.OTHER: "ordinary mail",
}
WRITERS = {
    Attribution.RELAY: "the relay",
    Attribution.TARGET: "the target",
    Attribution.BEYOND_TARGET: "a system behind the target",
    Attribution.CATCH: "our own side",
    Attribution.UNKNOWN: "unknown",
}
VERDICTS = {True: "BACKSCATTER", False: "not backscatter", None: "backscatter or not: unknown"}
_RETURNED = {
    Returned.NONE: "nothing",
    Returned.HEADERS: "its header only",
    Returned.FULL: "the whole message, body and attachments",
}
_REACHED = {
    Reached.REVERSE_PATH: "the reverse-path of the original",
    Reached.FROM: "the address in From of the original",
    Reached.REPLY_TO: "the address in Reply-To of the original",
    Reached.UNKNOWN: "",
}
_SUBJECT_LIMIT = 100


class Told(NamedTuple):
    """What there is to say of one message: facts by their labels; one without a label belongs to the one before it."""

    title: str
    backscatter: bool | None
    facts: tuple[tuple[str, str], ...]

    @property
    def verdict(self) -> str:
        return VERDICTS[self.backscatter]


def told(explained: Explained, notification: Notification) -> Told:
    """Return what every format for people says of a message."""
    entry = explained.notification
    name = clean_line(explained.file or "") + (f" [{explained.index}]" if explained.index else "")
    kind = unread(notification, explained.attribution) or KINDS[entry.kind] + _by(entry)
    facts = [("subject", clean_line(notification.subject, _SUBJECT_LIMIT))] if notification.subject else []
    if entry.kind is not Kind.OTHER:
        facts += _facts(entry, _claimed(notification))
    return Told(f"{name}: {kind}", explained.backscatter, tuple(facts))


def unreadable_line(unreadable: Unreadable) -> str:
    """Return what is said of a file that cannot be read."""
    return f"{clean_line(unreadable.file)}: cannot be read: {unreadable.error}"


def _explained(explained: Explained, notification: Notification) -> bytes:
    message = told(explained, notification)
    lines = [f"{message.title} — {message.verdict}"]
    lines += [f"  {label:<11} {text}" for label, text in message.facts]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")


def _unreadable(_unreadable: Unreadable) -> bytes:
    """Say nothing here: a person is told on stderr."""
    return b""


def _by(entry: NotificationEntry) -> str:
    return f" ({entry.mta_family})" if entry.mta_family else ""


def _claimed(notification: Notification) -> str:
    """Return what the message says of its writer, without proof."""
    host = notification.reporting_mta or notification.prose_host
    sender = notification.from_address
    told = (f"reporting MTA {host}" if host else "", f"From {sender}" if sender else "")
    return clean_line(", ".join(filter(None, told)))


def written_by(entry: NotificationEntry) -> str:
    """Return the side that wrote, and its host; by its own word alone that may bear a stranger's name."""
    by = entry.written_by
    host = f"which {own_word(by)}" if entry.written_by_claimed else by.full
    return WRITERS[entry.attribution] + (f", {host}" if host else "")


def _facts(entry: NotificationEntry, claimed: str) -> list[tuple[str, str]]:
    facts = [
        ("written by", written_by(entry)),
        ("handed over", entry.handed_over_by.full),
        ("it says", claimed),
        ("reverse-path", "<>" if entry.null_reverse_path else ""),
        ("came to", _REACHED[entry.reached]),
        ("original", entry.original_message_id or ""),
        ("came back", _RETURNED[entry.returned]),
        ("defects", "; ".join(entry.defects)),
    ]
    found = [(label, text) for label, text in facts if text]
    for recipient in entry.recipients:
        found += _recipient(recipient)
    return found + [
        ("evidence", f"{item.strength}: {item.text}" + (f" [{item.value}]" if item.value else ""))
        for item in entry.evidence
    ]


def _recipient(recipient: RecipientEntry) -> list[tuple[str, str]]:
    address = recipient.final_recipient or recipient.original_recipient or "?"
    status = recipient.refined_status or recipient.status
    words = [recipient.action, status, str(recipient.reply_code) if recipient.reply_code else None, recipient.reason]
    facts = [("recipient", f"{address}: {', '.join(word for word in words if word)}")]
    if recipient.diagnostic_code:
        host = f"{recipient.remote_mta} said: " if recipient.remote_mta else ""
        facts.append(("", f"{host}{recipient.diagnostic_code}"))
    return facts


MESSAGES = Messages(_explained, _unreadable)
