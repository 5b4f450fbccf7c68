"""What `bsaudit explain` says of one message: read, attributed, judged. Pure."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from bsaudit.judge.entry import notification_entry
from bsaudit.model.knowledge import Knowledge
from bsaudit.model.notification import Attributed, Attribution, Kind, Notification
from bsaudit.model.probe import Reached
from bsaudit.model.report import SCHEMA_VERSION, NotificationEntry
from bsaudit.ndn import read
from bsaudit.ndn.reader import NO_HEADER

# Mail that a server had no reason to send to whoever is written into the reverse-path. An automatic reply depends on
# what it answers, which a message alone does not tell.
_BACKSCATTER = frozenset({Kind.NDN, Kind.DELAY, Kind.CHALLENGE, Kind.VIRUS_NOTICE})
_DEPENDS = frozenset({Kind.AUTOREPLY})

UNATTRIBUTED = Attributed(attribution=Attribution.UNKNOWN)


class Explained(Struct, frozen=True, kw_only=True):
    """One line of `explain --format jsonl`. `index` counts the messages of one file from 0."""

    schema_version: int = SCHEMA_VERSION
    file: str | None = None
    index: int = 0
    notification: NotificationEntry
    attribution: Attribution
    backscatter: bool | None


class Unreadable(Struct, frozen=True, kw_only=True):
    """The line of a file that cannot be read."""

    schema_version: int = SCHEMA_VERSION
    file: str
    error: str


def explain(raw: bytes, *, knowledge: Knowledge | None = None) -> Explained:
    """Say what a message is, who wrote it, and whether it is backscatter, as `bsaudit explain` does.

    `raw` is the message as it is stored, header first. Without `knowledge` of relay and target only what the message
    says of itself is told, and nobody is accused. Never raises for what a message holds.
    """
    return explained(read(raw, brief=knowledge is None), knowledge, sha256=hashlib.sha256(raw).hexdigest())


def explained(
    notification: Notification, knowledge: Knowledge | None, *, sha256: str, file: str | None = None, index: int = 0
) -> Explained:
    """Say of a message that was read who wrote it, and whether it is backscatter. `sha256` is that of the raw one."""
    attributed, reached = UNATTRIBUTED, Reached.UNKNOWN
    if knowledge is not None:
        from bsaudit.judge.attribution import attribute  # noqa: PLC0415 — slow to load, and seldom needed

        attributed, reached = attribute(notification, knowledge), reached_address(notification, knowledge)
    return Explained(
        file=file,
        index=index,
        notification=notification_entry(notification, attributed, reached=reached, file=file, sha256=sha256),
        attribution=attributed.attribution,
        backscatter=is_backscatter(notification, attributed.attribution),
    )


def reached_address(notification: Notification, knowledge: Knowledge) -> Reached:
    """Return to which address of the original's sender the message came.

    An address that stands in several places of the original tells nothing.
    """
    places = {
        Reached.REVERSE_PATH: knowledge.reverse_path,
        Reached.FROM: knowledge.from_address,
        Reached.REPLY_TO: knowledge.reply_to,
    }
    for address in notification.delivered_to:
        found = [place for place, own in places.items() if own and own.strip("<> ").lower() == address.lower()]
        if found:
            return found[0] if len(found) == 1 else Reached.UNKNOWN
    return Reached.UNKNOWN


def is_backscatter(notification: Notification, attribution: Attribution) -> bool | None:
    """Whether the message is backscatter of the target; None where what it is, who wrote it or why is not known."""
    kind = notification.kind
    if kind is Kind.OTHER:
        return None if unread(notification, attribution) else False
    if kind not in _BACKSCATTER and kind not in _DEPENDS:
        return False
    if attribution is Attribution.UNKNOWN:
        return None
    if not attribution.is_target_side:
        return False
    return True if kind in _BACKSCATTER else None


def unread(notification: Notification, attribution: Attribution) -> str | None:
    """Return why mail of no known kind is not cleared as ordinary: it may be a bounce in words that nobody knows.

    No person writes with a null reverse-path (RFC 5321 §4.5.5), as a mail system, or from the target of an audit.
    """
    if notification.kind is not Kind.OTHER:
        return None
    if NO_HEADER in notification.defects:
        return "no message, it has no header"
    if attribution.is_target_side:
        return "not understood, and the target wrote it"
    if notification.null_reverse_path:
        return "not understood, and its reverse-path is null"
    return "not understood, and a mail system wrote it" if notification.from_daemon else None
