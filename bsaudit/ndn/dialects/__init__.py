"""The ordered table of dialects: the first row that can read a message reads it.

Most authoritative first: machine-readable structure, then formats with a mark of their own, then prose.
To add a dialect: a file with `read(message) -> Draft | None`, and a row here.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from bsaudit.ndn.dialects import prose, qmail, rfc3464
from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message


class Dialect(Struct, frozen=True):
    """A row. A dialect that is not `structured` is only tried where a machine speaks of failure (`ndn.gate`)."""

    name: str
    read: Callable[[Message], Draft | None]
    structured: bool = False


DIALECTS = (
    Dialect("rfc3464", rfc3464.read, structured=True),
    Dialect("qmail", qmail.read),
    Dialect("prose", prose.read),
)
