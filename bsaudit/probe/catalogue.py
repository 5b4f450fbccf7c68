"""The catalogue of probe kinds: one row a kind, one line a shape. Pure data; the plan is made from it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from bsaudit.model.mail import Route
from bsaudit.model.notification import Reason
from bsaudit.model.probe import Probe, Role
from bsaudit.probe.content import (
    BANNED_FILE,
    CONTENT_REASONS,
    LIST_POST,
    NOTIFICATION,
    NOTIFICATION_OF_TEST,
    OFFER,
    ORDINARY,
    OVERSIZE,
    PHISH,
    RULE,
    SPAM,
    UNKNOWN,
    URIS,
    VIRUS,
    VIRUS_IN_ZIP,
    VIRUS_IN_ZIPS,
    Content,
)

BOTH = frozenset({Route.RELAY, Route.DIRECT})
DIRECT = frozenset({Route.DIRECT})


class To(StrEnum):
    """Whom a shape is addressed to."""

    RANDOM = "random"  # somebody who does not exist and whom nobody can guess
    ROLE = "role"  # … whose name looks like a role
    TAGGED = "tagged"  # the valid user with a tag that the edge may strip and an inner host refuse
    LONG = "long"  # … with a local-part of 64 octets
    QUOTED = "quoted"  # … with a quoted local-part
    UTF8 = "utf8"  # … with a local-part beyond ASCII (SMTPUTF8)
    MX_HOST = "mx-host"  # … at the mail exchanger's own host name
    ALIAS = "alias"  # … at another domain of the target
    NAMED = "named"  # the address that the user named for this kind, else the valid recipient
    MIXED = "mixed"  # the valid recipient and somebody who does not exist, in one transaction
    WITH_RANDOM = "with-random"  # the role address, and somebody who does not exist to compare with


class Shape(Struct, frozen=True):
    """A variant of a kind: whom it goes to (`to`) and what the message holds (`content`, see `probe.content`).

    `each_exchanger` repeats it at every address of every MX on the direct route; `null_reverse_path` sends it from
    `<>`; `rcpt_only` asks at RCPT and sends nothing; `repeat` sends it a second time from the same reverse-path; `fits`
    are reasons of a rejection that answer this shape besides those that answer its kind.
    """

    name: str
    to: To = To.NAMED
    content: Content = ORDINARY
    default: bool = True
    each_exchanger: bool = False
    null_reverse_path: bool = False
    rcpt_only: bool = False
    repeat: bool = False
    fits: frozenset[Reason] = frozenset()


class ProbeKind(Struct, frozen=True, kw_only=True):
    """A row of the catalogue.

    `role` is whom it is sent to; `fits` are the reasons for which a rejection answers this probe, all others mask it.
    `default` False: only when asked for (by name, or by naming the address that it `needs`).
    """

    kind: str
    purpose: str
    role: Role
    shapes: tuple[Shape, ...]
    fits: frozenset[Reason]
    proves: str
    needs: str = ""
    routes: frozenset[Route] = BOTH
    default: bool = True


_UNKNOWN = frozenset({Reason.USER_UNKNOWN, Reason.MAILBOX_DISABLED})
# An address of an odd form that is refused for its form is refused; one at a name that is no mail domain, as such.
_FORM = frozenset({Reason.PROTOCOL})
_ELSEWHERE = frozenset({Reason.RELAY_DENIED, Reason.HOST_UNKNOWN})
_DISABLED = frozenset({Reason.MAILBOX_DISABLED, Reason.USER_UNKNOWN, Reason.POLICY, Reason.FILTERED})
# What a destination refuses in the forwarder's own session (cut-through) is the destination's reason.
_PASSED_ON = frozenset({Reason.USER_UNKNOWN, Reason.MAILBOX_DISABLED, Reason.MAILBOX_FULL, Reason.FILTERED})
_NOTHING: frozenset[Reason] = frozenset()

CATALOGUE: tuple[ProbeKind, ...] = (
    ProbeKind(
        kind="unknown-recipient",
        purpose="mail to somebody who does not exist",
        role=Role.UNKNOWN,
        shapes=(
            Shape("random", To.RANDOM, each_exchanger=True),
            Shape("role", To.ROLE),
            Shape("tagged", To.TAGGED),
            Shape("long", To.LONG, default=False, fits=_FORM),
            Shape("quoted", To.QUOTED, default=False, fits=_FORM),
            Shape("utf8", To.UTF8, default=False, fits=_FORM),
            Shape("mx-host", To.MX_HOST, default=False, fits=_ELSEWHERE),
            Shape("alias", To.ALIAS, default=False),
        ),
        fits=_UNKNOWN,
        proves="a server that takes mail for unknown users must bounce it later (RFC 5321 §6.1)",
    ),
    ProbeKind(
        kind="spam",
        purpose="mail that every spam filter knows",
        role=Role.VALID,
        shapes=(
            Shape("gtube", content=SPAM),
            Shape("offer", content=OFFER),
            Shape("uri", content=URIS, default=False),
        ),
        fits=CONTENT_REASONS,
        proves="a filter behind the queue bounces what it should have refused at end of data",
    ),
    ProbeKind(
        kind="virus",
        purpose="the EICAR test file",
        role=Role.VALID,
        shapes=(
            Shape("eicar", content=VIRUS),
            Shape("zip", content=VIRUS_IN_ZIP),
            Shape("nested", content=VIRUS_IN_ZIPS, default=False),
        ),
        fits=CONTENT_REASONS,
        proves="a scanner behind the queue notifies the forged sender of a worm",
    ),
    ProbeKind(
        kind="banned-attachment",
        purpose="a harmless file under a name that no policy lets pass",
        role=Role.VALID,
        shapes=(Shape("double-extension", content=BANNED_FILE),),
        fits=CONTENT_REASONS,
        proves="a rule about attachments applied behind the queue bounces",
    ),
    ProbeKind(
        kind="mixed-recipients",
        purpose="a valid and an unknown recipient in one transaction",
        role=Role.UNKNOWN,
        shapes=(Shape("unknown", To.MIXED), Shape("content", To.MIXED, content=SPAM, default=False)),
        fits=_UNKNOWN,
        proves="a server that can refuse one recipient alone still bounces for it in company",
    ),
    ProbeKind(
        kind="null-reverse-path",
        purpose="a notification from <>",
        role=Role.UNKNOWN,
        shapes=(
            Shape("unknown", To.RANDOM, content=NOTIFICATION, null_reverse_path=True),
            Shape("valid", To.NAMED, null_reverse_path=True, rcpt_only=True),
        ),
        fits=_UNKNOWN,
        proves="a notification is answered by nobody (RFC 5321 §6.1), and taken for real users (RFC 1123 §5.2.9)",
        routes=DIRECT,
    ),
    ProbeKind(
        kind="phish",
        purpose="a test string for phishing filters; no filter is known to honour it (experimental)",
        role=Role.VALID,
        shapes=(Shape("gtphish", content=PHISH),),
        fits=CONTENT_REASONS,
        proves="as spam",
        default=False,
    ),
    ProbeKind(
        kind="oversize",
        purpose="a message larger than the target takes",
        role=Role.VALID,
        shapes=(Shape("oversize", content=OVERSIZE),),
        fits=frozenset({Reason.TOO_BIG}),
        proves="a size limit behind the gateway bounces what SIZE should have refused (RFC 1870)",
        routes=DIRECT,
        default=False,
    ),
    ProbeKind(
        kind="rule",
        purpose="a message that the target's own rule rejects",
        role=Role.VALID,
        shapes=(Shape("rule", content=RULE),),
        fits=CONTENT_REASONS,
        proves="a rule applied behind the queue bounces",
        needs="--rule FILE",
        default=False,
    ),
    ProbeKind(
        kind="mailbox-full",
        purpose="mail to a mailbox over its quota",
        role=Role.FULL,
        shapes=(Shape("full"),),
        fits=frozenset({Reason.MAILBOX_FULL}),
        proves="a quota enforced at delivery bounces; one enforced at RCPT rejects",
        needs="--full-recipient ADDR",
        default=False,
    ),
    ProbeKind(
        kind="mailbox-disabled",
        purpose="mail to a mailbox that is switched off",
        role=Role.DISABLED,
        shapes=(Shape("disabled"),),
        fits=_DISABLED,
        proves="an account disabled behind the edge bounces",
        needs="--disabled-recipient ADDR",
        default=False,
    ),
    ProbeKind(
        kind="autoresponder",
        purpose="mail to somebody on vacation",
        role=Role.AUTORESPONDER,
        shapes=(
            Shape("ordinary", repeat=True),
            Shape("spam", content=SPAM),
            Shape("list", content=LIST_POST),
        ),
        fits=_NOTHING,
        proves="who is answered, and how (RFC 3834): spam never, lists never, everybody else once",
        needs="--autoresponder ADDR",
        default=False,
    ),
    ProbeKind(
        kind="challenge",
        purpose="an ordinary message from somebody the target has never met",
        role=Role.VALID,
        shapes=(Shape("stranger"),),
        fits=_NOTHING,
        proves="a challenge to a forged sender is backscatter",
        default=False,
    ),
    ProbeKind(
        kind="forwarder",
        purpose="an ordinary message to an address that forwards elsewhere",
        role=Role.FORWARDER,
        shapes=(Shape("ordinary"),),
        fits=_PASSED_ON,
        proves="what the destination refuses comes back through the forwarder",
        needs="--forwarder ADDR, and the permission of its destination",
        default=False,
    ),
    ProbeKind(
        kind="mailing-list",
        purpose="an ordinary message to a list, from somebody who is no member",
        role=Role.LIST,
        shapes=(Shape("non-member"),),
        fits=frozenset({Reason.POLICY, Reason.FILTERED}),
        proves="a list that tells strangers that their post was held or refused",
        needs="--mailing-list ADDR",
        default=False,
    ),
    ProbeKind(
        kind="postmaster",
        purpose="does postmaster exist (RFC 5321 §4.5.1)? Asked at RCPT, nothing is sent",
        role=Role.POSTMASTER,
        shapes=(Shape("postmaster", To.WITH_RANDOM, rcpt_only=True),),
        fits=_UNKNOWN,
        proves="there is somebody to complain to",
        routes=DIRECT,
        default=False,
    ),
    ProbeKind(
        kind="contact",
        purpose="does the address exist that a bounce tells people to write to? Asked at RCPT, after such a bounce",
        role=Role.POSTMASTER,
        shapes=(),
        fits=_UNKNOWN,
        proves="the advice in the bounce leads somewhere",
        needs="a bounce that names an address of the target",
        routes=DIRECT,
        default=False,
    ),
    ProbeKind(
        kind="abuse",
        purpose="does abuse exist (RFC 2142)? Asked at RCPT, nothing is sent",
        role=Role.ABUSE,
        shapes=(Shape("abuse", To.WITH_RANDOM, rcpt_only=True),),
        fits=_UNKNOWN,
        proves="there is somebody to complain to",
        routes=DIRECT,
        default=False,
    ),
)

KINDS: dict[str, ProbeKind] = {row.kind: row for row in CATALOGUE}
# Every content that is ever sent: those of the shapes, and the one that only a control carries.
CONTENTS: dict[str, Content] = {
    content.name: content
    for content in (NOTIFICATION_OF_TEST, *(shape.content for row in CATALOGUE for shape in row.shapes))
}


def content_of(probe: Probe) -> Content:
    """Return what `probe` holds; of a name that this version does not know, one of which the worst is assumed."""
    return CONTENTS.get(probe.content, UNKNOWN)


def content_of_shape(kind: str, shape: str | None) -> Content:
    """Return what a probe of this kind and shape holds; where this version knows no such, as `content_of`."""
    shapes = KINDS[kind].shapes if kind in KINDS else ()
    return next((one.content for one in shapes if one.name == shape), shapes[0].content if shapes else UNKNOWN)


def is_known(probe: Probe) -> bool:
    """Say whether this version knows what `probe`, which may stand in the journal of another, tries."""
    return (probe.control is not None or probe.kind in KINDS) and probe.content in CONTENTS
