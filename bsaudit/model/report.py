"""The JSON report, field by field: the contract that other programs build on (schema_version 1).

Within a schema version, names and enumeration values are only added. Times are RFC 3339 in UTC, durations seconds.
All remote text in here has passed `bsaudit.text`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from bsaudit.model.baseline import BaselineEntry
from bsaudit.model.logs import TargetLog
from bsaudit.model.mail import Exchange, Host, Reply, Route, Stage
from bsaudit.model.notification import Action, Attribution, Evidence, Kind, Reason, Returned
from bsaudit.model.probe import Acceptance, CountsAs, Difference, Outcome, Reached, Role
from bsaudit.model.queue import QueueWatch
from bsaudit.model.state import CheckEntry, TargetState
from bsaudit.model.way_back import WayBack

SCHEMA_VERSION = 1


class Verdict(StrEnum):
    CLEAN = "clean"
    BACKSCATTER = "backscatter"
    INCONCLUSIVE = "inconclusive"


class Basis(StrEnum):
    REJECTED = "rejected"
    SILENCE = "silence"
    MIXED = "mixed"
    EVIDENCE = "evidence"
    NONE = "none"


class Severity(StrEnum):
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RecipientEntry(Struct, frozen=True, kw_only=True):
    """One recipient as a notification reports it."""

    final_recipient: str | None = None
    original_recipient: str | None = None
    action: Action | None = None
    status: str | None = None
    refined_status: str | None = None
    reply_code: int | None = None
    reason: Reason = Reason.UNKNOWN
    diagnostic_code: str | None = None
    remote_mta: str | None = None


class NotificationEntry(Struct, frozen=True, kw_only=True):
    """NOTIFICATION: the same in `probe`, `explain` and `survey`.

    `written_by_claimed`: the name in `written_by` is the writer's own word alone, and may be a stranger's; else our own
    side saw it with its address, or it is in the organisation of the target (of the relay, of our own side).
    """

    kind: Kind
    attribution: Attribution
    written_by: Host
    handed_over_by: Host
    arrived_at: datetime | None = None
    reached: Reached = Reached.UNKNOWN
    file: str | None = None
    sha256: str | None = None
    reporting_mta: str | None = None
    received_from_mta: str | None = None
    envid: str | None = None
    null_reverse_path: bool | None = None
    mta_family: str | None = None
    dialect: str | None = None
    original_message_id: str | None = None
    original_to: str | None = None
    returned: Returned = Returned.NONE
    recipients: tuple[RecipientEntry, ...] = ()
    defects: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    written_by_claimed: bool = False


class ProbeRecipient(Struct, frozen=True, kw_only=True):
    address: str
    role: Role
    reply: Reply | None = None


class ProbeEntry(Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    route: Route
    mail_exchanger: str | None
    address: str | None
    recipients: tuple[ProbeRecipient, ...]
    reverse_path: str
    message_id: str
    envid: str
    queue_id: str | None
    outcome: Outcome
    counts_as: CountsAs
    stage: Stage | None
    reply: Reply | None
    accepted: Acceptance | None
    transcript: tuple[Exchange, ...]
    submitted_at: datetime | None
    settled_at: datetime | None
    explanation: str
    notifications: tuple[NotificationEntry, ...] = ()
    shape: str | None = None
    control: str | None = None
    repeats: str | None = None
    difference: Difference | None = None
    state: str = "settled"
    written_by: Host | None = None
    seconds: float | None = None
    no_such_address: str | None = None  # one that was named, and that the target does not know
    target: str | None = None  # whose probe, or positive control, it is


class Finding(Struct, frozen=True, kw_only=True):
    id: str
    severity: Severity
    title: str
    detail: str
    reference: str
    probe_ids: tuple[str, ...] = ()


class Paste(Struct, frozen=True, kw_only=True):
    """Lines that go into one file of the server's configuration as they stand; `where` says at which place.

    Lines `for_each_address` are written once for every valid address, which no report can know: `{address}` stands for
    it, `{user}` for its local-part.
    """

    file: str
    where: str
    lines: str
    for_each_address: bool = False


class Advice(Struct, frozen=True, kw_only=True):
    """What would end what a probe showed, on the product that runs there.

    `confidence` is "high", "medium" or "low": how sure we are of the product. `version` is what it says of itself, ""
    where it says nothing. `default` is how the product comes, `clause` what asks for the change, `reference` where the
    setting is documented.
    """

    product: str
    confidence: str
    setting: str
    text: str
    reference: str
    retest: str
    paste: tuple[Paste, ...] = ()
    version: str = ""
    default: str = ""
    clause: str = ""


class Listing(Struct, frozen=True, kw_only=True):
    """One DNS list's word on an address of the target, as `bsaudit listed` tells it: information, never a verdict.

    `status` is `listed`, `clean`, `refused`, `registration`, `untestable`, `dead`, `wildcard` or `unknown`.
    """

    zone: str
    address: str
    status: str
    codes: tuple[str, ...] = ()
    text: str = ""
    class_: str = field(default="", name="class")
    meaning: str | None = None
    muted: bool = False  # says nothing of this host alone
    muted_because: str = ""
    impact: str = ""
    removal: str = ""
    as_of: str = ""


class Contacts(Struct, frozen=True, kw_only=True):
    """Whom others will write to about a domain (abuse.net) or an address (Abusix).

    `registered`: there is more than a default; null where nobody answered.
    """

    about: str
    addresses: tuple[str, ...] = ()
    registered: bool | None = None


class Envelope(Struct, frozen=True, kw_only=True):
    mail_from: str
    rcpt_to: tuple[str, ...]


class Client(Struct, frozen=True, kw_only=True):
    """Who handed a message over, as the target saw it."""

    address: str | None = None
    ehlo: str | None = None


class HostEntry(Struct, frozen=True, kw_only=True):
    name: str | None = None
    address: str | None = None


class Accepted(Struct, frozen=True, kw_only=True):
    """When the target took a message, by its own clock where it wrote that down, and its 250 as far as it is known."""

    at: datetime | None = None
    reply: str | None = None


class HandedBack(Struct, frozen=True, kw_only=True):
    """What came back, by which host, when; the whole of it is kept with `--save`."""

    at: datetime
    from_: str | None = field(default=None, name="from")
    first_lines: tuple[str, ...] = ()
    file: str | None = None


class Example(Struct, frozen=True, kw_only=True):
    """A probe that came back, told so that it is found in the target's own logs.

    `client` is whom the target saw, `host` which of its hosts took the message; `transcript` is of the direct route.
    `swaks` shows it without bsaudit, `search` finds it in the logs of the product that was recognised.
    """

    probe: str
    envelope: Envelope
    message_id: str
    queue_id: str | None
    client: Client
    host: HostEntry
    tls: str | None
    accepted: Accepted
    transcript: tuple[Exchange, ...]
    notification: HandedBack
    swaks: str | None = None
    search: str | None = None


class Next(Struct, frozen=True, kw_only=True):
    """What would settle a doubt. Words in capitals are the reader's to fill in.

    `command` is whole where a command began the run; of a program's audit it is the options to add, if any.
    """

    command: str
    why: str


class ExchangerEntry(Struct, frozen=True, kw_only=True):
    """A mail exchanger of a target; `tried` says that it answered, `reason` why not."""

    host: str
    preference: int | None = None
    addresses: tuple[str, ...] = ()
    port: int = 25
    tried: bool = False
    reason: str | None = None


class ErrorEntry(Struct, frozen=True, kw_only=True):
    where: str
    message: str
    remedy: str = ""


class PlannedOut(Struct, frozen=True, kw_only=True):
    """Probes (`KIND:SHAPE`) that belong to the plan and were not sent, and for whose sake."""

    probes: tuple[str, ...]
    reason: str


class TargetEntry(Struct, frozen=True, kw_only=True):
    target: str
    domain: str
    verdict: Verdict
    basis: Basis
    explanation: str
    mail_exchangers: tuple[ExchangerEntry, ...] = ()
    listings: tuple[Listing, ...] = ()  # where lists were asked (--listings)
    contacts: tuple[Contacts, ...] = ()  # alike
    probes: tuple[ProbeEntry, ...] = ()
    findings: tuple[Finding, ...] = ()
    advice: tuple[Advice, ...] = ()
    qualification: str | None = None  # what the verdict is limited to
    way_back: WayBack | None = None  # how far it was shown that this target's mail would reach us
    example: Example | None = None  # of backscatter
    next: tuple[Next, ...] = ()
    messages_sent: int = 0
    not_audited: ErrorEntry | None = None  # why nothing was sent to it: then `verdict` says nothing of it
    undecided: tuple[str, ...] = ()  # probes that alone keep the verdict open, as --probe asks for them
    state: TargetState | None = None  # over all its runs, where it is checked
    log: TargetLog | None = None  # where the configuration names one
    planned_out: tuple[PlannedOut, ...] = ()
    named_hosts: tuple[str, ...] = ()  # other hosts that are its own by the word of whoever ran the audit


class RelayEntry(Struct, frozen=True, kw_only=True):
    host: str
    addresses: tuple[str, ...] = ()
    rewrites_reverse_path: bool | None = None
    dsn: bool | None = None


class CatchEntry(Struct, frozen=True, kw_only=True):
    kind: str
    host: str | None = None
    address: str | None = None
    tagging: str | None = None


class ChangeEntry(Struct, frozen=True, kw_only=True):
    """What late answers changed, or another run: `what` is a probe's id, or the target for its verdict.

    Of two runs, "absent" is what one of them does not have, "not_audited" what has no verdict there.
    """

    what: str
    before: str
    after: str


class ToolEntry(Struct, frozen=True, kw_only=True):
    name: str
    version: str


class RuleEntry(Struct, frozen=True, kw_only=True):
    """One `--rule`, counted from 1, and the names of its fields that were not sent."""

    number: int
    dropped_fields: tuple[str, ...]


class RunEntry(Struct, frozen=True, kw_only=True):
    """`state` is how the run stands: running, finished, interrupted or failed; `complete` says that it is finished."""

    id: str
    started_at: datetime
    finished_at: datetime | None = None
    complete: bool = False
    state: str | None = None
    authorized_by: str | None = None
    waited_s: float = 0.0
    route: Route = Route.RELAY
    relay: RelayEntry | None = None
    catch: CatchEntry | None = None
    limits: dict[str, Any] = {}
    controls: tuple[ProbeEntry, ...] = ()
    sees_callouts: bool = False
    way_back: WayBack | None = None  # as far as it holds for every target
    kind: str = "audit"  # or "doctor", which sends to our own side alone
    contact: str | None = None
    again: str | None = None  # the command that repeats it; None where no command asked for it
    rules: tuple[RuleEntry, ...] = ()
    target_queue: QueueWatch | None = None


class Report(Struct, frozen=True, kw_only=True):
    tool: ToolEntry
    run: RunEntry | None
    verdict: Verdict
    exit_code: int
    errors: tuple[ErrorEntry, ...] = ()
    targets: tuple[TargetEntry, ...] = ()
    changes: tuple[ChangeEntry, ...] = ()
    baseline: BaselineEntry | None = None  # compared with what is known
    check: CheckEntry | None = None  # of the configured targets
    schema_version: int = field(default=SCHEMA_VERSION)
