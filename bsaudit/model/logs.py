"""What `bsaudit logs` found in a mail server's own logs: that command's JSON contract (docs/schema/logs-1.json)."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

LOGS_SCHEMA_VERSION = 1


class LogTotals(Struct, frozen=True, kw_only=True):
    """Notices that this server wrote and queued, each once.

    `inside` went to own addresses, were double bounces, or copies for the postmaster. `reverse_paths`: distinct outside
    addresses that got any. `undelivered`: of all notices to the outside, those refused, thrown away, frozen, deferred,
    or in the queue when the log ends. `reasons` of `ndn_outside`. `authenticated_or_local`, of `ndn_outside`: the
    original came from a client of one's own, so it is no `backscatter`; both are null where the log cannot say.
    `first` and `last`: what the log covers, null where it has no stamps, and
    none that is yet to come; `first` also where it ends before `since`.
    """

    ndn_outside: int = 0
    delay_outside: int = 0
    success_outside: int = 0
    autoreply_outside: int = 0
    inside: int = 0
    reverse_paths: int = 0
    undelivered: int = 0
    reasons: dict[str, int] = {}
    authenticated_or_local: int | None = 0
    backscatter: int | None = 0
    first: str | None = None
    last: str | None = None


class LogDay(Struct, frozen=True, kw_only=True):
    """One day, UTC: what was written to the outside. `day` is null for lines without a stamp."""

    day: str | None
    ndn_outside: int = 0
    delay_outside: int = 0
    success_outside: int = 0
    autoreply_outside: int = 0
    undelivered: int = 0


class LogAdvice(Struct, frozen=True, kw_only=True):
    product: str
    setting: str
    text: str
    reference: str


class LogCause(Struct, frozen=True, kw_only=True):
    """Why notices were written: a reason of `ndn_outside`, or another kind of notice; the most frequent first.

    `example` is what the log says of one of them.
    """

    kind: str
    reason: str | None
    product: str
    count: int
    example: str
    advice: LogAdvice


class LogFile(Struct, frozen=True, kw_only=True):
    """A file that was read, its lines, and the servers that wrote any of them."""

    file: str
    lines: int
    products: tuple[str, ...]


class LogReport(Struct, frozen=True, kw_only=True):
    """`gaps` is what the numbers leave open, in words. `unread`: lines about notices in a form that is not known."""

    schema_version: int = LOGS_SCHEMA_VERSION
    version: str
    own: tuple[str, ...]
    since: str | None = None
    files: tuple[LogFile, ...]
    totals: LogTotals
    days: tuple[LogDay, ...]
    causes: tuple[LogCause, ...]
    unread: int = 0
    gaps: tuple[str, ...]


class LogSource(Struct, frozen=True, kw_only=True):
    """The own log of a checked target: files and commands, the oldest first; its domains; how long it is counted."""

    read: tuple[str, ...]
    own: tuple[str, ...]
    period_s: float
    max_notices: int | None = None


class TargetLog(Struct, frozen=True, kw_only=True):
    """What the own log of a target's server showed when it was last checked: information beside the verdict.

    `notices` counts those of all kinds to outside addresses since `since_at`; null, as `totals`, where `error` says why
    nothing is known. `exceeded`: they are more than `max_notices`; null where that is not known, or none was named.
    """

    read: tuple[str, ...]
    at: datetime
    since_at: datetime
    notices: int | None = None
    max_notices: int | None = None
    exceeded: bool | None = None
    totals: LogTotals | None = None
    error: str | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether a limit was set, and nothing is known to hold against it."""
        return self.max_notices is not None and self.exceeded is None
