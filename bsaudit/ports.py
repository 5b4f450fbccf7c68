"""The Protocols by which the audit reaches the world. Owned by their users; adapters implement them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bsaudit.model.event import Event
from bsaudit.model.history import History
from bsaudit.model.ledger import Booked, Booking, Lane
from bsaudit.model.mail import Arrival, CatchSession, MailExchanger, Signature, Spf, Submission, Verified
from bsaudit.model.probe import Probe, Settlement, State
from bsaudit.model.queue import Look
from bsaudit.model.report import TargetEntry
from bsaudit.model.run import Pruned, RelayFacts, RunRecord, TargetRecord
from bsaudit.model.standing import Remembered, Told
from bsaudit.model.state import CheckEntry


class Resolver(Protocol):
    """DNS. Every method raises one of the four `DnsError`s; "no such record" is an empty tuple, not an error."""

    async def mail_exchangers(self, domain: str, port: int = 25) -> tuple[MailExchanger, ...]:
        """Return the MX set in order of preference, each with its addresses (A and AAAA).

        Falls back to the implicit MX (RFC 5321 §5.1). Raises TargetRefused for a null MX (RFC 7505 §3),
        NoSuchDomain for NXDOMAIN, NoMailHost where neither MX nor address exists. An address literal
        (`[192.0.2.1]`, `[IPv6:2001:db8::1]`) needs no DNS.
        """
        ...

    async def addresses(self, host: str) -> tuple[str, ...]:
        """Return the A and AAAA addresses of `host`; empty if it has none or does not exist."""
        ...

    async def names(self, address: str) -> tuple[str, ...]:
        """Return the PTR names of `address`."""
        ...

    async def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of `name`, each with its strings joined."""
        ...

    async def close(self) -> None: ...


class ListLookup(Resolver, Protocol):
    """DNS as lists of addresses and names are asked (RFC 5782)."""

    async def told(self, name: str, kind: str) -> Told:
        """Return the records of `name` of a kind ("A"), and for how long that holds. Raises DnsError."""
        ...


class SpfChecker(Protocol):
    """Sender Policy Framework, RFC 7208."""

    async def check(self, address: str, domain: str) -> Spf:
        """Return what the SPF of `domain` says of mail that `address` sends with a reverse-path at `domain`.

        Never raises: what DNS fails to answer is `temperror`.
        """
        ...


class PeerVerifier(Protocol):
    """What DNS says of a host that handed us a message, and of the domains that signed it."""

    async def verify(self, address: str, domains: Iterable[str]) -> Verified:
        """Return its forward-confirmed names and what the SPF of `domains` says of it. Never raises, nor waits long."""
        ...

    async def signatures(self, raw: bytes, tokens: Collection[str], domains: Iterable[str]) -> tuple[Signature, ...]:
        """Return the good DKIM signatures by an organisation of `domains`, with what they sign of `tokens`.

        Never raises, nor waits long.
        """
        ...


class Submitter(Protocol):
    """Hands probes over: to the relay, or straight to a mail exchanger."""

    async def open(self) -> RelayFacts | None:
        """Prove that it works (connection, TLS, AUTH) before anything is sent. Raises RelayError."""
        ...

    async def submit(self, probe: Probe, message: bytes) -> Submission:
        """Hand over one message (CRLF line ends, not yet dot-stuffed) and return what became of it.

        Never raises for what the other side does: that is in the Submission. Raises RelayError only when the
        relay as a whole is gone (connection refused again and again, credentials refused).
        """
        ...

    async def close(self) -> None: ...


class CatchMailbox(Protocol):
    """Where everything that comes back is read. Never marks, moves or deletes a message."""

    async def open(self, position: str | None = None) -> str:
        """Connect and return the position from which arrivals are new; with `position`, take up there.

        The position is opaque text for the journal. Raises CatchError.
        """
        ...

    def arrivals(self) -> AsyncIterator[Arrival]:
        """Yield each new arrival once, as soon as it is there; goes on until the iterator is closed."""
        ...

    async def new_arrivals(self) -> Sequence[Arrival]:
        """Look once and return what is new since the last look, without waiting."""
        ...

    def sessions(self) -> Sequence[CatchSession]:
        """Return the SMTP sessions that our own catch MX saw so far; none where the mailbox is not our own server."""
        ...

    @property
    def sees_sessions(self) -> bool:
        """Whether callouts would be seen: "not observed" is not "none"."""
        ...

    @property
    def nonce(self) -> str | None:
        """What our own SMTP server greets with and nobody else can know; None where none of ours listens now."""
        ...

    async def visits(self, since: datetime) -> Sequence[Arrival]:
        """Return what came since then and before it was opened: the newest, as far as that is had cheaply.

        Of a message at least its header; where our own catch MX noted who brought one, that alone. A look that fails
        finds nothing.
        """
        ...

    @property
    def position(self) -> str:
        """Where to take up again, after all that was yielded so far."""
        ...

    async def close(self) -> None: ...


class Authority(Protocol):
    """Asks what a zone says beside what a resolver makes of it."""

    async def exchangers(self, domain: str) -> tuple[frozenset[str], ...]:
        """Return the MX names that each of them gives for `domain`; nothing where none can be asked. Never raises."""
        ...

    async def bogus(self, domain: str) -> str | None:
        """Say why whoever validates DNSSEC finds no mail exchanger of `domain`, if that can be told. Never raises."""
        ...


class Greeter(Protocol):
    """Hears how a server greets, and leaves; knows which addresses are this machine's."""

    async def greeting(self, address: str, port: int) -> tuple[str | None, str]:
        """Return the text of the greeting; None where there is none, and then why. Never raises for the network."""
        ...

    def is_here(self, address: str) -> bool:
        """Say whether an address is one of this machine's, by which others reach it."""
        ...


class RelayLog(Protocol):
    """The relay's own log, where its owner lets us read it."""

    async def new_lines(self) -> Sequence[str]:
        """Return the lines written since the last call (the first: since the log was opened). Raises RelayError."""
        ...


class TargetQueue(Protocol):
    """The target's own queue, where its administrator lets us look."""

    program: str

    async def look(self, domains: Collection[str] = (), sent: Collection[tuple[str, str]] = ()) -> Look:
        """Say whether nothing is in it of which anything may come. Raises ServiceError where that cannot be told.

        `domains` are the target's own: what is for them and stays undelivered for good, from <>, nobody hears of.
        `sent` are sender and recipient of what we handed over ourselves: who has such a message took it from us.
        """
        ...


class Journal(Protocol):
    """Durable memory. Each awaited call is on disk when it returns. Raises JournalError.

    A call is not interrupted: a caller that is cancelled hears its answer first, and is cancelled when it next awaits
    anything else.
    """

    async def begin(self, run: RunRecord) -> None: ...
    async def update(self, run: RunRecord) -> None:
        """Store the run's own fields again (state, position, relay, errors …), not its probes."""
        ...

    async def target(self, run_id: str, target: TargetRecord) -> None: ...
    async def plan(self, run_id: str, probes: Sequence[Probe]) -> None: ...
    async def move(
        self,
        run_id: str,
        probe_id: str,
        state: State,
        *,
        submission: Submission | None = None,
        settlement: Settlement | None = None,
    ) -> None:
        """Move a probe to `state`; an illegal move (docs/journal.md) raises JournalError."""
        ...

    async def book(self, bookings: Sequence[Booking], now: float) -> Sequence[Booked]:
        """Book messages, in this order, for the moments at which they may go out; shared by all who use the journal.

        `now` and the moments are in seconds since 1970.
        """
        ...

    async def enter(self, holder: str, lanes: Sequence[Lane], now: float) -> float:
        """Begin a session in all `lanes` and return 0; else return after how many seconds to ask again.

        `holder` is its name, new for each; what is not left within ten minutes is taken for dead.
        """
        ...

    async def leave(self, holder: str) -> None: ...

    async def arrived(self, run_id: str, arrival: Arrival, probe_id: str | None) -> None: ...
    async def sessions(self, run_id: str, sessions: Sequence[CatchSession]) -> None: ...
    async def runs(self, limit: int = 50, *, audits: bool = False) -> Sequence[RunRecord]:
        """Return the latest runs, newest first, with targets but without probes; with `audits` no doctor's."""
        ...

    async def load(self, run_id: str | None = None) -> RunRecord:
        """Return a run whole (an unambiguous prefix of its id will do; None: the latest audit).

        `returned` of its probes is empty: what came back is read again from `stored_arrivals`.
        A probe left `sending` by a dead run is `maybe_sent`. Raises UsageError where `run_id` means no run, or several.
        """
        ...

    def prune(self, keep_s: int) -> AsyncIterator[Pruned]:
        """Delete the runs that showed no life for `keep_s` seconds, with all that belongs to them; yield each batch.

        Kept are runs under way, and the latest of a target as long as one of its probes may still be answered.
        """
        ...

    async def entries(self, run_id: str, entries: Sequence[TargetEntry], version: str) -> None:
        """Store what a run showed of its targets, as the tool of this version judged it, in place of what is there."""
        ...

    async def stored_entries(self, wanted: Mapping[str, str]) -> Mapping[str, TargetEntry]:
        """Return the entries of targets, each with the run that is wanted of it, by target; those that there are."""
        ...

    async def histories(self) -> Mapping[str, History]:
        """Return the history of every target that was checked."""
        ...

    async def advance(self, target: str, step: Callable[[History], History]) -> tuple[History, History]:
        """Take a target's history one step further (its beginning, where there is none); return before and after.

        Nobody else can come between.
        """
        ...

    async def note_check(self, check: CheckEntry) -> None:
        """Store how the last check went, in place of the one before."""
        ...

    async def last_check(self) -> CheckEntry | None: ...
    async def recall(self, servers: str, now: float) -> Sequence[Remembered]:
        """Return what DNS lists answered to these servers and still holds at `now`, in seconds since 1970."""
        ...

    async def remember(self, servers: str, new: Sequence[Remembered], now: float, *, alone: bool = False) -> None:
        """Store what they answered, `alone`: in place of all that they had answered before.

        What no longer holds, and the oldest of too many, is forgotten.
        """
        ...

    def stored_arrivals(self, run_id: str) -> AsyncIterator[tuple[Arrival, str | None]]: ...
    async def close(self) -> None: ...


class Clock(Protocol):
    """Time, injected: tests turn it by hand."""

    def now(self) -> datetime:
        """Return the time of day, in UTC, time zone aware."""
        ...

    def wall(self) -> datetime:
        """Return what the machine's clock shows, however it was set: it goes on while the machine sleeps."""
        ...

    def monotonic(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class Observer(Protocol):
    """Told of everything as it happens; must return at once and not raise."""

    def __call__(self, event: Event) -> None: ...
