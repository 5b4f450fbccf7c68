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
    if kind not in _BACKSCATTER and kind not in _DEPENDS:
        return None if is_no_message(notification) else False
    if attribution is Attribution.UNKNOWN:
        return None
    if attribution not in _TARGET_SIDE:
        return False
    return True if kind in _BACKSCATTER else None


def is_no_message(notification: Notification) -> bool:
    """Tell what has no header and says nothing: it was not read, so it is not cleared."""
    return notification.kind is Kind.OTHER and NO_HEADER in notification.defects
