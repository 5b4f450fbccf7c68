"""What DNS lists say of addresses and names: `bsaudit listed`, and docs/schema/listed-1.json."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from bsaudit.model.report import Contacts, ErrorEntry, ToolEntry

LISTED_SCHEMA_VERSION = 1
# However long an answer says that it holds: who was taken off a list need not wait for longer.
LONGEST_MEMORY_S = 3600.0


class Status(StrEnum):
    """What a list said of one address or name. Only `listed` is a listing, only `clean` says that there is none."""

    LISTED = "listed"
    CLEAN = "clean"
    REFUSED = "refused"  # the list does not answer this resolver
    REGISTRATION = "registration"
    UNTESTABLE = "untestable"  # it did not pass its own test entries, or has none
    DEAD = "dead"  # known to be gone: not asked
    WILDCARD = "wildcard"  # it answers for every address
    UNKNOWN = "unknown"


class Meaning(StrEnum):
    """What an answer's code means by the list's own table."""

    LISTED = "listed"
    POLICY = "policy"  # a listing that speaks of no abuse
    ESCALATION = "escalation"  # the network around it
    WHITE = "white"
    YELLOW = "yellow"
    SCORE = "score"
    INFORMATION = "information"
    REFUSED = "refused"
    REGISTRATION = "registration"


class Standing(Struct, frozen=True, kw_only=True):
    """One list's word on one address or name (`about`)."""

    zone: str
    about: str
    status: Status
    class_: str = field(name="class")
    meaning: Meaning | None = None
    codes: tuple[str, ...] = ()
    text: str = ""
    muted: bool = False  # says nothing of this host alone
    muted_because: str = ""
    impact: str = ""
    removal: str = ""
    as_of: str = ""


class Told(Struct, frozen=True):
    """What DNS said to one question: records as text, none of them, or None where there is no such name."""

    records: tuple[str, ...] | None
    holds_s: float


class Remembered(Struct, frozen=True):
    """An answer that is kept until then, in seconds since 1970."""

    name: str
    kind: str
    records: tuple[str, ...] | None
    until: float


class Subject(Struct, frozen=True, kw_only=True):
    """What was named on the command line, and the addresses that it stands for."""

    asked: str
    name: str | None = None
    addresses: tuple[str, ...] = ()
    error: ErrorEntry | None = None


class ListedReport(Struct, frozen=True, kw_only=True):
    tool: ToolEntry
    at: datetime
    subjects: tuple[Subject, ...]
    listings: tuple[Standing, ...] = ()
    contacts: tuple[Contacts, ...] = ()
    notes: tuple[str, ...] = ()
    errors: tuple[ErrorEntry, ...] = ()
    schema_version: int = LISTED_SCHEMA_VERSION
