"""Every setting: its name, type, default and meaning.

The one table behind the options of the command line (`--valid-recipient`), the environment
(`BSAUDIT_VALID_RECIPIENT`) and the keys of the configuration file (`valid_recipient`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from bsaudit.config.convert import Duration, HostPort, Rate, SiteUrl, Span, Wait
from bsaudit.judge.exit_policy import FailOn
from bsaudit.model.mail import Route
from bsaudit.model.settings import DEFAULT_GRACE_S, DEFAULT_MAX_PROBES, DEFAULT_RATE, DEFAULT_WAIT_S, Extent, Tagging

ENVIRONMENT_PREFIX = "BSAUDIT_"
Many = tuple[str, ...]


class ExitCodes(StrEnum):
    STANDARD = "standard"
    NAGIOS = "nagios"


class Color(StrEnum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def _says(text: str, metavar: str = "TEXT") -> Meta:
    return Meta(description=text, extra={"metavar": metavar})


_RELAY_URL = (
    "The third-party MTA to submit to: smtp://[user@]host[:port] (STARTTLS demanded unless ?tls=none) or smtps://…"
)
_CATCH_URL = (
    "Where what comes back is read: imaps://user@host[/FOLDER[,FOLDER]], imap://…, maildir:PATH, mbox:PATH or "
    "sink://ADDR:PORT."
)
_CATCH_ADDRESS = (
    "Address whose tagged variants reach the catch mailbox. A second one, in a domain whose SPF does not vouch for the "
    "relay, is tried as reverse-path where the first was bounced to: forged senders are not authenticated either."
)
_TARGET_HOST = (
    "Another host of the target's, by address or by a reverse name that leads back: what it hands over is then the "
    "target's, on your word, and the report says so."
)
_RELAY_LOG = (
    "The relay's log (Postfix, Exim): a file, or a command that prints it. Shows acceptance where the relay offers no "
    "DSN."
)
_TARGET_QUEUE = (
    "Command that prints the target's whole own queue (postqueue -j or -p, mailq, exim -bp or -bpc, smtpctl show "
    "queue): where it stays empty, silence is settled in seconds."
)
_VALID_MAILBOX = "The valid recipient's own mailbox, imaps://… as for --catch: shows that the target delivered a probe."
_FORMAT = "How the report is printed; =FILE writes it there. `bsaudit report -h` names the formats."
_PROBE = "Try this instead of the default plan: a kind (its default shapes), one shape of it, or KIND:all."
_DOCS_URL = (
    "Where the documentation's site is published: reports and notices link to it. Without it they name `bsaudit help`."
)


class Values(Struct, frozen=True, kw_only=True):
    """The effective settings of one invocation. Durations in seconds, `rate` in messages a second to one target."""

    # the way out
    route: Annotated[Route, _says("Through the relay, straight to each MX of the target, or both.")] = Route.RELAY
    relay: Annotated[str | None, _says(_RELAY_URL, "URL")] = None
    relay_password_file: Annotated[str | None, _says("File that holds the relay password.", "FILE")] = None
    relay_password_command: Annotated[str | None, _says("Command that prints the relay password.", "CMD")] = None
    relay_keyring: Annotated[str | None, _says("Keyring service that holds the relay password.", "NAME")] = None
    relay_token_command: Annotated[
        str | None, _says("Command that prints an OAuth2 access token for the relay.", "CMD")
    ] = None
    mx: Annotated[HostPort | None, _says("Direct route: this host instead of the target's MX set.", "HOST[:PORT]")] = (
        None
    )
    port: Annotated[int, _says("Direct route: port of the MXs.", "N"), Meta(ge=1, le=65535)] = 25
    relay_log: Annotated[str | None, _says(_RELAY_LOG, "FILE|COMMAND")] = None
    target_queue: Annotated[str | None, _says(_TARGET_QUEUE, "COMMAND")] = None
    # the way back
    catch: Annotated[str | None, _says(_CATCH_URL, "URL")] = None
    catch_password_file: Annotated[str | None, _says("File that holds the catch mailbox's password.", "FILE")] = None
    catch_password_command: Annotated[str | None, _says("Command that prints the catch mailbox's password.", "CMD")] = (
        None
    )
    catch_keyring: Annotated[str | None, _says("Keyring service that holds the catch mailbox's password.", "NAME")] = (
        None
    )
    catch_token_command: Annotated[
        str | None, _says("Command that prints an OAuth2 access token for the catch mailbox.", "CMD")
    ] = None
    catch_address: Annotated[Many, _says(_CATCH_ADDRESS, "ADDR")] = ()
    tagging: Annotated[Tagging, _says("How tokens go into a catch address; auto learns it from the control.")] = (
        Tagging.AUTO
    )
    catch_vouched_by: Annotated[
        str | None, _says("Who says that mail from outside reaches the catch mailbox, where nothing can show it.")
    ] = None
    # addresses at the target
    valid_recipient: Annotated[
        Many, _says("An existing mailbox: content probes and the positive control.", "ADDR")
    ] = ()
    valid_mailbox: Annotated[str | None, _says(_VALID_MAILBOX, "URL")] = None
    valid_password_file: Annotated[str | None, _says("File that holds the valid mailbox's password.", "FILE")] = None
    valid_password_command: Annotated[str | None, _says("Command that prints the valid mailbox's password.", "CMD")] = (
        None
    )
    valid_keyring: Annotated[str | None, _says("Keyring service that holds the valid mailbox's password.", "NAME")] = (
        None
    )
    valid_token_command: Annotated[
        str | None, _says("Command that prints an OAuth2 access token for the valid mailbox.", "CMD")
    ] = None
    full_recipient: Annotated[Many, _says("A mailbox over its quota: tries mailbox-full.", "ADDR")] = ()
    disabled_recipient: Annotated[Many, _says("A mailbox switched off: tries mailbox-disabled.", "ADDR")] = ()
    autoresponder: Annotated[Many, _says("A mailbox on vacation: tries autoresponder.", "ADDR")] = ()
    forwarder: Annotated[Many, _says("An address that forwards elsewhere: tries forwarder.", "ADDR")] = ()
    mailing_list: Annotated[Many, _says("A list that you are no member of: tries mailing-list.", "ADDR")] = ()
    alias_domain: Annotated[
        Many,
        _says("Another domain of a target, at the same mail exchangers: tries unknown recipients there.", "DOMAIN"),
    ] = ()
    target_host: Annotated[Many, _says(_TARGET_HOST, "HOST|ADDRESS")] = ()
    # what to try
    rule: Annotated[
        Many, _says("A message or a piece of one that a rule of the target's own rejects: tries rule.", "FILE")
    ] = ()
    probe: Annotated[Many, _says(_PROBE, "KIND[:SHAPE]")] = ()
    skip: Annotated[Many, _says("Leave this out: a kind, or one shape of it.", "KIND[:SHAPE]")] = ()
    plan: Annotated[
        Extent, _says("What to ask of each: recipients only, where another domain shows the content at the same hosts.")
    ] = Extent.FULL
    wait: Annotated[
        Wait,
        _says("Longest wait for answers; auto: an hour where mail seems to be in the relay's queue.", "DURATION|auto"),
    ] = Wait(DEFAULT_WAIT_S)
    grace: Annotated[Duration, _says("Quiet time that settles silence; half of a shorter --wait.", "DURATION")] = (
        Duration(DEFAULT_GRACE_S)
    )
    rate: Annotated[Rate, _says("Most messages a second to one target.", "N/s")] = Rate(DEFAULT_RATE)
    max_probes: Annotated[int, _says("Most messages to one target.", "N"), Meta(ge=1)] = DEFAULT_MAX_PROBES
    # permission
    authorized_by: Annotated[
        str | None, _says("Who allowed this audit of these targets, with their --mx; reported.")
    ] = None
    expected_mx: Annotated[
        Many, _says("Permission holds only while these are the target's mail exchangers.", "HOST")
    ] = ()
    relay_permission: Annotated[str | None, _says("The relay owner's consent to content probes.")] = None
    third_party_permission: Annotated[
        str | None, _says("Who agreed where a forwarder or list passes the test on to others.")
    ] = None
    contact: Annotated[str | None, _says("Address for questions, written into each probe.", "ADDR")] = None
    about_url: Annotated[
        str | None, _says("A page of yours that explains these tests, named in each probe.", "URL")
    ] = None
    # checks of the configured targets
    interval: Annotated[Span, _says("How often each target is to be checked (check --due).", "DURATION")] = Span(
        86400.0
    )
    max_age: Annotated[
        Span | None, _says("How long a decision holds [default 3 intervals and 2 hours].", "DURATION")
    ] = None
    recover_after: Annotated[int, _says("Good runs that show a server mended which bounced.", "N"), Meta(ge=1)] = 2
    retry_after: Annotated[
        Span, _says("When a check tries once more what it could not decide; 0s: not at all.", "DURATION")
    ] = Span(45 * 60.0)
    on_change: Annotated[
        str | None, _says("Command that is given JSON on stdin when a target's state changes.", "CMD")
    ] = None
    targets_from: Annotated[
        str | None, _says("Check these targets: a file, or a command that prints one a line.", "FILE|COMMAND")
    ] = None
    # what is known
    baseline: Annotated[
        str | None, _says("An earlier JSON report: what bounced there is known, and only what is new fails.", "FILE")
    ] = None
    fail_on_stale: Annotated[bool, _says("Exit 1 where an [[accept]] speaks of what is not there any more.")] = False
    # the network
    resolver: Annotated[HostPort | None, _says("DNS server to ask instead of the system's.", "HOST[:PORT]")] = None
    ca_file: Annotated[str | None, _says("PEM file of the authorities to trust for relay and IMAP.", "FILE")] = None
    insecure: Annotated[bool, _says("Do not verify the certificates of relay and IMAP server.")] = False
    # the report
    format: Annotated[Many, _says(_FORMAT, "FORMAT[=FILE]")] = ("text",)
    exit_codes: Annotated[ExitCodes, _says("Family of exit codes.")] = ExitCodes.STANDARD
    exit_zero: Annotated[bool, _says("Exit 0 whatever the verdict; failures keep their codes.")] = False
    fail_on: Annotated[
        FailOn, _says("What to exit 1 or 3 for: inconclusive too, backscatter alone, or findings too, which exit 1.")
    ] = FailOn.INCONCLUSIVE
    require: Annotated[
        Many, _says("Exit 3 where such probes showed nothing, whatever else is known.", "KIND[:SHAPE]")
    ] = ()
    save: Annotated[str | None, _says("Keep the raw messages that came back here.", "DIR")] = None
    journal: Annotated[str | None, _says("Database of the runs (default: SQLite in the state directory).", "URL")] = (
        None
    )
    quiet: Annotated[bool, _says("No progress on stderr.")] = False
    verbose: Annotated[bool, _says("All evidence in the text report; all that happens in the log on stderr.")] = False
    listings: Annotated[
        bool, _says("Ask DNS lists about the targets' addresses, after the verdict: information that changes nothing.")
    ] = False
    redact: Annotated[
        bool, _says("Replace addresses, hosts, IP addresses and ids in the report, each by the same.")
    ] = False
    docs_url: Annotated[SiteUrl | None, _says(_DOCS_URL, "URL")] = None
    color: Annotated[Color, _says("Color on terminals; NO_COLOR and FORCE_COLOR are heeded.")] = Color.AUTO


class Setting(Struct, frozen=True):
    """One row of the table, as the other forms of it (option, environment, key) need it."""

    name: str
    type: Any  # what msgspec converts to, constraints and all
    bare: Any  # the same without `Annotated` and `None`
    default: Any
    description: str
    metavar: str

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def many(self) -> bool:
        return get_origin(self.bare) is tuple

    @property
    def flag(self) -> bool:
        return self.bare is bool

    @property
    def choices(self) -> tuple[str, ...]:
        is_enum = isinstance(self.bare, type) and issubclass(self.bare, StrEnum)
        return tuple(member.value for member in self.bare) if is_enum else ()


def _setting(field: msgspec.structs.FieldInfo) -> Setting:
    plain, *metas = get_args(field.type)
    says = next(meta for meta in metas if meta.description)
    bare = next((part for part in get_args(plain) if part is not type(None)), plain)
    if get_origin(plain) is tuple:
        bare = plain
    return Setting(field.name, field.type, bare, field.default, says.description, says.extra["metavar"])


SETTINGS: dict[str, Setting] = {field.name: _setting(field) for field in msgspec.structs.fields(Values)}
