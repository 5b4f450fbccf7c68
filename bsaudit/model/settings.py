"""What the user asked for, after options, environment, file and defaults have been put together."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from bsaudit.model.mail import Route

DEFAULT_WAIT_S = 15 * 60.0
DEFAULT_GRACE_S = 5 * 60.0
DEFAULT_MAX_PROBES = 12  # messages to one target; enough for the default plan, too few to annoy
DEFAULT_MAX_MESSAGES = 500  # in one run, whatever it is aimed at
DEFAULT_RATE = 1.0  # messages a second to one target


class Secret:
    """A password or token that shows itself to nobody but the code that asks for `reveal()`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> tuple[object, ...]:
        msg = "a secret is never serialised"
        raise TypeError(msg)


class Tls(StrEnum):
    STARTTLS = "starttls"  # demanded, not opportunistic
    IMPLICIT = "implicit"
    NONE = "none"


class CatchKind(StrEnum):
    IMAP = "imap"
    MAILDIR = "maildir"
    MBOX = "mbox"
    SINK = "sink"


class Extent(StrEnum):
    """How much of the plan every domain of a host is asked for."""

    FULL = "full"
    RECIPIENTS = "recipients"  # no more, where another domain shows what the same hosts do with content


class Tagging(StrEnum):
    """How a token is put into a catch address."""

    PLUS = "plus"  # local+token@domain
    MINUS = "minus"  # local-token@domain
    CATCHALL = "catchall"  # token@domain
    NONE = "none"  # the address as it is; matching rests on ENVID, Message-ID and body
    AUTO = "auto"  # learned from the catch control


class RelaySettings(Struct, frozen=True, kw_only=True):
    host: str
    port: int
    tls: Tls = Tls.STARTTLS
    user: str | None = None
    password: Secret | None = None
    token_command: str | None = None

    @property
    def url(self) -> str:
        """The URL without credentials, for messages and reports."""
        scheme = "smtps" if self.tls is Tls.IMPLICIT else "smtp"
        return f"{scheme}://{self.host}:{self.port}"


class CatchPlace(Struct, frozen=True, kw_only=True):
    r"""Which mailbox is read, without what opens it: what the journal may keep.

    `folders` empty means INBOX and the folder marked \Junk. `path` is for maildir and mbox, `host` and `port` for the
    rest.
    """

    kind: CatchKind
    host: str | None = None
    port: int | None = None
    tls: Tls = Tls.IMPLICIT
    user: str | None = None
    folders: tuple[str, ...] = ()
    path: str | None = None
    certificate: str | None = None  # sink: PEM files for STARTTLS
    key: str | None = None
    public: str | None = None  # sink: the address at which the world reaches it, where a router or cloud translates
    public_port: int | None = None  # … and the port, if another than 25


class CatchSettings(CatchPlace, frozen=True, kw_only=True):
    """Where returned mail is read, and what opens it."""

    password: Secret | None = None
    token_command: str | None = None

    @property
    def place(self) -> CatchPlace:
        return CatchPlace(**{name: getattr(self, name) for name in CatchPlace.__struct_fields__})


Raw = str | bool | tuple[str, ...]


class Recipe(Struct, frozen=True, kw_only=True):
    """How a command line asked for an audit: what repeats it (`--again`).

    `settings` are those that were set, as texts by name, and none of them secret or a command; `found_by` are the
    options by which a later command finds the journal and the secrets.
    """

    settings: dict[str, Raw] = {}
    found_by: str = ""


class HostAgreement(Struct, frozen=True, kw_only=True):
    """What the operator of a host, an organisation or a relay agreed to, beyond the defaults (docs/harm.md).

    `match` is an address, a network, or a name, which stands for all below it; `rate` in messages a second, `budget` in
    messages a run and a day, `refused` in unknown recipients in ten minutes, `connections` at once.
    """

    match: str
    authorized_by: str
    rate: float | None = None
    budget: int | None = None
    refused: int | None = None
    connections: int | None = None


class Terms(Struct, frozen=True, kw_only=True):
    """What holds for one of several targets alone; what it does not say holds as for all."""

    target: str
    authorized_by: str | None = None
    expected_mx: tuple[str, ...] = ()
    alias_domains: tuple[str, ...] = ()
    target_hosts: tuple[str, ...] = ()


class AuditSettings(Struct, frozen=True, kw_only=True):
    """Everything `bsaudit probe` needs. Durations in seconds, `rate` in messages a second to one target."""

    targets: tuple[str, ...]
    route: Route = Route.RELAY
    relay: RelaySettings | None = None
    mx: tuple[str, int] | None = None
    port: int = 25
    catch: CatchSettings | None = None
    catch_addresses: tuple[str, ...] = ()
    tagging: Tagging = Tagging.AUTO
    valid_recipients: tuple[str, ...] = ()
    full_recipients: tuple[str, ...] = ()
    disabled_recipients: tuple[str, ...] = ()
    autoresponders: tuple[str, ...] = ()
    forwarders: tuple[str, ...] = ()
    mailing_lists: tuple[str, ...] = ()
    alias_domains: tuple[str, ...] = ()  # other domains that a target's mail exchangers take mail for
    target_hosts: tuple[str, ...] = ()  # names and addresses of other hosts that the user says are the target's
    catch_mx_port: int = 25  # a laboratory's mail exchangers listen elsewhere
    catch_vouched_by: str | None = None  # who says that mail from elsewhere reaches the catch mailbox
    third_party_permission: str | None = None  # who allowed mail to a forwarder's destination or a list's members
    rules: tuple[str, ...] = ()  # texts of messages or snippets that the target's own rules reject
    kinds: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    plan: Extent = Extent.FULL
    relay_log: str | None = None  # a file, or a command that prints the relay's log
    target_queue: str | None = None  # a command that prints the target's own queue
    valid_mailbox: CatchSettings | None = None  # the valid recipient's own mailbox
    wait_s: float = DEFAULT_WAIT_S
    wait_auto: bool = False  # wait longer where greylisting or deferral was seen
    grace_s: float = DEFAULT_GRACE_S
    authorized_by: str | None = None
    expected_mx: tuple[str, ...] = ()  # the mail exchangers for which permission was given
    relay_permission: str | None = None
    contact: str | None = None
    about_url: str | None = None  # a page that explains these tests to whoever receives one
    resolver: tuple[str, int] | None = None
    ca_file: str | None = None
    insecure: bool = False
    rate: float = DEFAULT_RATE
    max_probes: int = DEFAULT_MAX_PROBES
    max_messages: int = DEFAULT_MAX_MESSAGES
    hosts: tuple[HostAgreement, ...] = ()
    listings: bool = False  # ask DNS lists and contact databases about the targets, once the verdict stands
    journal_url: str | None = None
    save_dir: str | None = None
    helo_name: str | None = None
    recipe: Recipe | None = None  # None: no command line asked for it
    terms: tuple[Terms, ...] = ()
    unattended: bool = False  # a target that cannot be audited, or that nobody allowed, holds up no other


class Limits(Struct, frozen=True, kw_only=True):
    """What a target was promised and how long is waited: messages a second and in all; seconds in all and of quiet."""

    rate: float
    max_probes: int
    wait_s: float
    grace_s: float


class RunSettings(Struct, frozen=True, kw_only=True):
    """What the journal keeps of the settings: no secret.

    `lacking` are shapes that the relay's owner did not allow, `dropped_fields` the fields of each rule that are not
    sent.
    """

    limits: Limits | None = None
    kinds: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    catch: CatchPlace | None = None
    lacking: tuple[str, ...] = ()
    contact: str | None = None
    recipe: Recipe | None = None
    dropped_fields: tuple[tuple[str, ...], ...] = ()
