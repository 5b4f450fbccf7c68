"""What a message that came back says, and who wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from bsaudit.model.mail import Host


class Kind(StrEnum):
    NDN = "ndn"
    DELAY = "delay"
    SUCCESS = "success"
    RELAYED = "relayed"
    AUTOREPLY = "autoreply"
    CHALLENGE = "challenge"
    VIRUS_NOTICE = "virus_notice"
    REPORT = "report"
    MDN = "mdn"
    OTHER = "other"


# What says that a message was taken, and nothing else: who wrote it is never told by what it says.
RECEIPTS = frozenset({Kind.SUCCESS, Kind.RELAYED})


class Attribution(StrEnum):
    """Which system wrote it. Inner hosts of the target are `beyond_target` and count against it."""

    RELAY = "relay"
    TARGET = "target"
    BEYOND_TARGET = "beyond_target"
    CATCH = "catch"
    UNKNOWN = "unknown"

    @property
    def is_target_side(self) -> bool:
        return self in {Attribution.TARGET, Attribution.BEYOND_TARGET}


class Strength(StrEnum):
    DECISIVE = "decisive"
    STRONG = "strong"
    WEAK = "weak"


class Reason(StrEnum):
    USER_UNKNOWN = "user-unknown"
    MAILBOX_FULL = "mailbox-full"
    MAILBOX_DISABLED = "mailbox-disabled"
    SPAM = "spam"
    VIRUS = "virus"
    POLICY = "policy"
    HOST_UNKNOWN = "host-unknown"
    RELAY_DENIED = "relay-denied"
    NETWORK = "network"
    EXPIRED = "expired"
    SYSTEM = "system"
    TOO_BIG = "too-big"
    PROTOCOL = "protocol"
    RATE = "rate"
    FILTERED = "filtered"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """RFC 3464 §2.3.3."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


class Returned(StrEnum):
    """How much of the original message came back."""

    NONE = "none"
    HEADERS = "headers"
    FULL = "full"


class Hop(Struct, frozen=True, kw_only=True):
    """One Received line (RFC 5321 §4.4), newest first in a trace.

    `helo` is what the client called itself, `rdns` and `address` what the receiver saw of it; `by` the host that
    wrote the line. All are None where the line does not say. `raw` is the unfolded line, sanitised, clipped.
    """

    helo: str | None = None
    rdns: str | None = None
    address: str | None = None
    by: str | None = None
    protocol: str | None = None
    queue_id: str | None = None
    recipient: str | None = None
    at: datetime | None = None
    raw: str = ""


class RecipientReport(Struct, frozen=True, kw_only=True):
    """What a notification says about one recipient; the names are those of RFC 3464 §2.3.

    `status` is as stated by the report, `refined_status` the best reading of the SMTP text. `remote_mta` is a
    host name or address literal without its MTA-name-type. `reply_code` is the three-digit code quoted.
    `diagnostic_type` is testimony: some servers label a local failure "smtp".
    """

    final_recipient: str | None = None
    original_recipient: str | None = None
    action: Action | None = None
    status: str | None = None
    refined_status: str | None = None
    reply_code: int | None = None
    reason: Reason = Reason.UNKNOWN
    diagnostic_code: str | None = None
    diagnostic_type: str | None = None
    remote_mta: str | None = None


class Notification(Struct, frozen=True, kw_only=True):
    """An arrival once read. Made by `bsaudit.ndn.read`; says what the message claims, not whether it is true."""

    kind: Kind
    # what the report says
    recipients: tuple[RecipientReport, ...] = ()
    reporting_mta: str | None = None
    received_from_mta: str | None = None
    envid: str | None = None
    mta_family: str | None = None  # "postfix", "exim", …: the product that wrote it, by its habits
    dialect: str | None = None  # the row of the table of dialects that read it
    prose: str = ""  # the part written for people, sanitised and clipped
    prose_host: str | None = None  # "This is the mail system at host …": the writer as the prose names it
    defects: tuple[str, ...] = ()
    # the message itself
    message_id: str | None = None
    subject: str | None = None
    from_address: str | None = None
    from_daemon: bool = False  # the header says that a mail system wrote it, or nobody
    delivered_to: tuple[str, ...] = ()  # Delivered-To, X-Original-To, Envelope-To, To: in this order
    reverse_path: str | None = None  # Return-Path, "" for <>; None where no such line stands
    auto_submitted: str | None = None
    date: datetime | None = None
    references: tuple[str, ...] = ()  # In-Reply-To and References
    authentication_results: tuple[str, ...] = ()
    results_below: tuple[int, ...] = ()  # how many Received lines stand above each of them
    trace: Sequence[Hop] = ()
    # the original that came back
    returned: Returned = Returned.NONE
    returned_payload: bool = False  # body or attachment of the original came back, and with it any virus
    original_message_id: str | None = None
    original_to: str | None = None
    returned_trace: Sequence[Hop] = ()

    @property
    def null_reverse_path(self) -> bool | None:
        """True for `<>` (RFC 5321 §4.5.5), None where the reverse-path is not recorded."""
        return None if self.reverse_path is None else self.reverse_path == ""


# The source of the evidence that is the user's word: `--target-host`.
NAMED = "named"
# What says by itself that a message is of the target's doing, whoever handed it over.
_PROOF = frozenset({"signature", "acceptance"})


class Evidence(Struct, frozen=True, kw_only=True):
    """One observation that speaks for an attribution, in words a person can check against the raw message.

    `source` names the kind of evidence ("handed_over", "returned_trace", "birth", "reporter", "from",
    "likeness", …), `value` the piece of the message that it stands on.
    """

    source: str
    supports: Attribution
    strength: Strength
    text: str
    value: str | None = None


class Attributed(Struct, frozen=True, kw_only=True):
    """Who wrote a notification, and why we say so. `claimed`: the writer's name is its own word alone."""

    attribution: Attribution
    written_by: Host = Host()
    claimed: bool = False
    handed_over_by: Host = Host()
    evidence: tuple[Evidence, ...] = ()

    @property
    def on_word(self) -> bool:
        """Whether it is the target's side by nothing but the user's word of a host."""
        good = {piece.source for piece in self.evidence if piece.strength is not Strength.WEAK}
        return self.attribution.is_target_side and NAMED in good and not good & _PROOF
