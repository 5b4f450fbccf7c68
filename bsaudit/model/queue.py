"""What was seen of the target's own queue (`--target-queue`), where its administrator lets us look."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field


class Emptiness(Struct, frozen=True, kw_only=True):
    """From when to when every look found the queue empty."""

    from_: datetime = field(name="from")
    until: datetime


class QueueWatch(Struct, frozen=True, kw_only=True):
    """`program` is what prints the queue; `note` says why it was no use, if so."""

    program: str
    empty: tuple[Emptiness, ...] = ()
    note: str | None = None
