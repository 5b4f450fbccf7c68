"""What `bsaudit explain` says of one message: read, attributed, judged. Pure."""

from __future__ import annotations

from msgspec import Struct

from bsaudit.model.notification import Attributed, Attribution, Kind, Notification
from bsaudit.model.report import SCHEMA_VERSION, NotificationEntry
from bsaudit.ndn.reader import NO_HEADER

# Mail that a server had no reason to send to whoever is written into the reverse-path. An automatic reply depends on
# what it answers (design §5), which a message alone does not tell.
_BACKSCATTER = frozenset({Kind.NDN, Kind.DELAY, Kind.CHALLENGE, Kind.VIRUS_NOTICE})
_DEPENDS = frozenset({Kind.AUTOREPLY})
_TARGET_SIDE = frozenset({Attribution.TARGET, Attribution.BEYOND_TARGET})

UNATTRIBUTED = Attributed(attribution=Attribution.UNKNOWN)


class Explained(Struct, frozen=True, kw_only=True):
    """One line of `explain --format jsonl`. `index` counts the messages of one file from 0."""

    schema_version: int = SCHEMA_VERSION
    file: str
    index: int
    notification: NotificationEntry
    attribution: Attribution
    backscatter: bool | None


class Unreadable(Struct, frozen=True, kw_only=True):
    """The line of a file that cannot be read."""

    schema_version: int = SCHEMA_VERSION
    file: str
    error: str


def is_backscatter(notification: Notification, attribution: Attribution) -> bool | None:
    """Whether the message is backscatter of the target; None where what it is, who wrote it or why is not known."""
    kind = notification.kind
    if kind is Kind.OTHER:
        return None if unread(notification, attribution) else False
    if kind not in _BACKSCATTER and kind not in _DEPENDS:
        return False
    if attribution is Attribution.UNKNOWN:
        return None
    if attribution not in _TARGET_SIDE:
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
    if attribution in _TARGET_SIDE:
        return "not understood, and the target wrote it"
    if notification.null_reverse_path:
        return "not understood, and its reverse-path is null"
    return "not understood, and a mail system wrote it" if notification.from_daemon else None
