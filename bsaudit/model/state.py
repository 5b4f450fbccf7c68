"""How a target stands over many runs, where a run alone gives a verdict. Kept in the journal, shown by every format."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Condition(StrEnum):
    """What is known of a target by all its runs."""

    CLEAN = "clean"
    BACKSCATTER = "backscatter"
    UNDECIDED = "undecided"  # where every target begins
    NOT_AUDITABLE = "not_auditable"


class TargetState(Struct, frozen=True, kw_only=True):
    """A target's state. `stale` says that nothing was decided for longer than `max_age_s`.

    `undecided_runs` counts those in a row that decided nothing. What `bounced` was not seen to be mended since:
    probes as KIND:SHAPE, with " at MX" where they went to one. What is `accepted` (the reason) is
    backscatter all the same. `file` and `line` are where the configuration names the target.
    """

    target: str
    state: Condition
    since_at: datetime | None = None
    last_decided_at: datetime | None = None
    last_run_at: datetime | None = None
    max_age_s: float | None = None
    stale: bool = False
    note: str = ""  # "intermittent, 3 of 10"
    undecided_runs: int = 0
    bounced: tuple[str, ...] = ()
    accepted: str | None = None
    accept_expires_at: datetime | None = None
    file: str | None = None
    line: int | None = None


class OwnSidePart(Struct, frozen=True, kw_only=True):
    """Whether a part of our own side works: "relay", "catch", "dns", "journal"."""

    part: str
    ok: bool
    note: str = ""


class CheckEntry(Struct, frozen=True, kw_only=True):
    """The last check of the configured targets: a success is one that our own side came through.

    `others` are how the configured targets stand that a check did not audit: no turn of theirs, or it came to none.
    `by_states`: the exit code is that of the states, over all runs, as `status` tells them; else of this check's runs.
    """

    last_run_at: datetime | None = None
    last_success_at: datetime | None = None
    duration_s: float | None = None
    own_side: tuple[OwnSidePart, ...] = ()
    others: tuple[TargetState, ...] = ()
    by_states: bool = False
