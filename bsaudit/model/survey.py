"""What `bsaudit survey` found in a mailbox: that command's JSON contract (docs/schema/survey-1.json)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from bsaudit.model.published import Published
from bsaudit.model.report import ToolEntry

SURVEY_SCHEMA_VERSION = 1


class Pile(StrEnum):
    """What a message is to the person whose mailbox it lies in. `other`: no notice of a mail system at all."""

    BACKSCATTER = "backscatter"
    OWN = "own"
    CANNOT_TELL = "cannot_tell"
    OTHER = "other"


class Shown(StrEnum):
    """By what a notice was sorted."""

    SENT_FOLDER = "sent_folder"  # it answers a message that lies in the Sent folder
    SIGNATURE = "signature"  # the returned copy bears a good DKIM signature of an own domain
    OWN_RELAY = "own_relay"  # own hosts were seen to hand the returned copy on
    OWN_MESSAGE_ID = "own_message_id"  # named as by an own host, which anybody can write
    FOREIGN_SOURCE = "foreign_source"  # a stranger's host handed the original over
    FOREIGN_MESSAGE_ID = "foreign_message_id"  # the Sent folder holds nothing named like that, nor to that recipient
    CONTRADICTION = "contradiction"  # some of it speaks for an own message, some against
    CLAIM = "claim"  # own names stand where anybody can write them
    RELAY_UNKNOWN = "relay_unknown"  # it went out by a relay of which nobody said whether it is an own one
    NOTHING_RETURNED = "nothing_returned"  # nothing of the original came back that tells
    NOT_UNDERSTOOD = "not_understood"  # a mail system wrote it, in words that nobody knows
    FORGED = "forged"  # no mail system wrote it, though it says so
    NO_NOTICE = "no_notice"


class SurveyOwn(Struct, frozen=True, kw_only=True):
    """What was taken for one's own; `guessed` where nobody named it. `sent`: messages of the Sent folder."""

    domains: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    guessed: bool = False
    sent: int = 0


class SurveyTotals(Struct, frozen=True, kw_only=True):
    """Messages, each in one pile; `forged` are part of `cannot_tell`. `first` and `last`: when notices came."""

    messages: int = 0
    backscatter: int = 0
    own: int = 0
    cannot_tell: int = 0
    other: int = 0
    forged: int = 0
    unreadable: int = 0
    skipped: int = 0  # older than `since`
    hosts: int = 0
    first: str | None = None
    last: str | None = None


class SurveyDay(Struct, frozen=True, kw_only=True):
    """One day, UTC; null for what bears no date."""

    day: str | None
    backscatter: int = 0
    own: int = 0
    cannot_tell: int = 0


class SurveyContact(Struct, frozen=True, kw_only=True):
    """Whom to tell.

    `scope`: of what they are in charge, `domain` or `network`. `bounces`: a notice says that mail to the address
    cannot be delivered.
    """

    address: str
    scope: str
    source: str
    bounces: bool = False


class SurveyListing(Struct, frozen=True, kw_only=True):
    """What a list says of a host's address (as in `listed`)."""

    zone: str
    status: str
    text: str = ""


class SurveyHost(Struct, frozen=True, kw_only=True):
    """A host that wrote notices.

    `causes`, `returned`, `products`, `first`, `last`: of its backscatter and of what cannot be told, without what is
    forged. `listings` is null where nobody asked.
    """

    host: str
    addresses: tuple[str, ...] = ()
    backscatter: int = 0
    cannot_tell: int = 0
    first: str | None = None
    last: str | None = None
    causes: dict[str, int] = {}
    returned: dict[str, int] = {}
    products: dict[str, int] = {}
    contacts: tuple[SurveyContact, ...] = ()
    listings: tuple[SurveyListing, ...] | None = None


class SurveySource(Struct, frozen=True, kw_only=True):
    """A network from which the originals of backscatter came: the spam's own clients."""

    network: str
    count: int
    first: str | None = None
    last: str | None = None


class SurveyCampaign(Struct, frozen=True, kw_only=True):
    """Originals of one subject, whatever numbers stand in it."""

    subject: str
    count: int
    first: str | None = None
    last: str | None = None


class SurveyDoor(Struct, frozen=True, kw_only=True):
    """What an own domain publishes against senders that are forged in its name.

    Records are null where there is not just one; `null_mx` is null, and `errors` says why, where DNS did not answer.
    """

    domain: str
    spf: Published
    spf_record: str | None = None
    dmarc: Published
    dmarc_record: str | None = None
    null_mx: bool | None = None
    errors: tuple[str, ...] = ()


class SurveyAdvice(Struct, frozen=True, kw_only=True):
    """What to do now; `paste` are lines of a zone to publish, `command` tells more."""

    id: str
    text: str
    paste: tuple[str, ...] = ()
    command: str | None = None


class SurveyMailbox(Struct, frozen=True, kw_only=True):
    mailbox: str
    messages: int
    error: str | None = None


class SurveyReport(Struct, frozen=True, kw_only=True):
    """`causes`, `sources` and `campaigns` are those of the backscatter. `gaps` is what the numbers leave open.

    `doors` is null where nobody asked. `interrupted`: somebody stopped it; the numbers are of what was read.
    """

    schema_version: int = SURVEY_SCHEMA_VERSION
    tool: ToolEntry
    mailboxes: tuple[SurveyMailbox, ...]
    own: SurveyOwn
    since: str | None = None
    interrupted: bool = False
    totals: SurveyTotals
    shown: dict[str, int] = {}
    causes: dict[str, int] = {}
    forged: dict[str, int] = {}
    hosts: tuple[SurveyHost, ...] = ()
    sources: tuple[SurveySource, ...] = ()
    campaigns: tuple[SurveyCampaign, ...] = ()
    days: tuple[SurveyDay, ...] = ()
    doors: tuple[SurveyDoor, ...] | None = None
    advice: tuple[SurveyAdvice, ...] = ()
    gaps: tuple[str, ...] = ()


class Seen(Struct, frozen=True, kw_only=True):
    """One message of a survey: a line of `--format jsonl`.

    `host` wrote it, `address` handed it over; `source` handed the original over, `subject` is that of the original.
    `contact` is whom the notice itself names, `undeliverable` a role address that it is about.
    """

    schema_version: int = SURVEY_SCHEMA_VERSION
    file: str
    index: int = 0
    pile: Pile
    shown: Shown
    kind: str
    causes: tuple[str, ...] = ()
    host: str | None = None
    address: str | None = None
    at: str | None = None
    returned: str = "none"
    product: str | None = None
    forged: tuple[str, ...] = ()
    original_message_id: str | None = None
    source: str | None = None
    subject: str | None = None
    contact: str | None = None
    undeliverable: str | None = None
    error: str | None = None
