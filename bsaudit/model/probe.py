"""A probe: one mail transaction with one purpose and its own tokens; what became of it; what it showed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from bsaudit.model.mail import Host, Reply, Route, Signature, Stage, Submission, Verified
from bsaudit.model.notification import Attributed, Notification


class Role(StrEnum):
    """What a recipient of a probe is, as far as the user said or we made it up."""

    UNKNOWN = "unknown"
    VALID = "valid"
    FULL = "full"
    DISABLED = "disabled"
    AUTORESPONDER = "autoresponder"
    FORWARDER = "forwarder"
    LIST = "list"
    POSTMASTER = "postmaster"
    ABUSE = "abuse"
    CATCH = "catch"  # our own side: controls
    REFUSED = "refused"  # our own side refuses it: calibration
    UNREACHABLE = "unreachable"  # a host under our own domain that does not answer: calibration


class Place(StrEnum):
    """Where a token stands in a probe, and so where an answer to it arrives."""

    REVERSE_PATH = "reverse_path"
    FROM = "from"
    REPLY_TO = "reply_to"
    MESSAGE_ID = "message_id"
    ENVID = "envid"
    BODY = "body"


_PLACES = tuple(Place)


class Reached(StrEnum):
    REVERSE_PATH = "reverse_path"
    FROM = "from"
    REPLY_TO = "reply_to"
    UNKNOWN = "unknown"


class Control(StrEnum):
    """A message whose fate is known beforehand, unless our own side, the relay or the target's valid mailbox fails."""

    CATCH = "catch"  # reaches the catch mailbox
    CATCH_SECOND = "catch-second"  # … by the second catch address
    NDN = "ndn"  # a notification reaches it
    NDN_RETURN = "ndn-return"  # … through a relay that rewrites the reverse-path
    CALIBRATION_REFUSED = "calibration-refused"  # the relay must fail on it: our own side refuses
    CALIBRATION_UNREACHABLE = "calibration-unreachable"  # … or does not answer
    ENTRANCE = "entrance"  # what is left at a mail exchanger that does not greet as our catch MX reaches it
    AWAITED = "awaited"  # nothing is sent: whose mail comes to it is a stranger's (doctor --wait-for-mail)
    CONTENT = "content"  # test content comes through the relay as it was sent
    CLOSING = "closing"  # a notification still reaches the catch mailbox after the last quiet time
    ASKED = "asked"  # asked at RCPT by --route both, where the relay goes: somebody who exists, and nobody
    TRUSTED = "trusted"  # asked at RCPT: does the target take us for a user of its own?
    POSITIVE = "positive"  # an ordinary message that the target must take


class State(StrEnum):
    """Where a probe stands in the journal; docs/journal.md has the table of legal moves."""

    PLANNED = "planned"  # recorded, nothing sent
    SENDING = "sending"  # recorded before the first command; a crash leaves it here
    SENT = "sent"  # handed over: final 250
    REFUSED = "refused"  # a 4xx or 5xx reply decided
    FAILED = "failed"  # never handed over: DNS, connection, TLS
    MAYBE_SENT = "maybe_sent"  # the connection, or we, died around the final dot: never sent again
    SETTLED = "settled"  # outcome known
    CANCELLED = "cancelled"  # interrupted before it was sent; never will be


class Difference(StrEnum):
    """What is different when a probe is sent again."""

    NOTHING = "nothing"  # a second message from the same sender
    WITHOUT_NOTIFY = "without-notify"  # no DSN asked for: does it bounce all the same?
    UNAUTHENTICATED = "unauthenticated"  # a reverse-path that no SPF vouches for, as forged ones are


class Outcome(StrEnum):
    REJECTED = "rejected"
    ACCEPTED_SILENTLY = "accepted_silently"
    BOUNCED = "bounced"
    DELAY_NOTIFIED = "delay_notified"
    AUTOREPLIED = "autoreplied"
    CHALLENGED = "challenged"
    CALLED_OUT = "called_out"
    MASKED = "masked"
    DEFERRED = "deferred"
    REFUSED_BY_RELAY = "refused_by_relay"
    UNREACHABLE = "unreachable"
    UNRESOLVED = "unresolved"


class CountsAs(StrEnum):
    GOOD = "good"
    BACKSCATTER = "backscatter"
    FINDING = "finding"
    INCONCLUSIVE = "inconclusive"


class Recipient(Struct, frozen=True, kw_only=True, gc=False):
    address: str
    role: Role


class Probe(Struct, frozen=True, kw_only=True, gc=False):
    """One planned transaction. `tokens` are one a `Place`, in its order; `content`, `shape`: rows of the catalogue.

    `control` is None for a probe of the target. `reverse_path` "" is the null reverse-path.
    `mail_exchanger` (with `address` and `port`) is set on the direct route.
    """

    id: str
    kind: str
    route: Route
    recipients: tuple[Recipient, ...]
    reverse_path: str
    from_address: str
    reply_to: str
    message_id: str
    envid: str
    tokens: tuple[str, ...]  # not a dictionary, which for ten thousand probes takes 3 MB more
    content: str
    control: Control | None = None
    shape: str | None = None
    target: str | None = None
    mail_exchanger: str | None = None
    address: str | None = None
    port: int = 25
    repeats: str | None = None  # the probe that this one sends again
    difference: Difference | None = None  # … and what is different
    rule: int | None = None  # which of the user's own rules it carries
    notify: bool = True  # ask for DSNs (NOTIFY=SUCCESS,FAILURE) where they are offered
    rcpt_only: bool = False  # QUIT after the RCPT replies; nothing is sent

    def token(self, place: Place) -> str:
        return self.tokens[_PLACES.index(place)]

    def place_of(self, token: str) -> Place:
        """Return where `token`, one of the probe's own, stands."""
        return _PLACES[self.tokens.index(token)]


class ReturnedMail(Struct, frozen=True, kw_only=True):
    """One arrival that belongs to a probe, read and attributed. `raw` stays in the journal."""

    notification: Notification
    attributed: Attributed
    reached: Reached
    arrived_at: datetime
    uid: str
    sha256: str
    peer: Host | None = None  # who handed it to our own catch MX, where that was there to see
    verified: Verified | None = None  # what DNS said of whoever handed it over
    signatures: tuple[Signature, ...] = ()  # those that were good when it came
    file: str | None = None
    body: str | None = None  # a control's digest as it arrived (`probe.body`)
    of_another: bool = False  # it names messages, and none that its probe's target was sent by us
    hushes: tuple[str, ...] = ()  # fields that were not in it when it left, and that make servers keep silent


class Acceptance(Struct, frozen=True, kw_only=True):
    """How acceptance by the target was shown: `session`, `dsn`, `log`."""

    shown_by: str
    at: datetime | None = None


class Settlement(Struct, frozen=True, kw_only=True):
    """What one probe showed."""

    outcome: Outcome
    counts_as: CountsAs
    explanation: str
    stage: Stage | None = None
    reply: Reply | None = None
    accepted: Acceptance | None = None
    settled_at: datetime | None = None
    written_by: Host | None = None
    seconds: float | None = None  # from acceptance by the relay or MX to what settled it
    no_such_address: str | None = None  # one that was named, and that the target does not know
    unshown: bool = False  # silence that would be good, were it shown that the target accepted
    called_out: bool = False  # the reverse-path was tested by a callout, whatever else the outcome is


class ProbeRecord(Struct, kw_only=True, gc=False):
    """A probe with everything that happened to it so far. Mutable: the run's working state."""

    probe: Probe
    state: State = State.PLANNED
    submission: Submission | None = None
    returned: tuple[ReturnedMail, ...] = ()  # not a list: most of ten thousand would be empty ones
    settlement: Settlement | None = None
