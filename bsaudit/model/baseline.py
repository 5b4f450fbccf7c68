"""What is known and accepted of targets: what a report is compared with, and what comes of it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Accept(Struct, frozen=True, kw_only=True):
    """Backscatter that somebody lives with, for a while. `probe` None: whatever bounces there.

    `probe` is KIND, KIND:SHAPE, or either with " at MX".
    """

    target: str
    reason: str
    owner: str
    expires_at: datetime
    probe: str | None = None


class KnownProblem(Struct, frozen=True, kw_only=True):
    """A probe that bounces, or did, and why that is accepted."""

    target: str
    probe: str | None = None
    reason: str | None = None
    owner: str | None = None
    expires_at: datetime | None = None


class BaselineEntry(Struct, frozen=True, kw_only=True):
    """A report beside what is known. What is `known` is accepted; `new` and `expired` are not.

    `gone` was in the baseline and settled as good; `stale` are accepts of what is not there any more.
    """

    file: str | None = None
    new: tuple[KnownProblem, ...] = ()
    known: tuple[KnownProblem, ...] = ()
    gone: tuple[KnownProblem, ...] = ()
    expired: tuple[KnownProblem, ...] = ()
    stale: tuple[KnownProblem, ...] = ()
