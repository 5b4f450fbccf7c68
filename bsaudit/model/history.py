"""What is kept of a target from run to run: its state, and what decides the next one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from bsaudit.model.logs import TargetLog
from bsaudit.model.report import TargetEntry
from bsaudit.model.state import Condition, TargetState


class Shown(StrEnum):
    """What one run showed of a target."""

    BACKSCATTER = "backscatter"
    CLEAN = "clean"
    NOTHING = "nothing"  # inconclusive
    OWN_SIDE = "own_side"  # our own side failed: that says nothing of any target
    NOT_AUDITABLE = "not_auditable"


class Observation(Struct, frozen=True, kw_only=True):
    """One run's word on a target; the run began at `began_at`.

    `bounced` and `good` name probes as "KIND:SHAPE", or "KIND:SHAPE at MX" where they went to one of them; `exchangers`
    are the target's, in lower case, where they are known.
    """

    shown: Shown
    at: datetime
    began_at: datetime | None = None
    run: str | None = None
    bounced: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    exchangers: tuple[str, ...] = ()
    explanation: str = ""
    entry: TargetEntry | None = None


class History(Struct, frozen=True, kw_only=True):
    """A target's state with what decides the next.

    A `guilty` one bounced, last seen at `bounced_at`, and was not seen to be mended since: all `bounced` probes have to
    settle as good, in as many `good_runs` as `recover_after` says. `recent` says of the last runs that decided whether
    each bounced; `run` is the last run, whose `entry` `status` shows: here in brief, so that a thousand are read at
    once. `log`: as the last check read it. `told` is the state that `on_change` was told of last.
    """

    state: TargetState
    told: Condition | None = None
    guilty: bool = False
    bounced: tuple[str, ...] = ()
    bounced_at: datetime | None = None
    good_runs: int = 0
    recover_after: int = 2
    recent: tuple[bool, ...] = ()
    run: str | None = None
    entry: TargetEntry | None = None
    log: TargetLog | None = None


class Policy(Struct, frozen=True, kw_only=True):
    """What a target's state goes by: after how many good runs it is mended, and how long a decision holds."""

    max_age_s: float
    recover_after: int = 2


class StateChange(Struct, frozen=True, kw_only=True):
    """A target's state became another one: what `on_change` is told."""

    target: str
    before: Condition
    after: Condition
    at: datetime
    run: str | None = None
    explanation: str = ""
