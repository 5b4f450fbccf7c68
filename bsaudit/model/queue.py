"""What was seen of the target's own queue (`--target-queue`), where its administrator lets us look."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field


class Emptiness(Struct, frozen=True, kw_only=True):
    """From when to when every look found the queue empty."""

    from_: datetime = field(name="from")
    until: datetime


class QueueWatch(Struct, frozen=True, kw_only=True):
    """`program` is what prints the queue; `note` says why it was no use, if so.

    `ours_at` is when a message of this audit was first seen in it: before that, that it is the target's own is the word
    of whoever named the command.
    """

    program: str
    empty: tuple[Emptiness, ...] = ()
    note: str | None = None
    ours_at: datetime | None = None


class Look(Struct, frozen=True, kw_only=True):
    """What one look at the queue found: nothing, or something, and whether a message of this audit was among it."""

    empty: bool
    ours: bool = False
