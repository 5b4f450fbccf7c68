"""A run: the working state of one audit, and exactly what the journal keeps of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from bsaudit.model.mail import CatchSession, MailExchanger, Route
from bsaudit.model.probe import ProbeRecord
from bsaudit.model.queue import QueueWatch
from bsaudit.model.report import ErrorEntry, Verdict
from bsaudit.model.settings import CatchKind, RunSettings
from bsaudit.model.way_back import CLOSED, Visit, WayBack


class RunKind(StrEnum):
    AUDIT = "audit"
    DOCTOR = "doctor"  # the controls alone, to see whether our own side works


class RunState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"  # stopped by the user or found dead; can be collected
    FAILED = "failed"  # an error of our own side ended it


class ContentShown(Struct, frozen=True, kw_only=True):
    """Whose probes show what the same hosts do with test content: `probes` (`KIND:SHAPE`) of a target in a run."""

    run: str
    target: str
    probes: tuple[str, ...]


class TargetRecord(Struct, kw_only=True):
    """One target as it was resolved. `error` says why nothing was sent to it.

    `aliases` are other domains of it that were named, `named_hosts` names and addresses of other hosts that the user
    says are its own. `left_out` are the probes that would have been too many messages,
    `not_asked` the mail exchangers that therefore got none, `planned_out` other probes, as `NAMES (REASON)`.
    """

    target: str
    domain: str
    mail_exchangers: tuple[MailExchanger, ...] = ()
    error: ErrorEntry | None = None
    shares_egress_with_relay: bool = False
    aliases: tuple[str, ...] = ()
    named_hosts: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()
    elsewhere: str | None = None  # what its own name servers say, where that is not what we were told
    planned_out: tuple[str, ...] = ()
    content: ContentShown | None = None  # it was asked for recipients only, since another domain of its hosts was not
    # Whether mail of this target's hosts reaches the catch mailbox: as an earlier run showed it, and as this one did;
    # and which of its addresses it came from.
    earlier: WayBack = CLOSED
    way_back: WayBack = CLOSED
    earlier_from: tuple[str, ...] = ()
    way_back_from: tuple[str, ...] = ()


class RelayFacts(Struct, frozen=True, kw_only=True):
    """What the submission session itself showed of the relay."""

    host: str
    addresses: tuple[str, ...] = ()
    dsn: bool | None = None
    tls: str | None = None
    banner_host: str | None = None
    seen_from: str | None = None  # the address of ours from which it was reached


class Entrance(Struct, frozen=True, kw_only=True):
    """An address at which strangers leave mail for the catch domain, as it looked from here.

    `greeting` None: nothing answered, and `error` says how that looked. `ours` says that our own catch MX answered,
    which its token shows (None: it has none, or nothing answered); `preferred` that strangers go there first.
    """

    host: str
    address: str
    port: int = 25
    preferred: bool = True
    greeting: str | None = None
    error: str | None = None
    ours: bool | None = None


class Sleep(Struct, frozen=True, kw_only=True):
    """A time in which nothing of ours ran, our own catch MX neither."""

    since: datetime
    until: datetime


class RunRecord(Struct, kw_only=True):
    """Mutable working state; the journal can rebuild it. `key` is the HMAC key of this run's tokens.

    `catch_position` is opaque to all but the catch mailbox adapter: arrivals before it are none of ours.
    """

    id: str
    key: bytes
    started_at: datetime
    route: Route
    kind: RunKind = RunKind.AUDIT
    state: RunState = RunState.RUNNING
    finished_at: datetime | None = None
    watched_until: datetime | None = None  # silence after this means nothing: nobody listened
    waited_s: float = 0.0
    grace_s: float = 300.0
    authorized_by: str | None = None
    settings: RunSettings = RunSettings()
    catch_kind: str = ""
    catch_host: str | None = None
    catch_address: str | None = None
    second_address: str | None = (
        None  # a reverse-path that SPF does not vouch for; None: there is none, or it is no use
    )
    authenticated: bool | None = None  # whether SPF vouches for `catch_address` through the relay; None: not evaluated
    catch_exchangers: tuple[MailExchanger, ...] = ()  # the catch domain's, from DNS
    catch_elsewhere: str | None = None  # the same of the catch domain
    entrances: tuple[Entrance, ...] = ()  # … as they looked from here
    visits: tuple[Visit, ...] = ()  # of strangers, on the day before, where nothing else shows the way back
    catch_position: str | None = None
    asleep: list[Sleep] = []
    sees_callouts: bool = False  # our own catch MX is there to see them: "not observed" is not "none"
    auditor_hosts: tuple[str, ...] = ()  # how the machine that runs bsaudit calls itself, and where it sends from
    auditor_addresses: tuple[str, ...] = ()
    tagging: str = "auto"
    vouched_by: str | None = None  # who says that mail from elsewhere reaches the catch mailbox
    # Whether mail of strangers does.
    earlier: WayBack = CLOSED
    way_back: WayBack = CLOSED
    relay: RelayFacts | None = None
    targets: list[TargetRecord] = []
    probes: list[ProbeRecord] = []
    sessions: list[CatchSession] = []
    queue: QueueWatch | None = None  # the target's own, where we may look
    strays: list[str] = []  # what came that may be an answer to any probe, or none of our business
    errors: list[ErrorEntry] = []

    @property
    def catch_hosts(self) -> tuple[str, ...]:
        return tuple(exchanger.host for exchanger in self.catch_exchangers)

    @property
    def catch_addresses(self) -> tuple[str, ...]:
        """The addresses of our own side: those of the catch domain's mail exchangers, and the built-in catch MX's."""
        sink = (self.catch_host,) if self.catch_kind == CatchKind.SINK and self.catch_host else ()
        public = self.settings.catch.public if self.settings.catch else None
        others = (public,) if public else ()
        return (*sink, *others, *(address for exchanger in self.catch_exchangers for address in exchanger.addresses))


class Pruned(Struct, frozen=True, kw_only=True):
    """What became of some old runs: how many are gone, and the ids of those that were kept, and why."""

    deleted: int = 0
    going_on: tuple[str, ...] = ()
    open: tuple[str, ...] = ()  # the latest of a target, and not answered yet


class RunLine(Struct, frozen=True, kw_only=True):
    """One run as `bsaudit runs` lists it; `verdict` is None while it goes on, `open` probes may be answered yet.

    `verdicts` are its targets', but of those that were not audited.
    """

    id: str
    started_at: datetime
    finished_at: datetime | None
    state: RunState
    verdict: Verdict | None
    route: Route
    targets: tuple[str, ...]
    probes: int
    open: int
    maybe_sent: int
    error: str | None = None  # why nothing more can be said of it
    verdicts: dict[str, Verdict] = {}


class Trend(Struct, frozen=True, kw_only=True):
    """The verdicts of a target's last runs, the oldest first."""

    target: str
    verdicts: tuple[Verdict, ...]
