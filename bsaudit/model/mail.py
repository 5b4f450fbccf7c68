"""Mail as it moves: replies, transactions, hosts, arrivals.

What a run holds by the ten thousand is kept from the garbage collector (`gc=False`): it never is part of a cycle.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Stage(StrEnum):
    """Where in an SMTP session a reply fell (RFC 5321 §4.1.4)."""

    CONNECT = "connect"
    HELO = "helo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END_OF_DATA = "end_of_data"


class Route(StrEnum):
    """How probes travel; of a run also `both`, of whose probes each goes one of the two ways."""

    RELAY = "relay"
    DIRECT = "direct"
    BOTH = "both"  # by the relay, and directly to the mail exchangers that it does not use

    @property
    def relayed(self) -> bool:
        """Whether a relay carries probes."""
        return self is not Route.DIRECT


class ReplySource(StrEnum):
    SESSION = "session"  # we heard it ourselves
    NOTIFICATION = "notification"  # an NDN quotes it


class Reply(Struct, frozen=True, kw_only=True, gc=False):
    """One SMTP reply (RFC 5321 §4.2); `enhanced` is the RFC 3463 code in front of the text, if any."""

    code: int
    enhanced: str | None = None
    text: str = ""
    source: ReplySource = ReplySource.SESSION


class Exchange(Struct, frozen=True, kw_only=True, gc=False):
    """One line of a transcript: what we said and what was answered. Credentials never stand in `command`."""

    at: datetime
    command: str
    code: int | None = None
    text: str = ""


class Host(Struct, frozen=True, kw_only=True, gc=False):
    """A host as far as it is known: by name, by address, by both or by neither."""

    host: str | None = None
    address: str | None = None

    @property
    def short(self) -> str:
        """Its name, or else its address; "" for one that has neither."""
        return self.host or self.address or ""

    @property
    def full(self) -> str:
        """Its name with its address, or what is known of them."""
        return f"{self.host} [{self.address}]" if self.host and self.address else self.short


class MailExchanger(Struct, frozen=True, kw_only=True):
    """One MX of a target; `preference` is None for an implicit MX (RFC 5321 §5.1) and for `--mx`."""

    host: str
    preference: int | None = None
    addresses: tuple[str, ...] = ()
    port: int = 25


class SpfResult(StrEnum):
    """RFC 7208 §2.6."""

    PASS = "pass"  # noqa: S105 -- a result, not a password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class Spf(Struct, frozen=True, kw_only=True):
    """What a domain's SPF record says of an address; `term` is the part of the record that decided, if one did.

    `own` says that it stands in the domain's own record, not in one to which that redirects.
    """

    result: SpfResult
    term: str | None = None
    own: bool = False


class Verified(Struct, frozen=True, kw_only=True):
    """What DNS said, when a message came, of the host that had handed it over.

    `names` are its reverse names whose addresses contain its own; None: DNS did not answer. `spf` is what the target's
    domains say of mail from it.
    """

    address: str
    names: tuple[str, ...] | None = None
    spf: dict[str, Spf] = {}


class Signature(Struct, frozen=True, kw_only=True):
    """A DKIM signature (RFC 6376) that was good when its message came, by `domain`.

    `to` and `body` are the tokens of ours that stand in the signed To fields, and in the signed body.
    """

    domain: str
    to: tuple[str, ...] = ()
    body: tuple[str, ...] = ()


class Arrival(Struct, frozen=True, kw_only=True):
    """A message found in the catch mailbox: raw bytes plus how it got there.

    `uid` names it uniquely within one catch mailbox, so that it is read once. `peer`, `helo`, `envelope_from` and
    `envelope_to` are known only where our own SMTP server took it in (the built-in catch MX).
    `verified` is what DNS said of whoever handed it over, where that was not known beforehand; `signatures` are the
    good ones that it bore, where it belongs to a target's probe.
    `truncated` says that the message was longer than the reading limit and `raw` is its beginning.
    """

    uid: str
    raw: bytes
    seen_at: datetime
    folder: str = "INBOX"
    size: int | None = None
    truncated: bool = False
    peer: Host | None = None
    helo: str | None = None
    envelope_from: str | None = None
    envelope_to: tuple[str, ...] = ()
    verified: Verified | None = None
    signatures: tuple[Signature, ...] = ()


class CatchSession(Struct, frozen=True, kw_only=True):
    """One transaction, or one session without any, that the built-in catch MX saw.

    One with accepted recipients (`rcpt_to`) but no DATA is a callout; `refused_to` are those it did not accept.
    `lost` says that a message came and was not taken: it was too long, our side had no room, or the connection broke
    off, by us at the end of the run perhaps. `verified` is what DNS said of the peer, where the session asked for a
    probe's address.
    """

    at: datetime
    peer: Host
    helo: str | None = None
    mail_from: str | None = None
    rcpt_to: tuple[str, ...] = ()
    data: bool = False
    refused_to: tuple[str, ...] = ()
    lost: bool = False
    verified: Verified | None = None


class LogStatus(StrEnum):
    SENT = "sent"
    DEFERRED = "deferred"
    BOUNCED = "bounced"


class LogEntry(Struct, frozen=True, kw_only=True):
    """What a relay's own log says of one delivery: the host that answered, and its reply; `seen_at` is our clock's."""

    queue_id: str
    recipient: str
    status: LogStatus
    host: str | None = None
    address: str | None = None
    reply: str = ""
    seen_at: datetime | None = None


class Submission(Struct, frozen=True, kw_only=True, gc=False):
    """What became of one attempt to hand a probe over.

    `accepted` is True after a final 250, False when refused or never begun, None when the connection died or
    timed out after the final dot: then acceptance is unknown and the message is never sent again.
    `recipient_replies` holds the reply to each RCPT TO, by address. `error` is set when no reply decided
    (DNS, connection, TLS), in words. `stage` and `reply` are those that decided.
    """

    accepted: bool | None
    submitted_at: datetime
    finished_at: datetime
    stage: Stage | None = None
    reply: Reply | None = None
    recipient_replies: dict[str, Reply] = {}
    transcript: tuple[Exchange, ...] = ()
    peer: Host = Host()
    queue_id: str | None = None
    tls: str | None = None
    dsn_requested: bool = False
    smtputf8_offered: bool = False
    size_limit: int | None = None
    error: str | None = None
    closed: int = 0  # how often the connection was refused: nobody listens
    log: LogEntry | None = None  # the relay's log of the delivery to the target, where the user could give it
    delivered_at: datetime | None = None  # when it was seen in the valid recipient's own mailbox
    body: str | None = None  # a control's digest as it left (`probe.body`)
    put_off: Reply | None = None  # the 4xx answer to the first of two tries, as greylisting gives it


def cut_short(at: datetime) -> Submission:
    """Return what is known at `at` of a submission whose end nobody lived to record: it may have been taken."""
    return Submission(accepted=None, submitted_at=at, finished_at=at, error="the audit ended while it was sending this")
