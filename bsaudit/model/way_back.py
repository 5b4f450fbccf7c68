"""The way back: whether what a stranger's server writes to our reverse-path reaches the catch mailbox."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field


class Grade(StrEnum):
    """How far the way back was shown to be open."""

    NONE = "none"
    VOUCHED = "vouched"  # somebody says so, where nothing can show it
    STRANGERS = "strangers"  # to hosts that have nothing to do with our own side
    TARGET = "target"  # to the target's own hosts


class ShownBy(StrEnum):
    RELAY = "relay"  # mail with the null reverse-path that the relay handed to the public MX
    DSN = "dsn"  # a notification of success by the target
    ARRIVAL = "arrival"  # other mail from such a host
    EARLIER_RUN = "earlier_run"
    VOUCHED = "vouched"


class WayBack(Struct, frozen=True, kw_only=True):
    """`from_` is the host whose mail showed it, or who vouched for it."""

    grade: Grade = Grade.NONE
    shown_by: ShownBy | None = None
    at: datetime | None = None
    from_: str | None = field(default=None, name="from")


class Visit(Struct, frozen=True, kw_only=True):
    """A stranger's message that our own side took on the day before a run; `from_` is the host that brought it.

    `from_nobody` says that it had the null reverse-path; `seen` that our own catch MX took it in itself.
    """

    at: datetime
    from_: str
    from_nobody: bool = False
    seen: bool = False


CLOSED = WayBack()
