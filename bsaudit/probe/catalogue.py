"""The catalogue of probe kinds: one row a kind, one line a shape. Pure data; the plan is made from it."""

from __future__ import annotations

from msgspec import Struct

from bsaudit.model.mail import Route
from bsaudit.model.notification import Reason
from bsaudit.model.probe import Role

BOTH = frozenset({Route.RELAY, Route.DIRECT})


class Shape(Struct, frozen=True):
    """A variant of a kind: how the recipient is made (`local_part`) or what the message holds (`content`).

    `each_exchanger` repeats it at every address of every MX on the direct route.
    """

    name: str
    content: str = "ordinary"
    local_part: str | None = None
    default: bool = True
    each_exchanger: bool = False


class Kind(Struct, frozen=True, kw_only=True):
    """A row of the catalogue.

    `role` is whom it is sent to; `fits` are the reasons for which a rejection answers this probe, all others mask it;
    `consent` says that the relay's owner must have agreed, since test strings get relay accounts suspended.
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
    consent: bool = False


_UNKNOWN = frozenset({Reason.USER_UNKNOWN, Reason.MAILBOX_DISABLED})
# Filters seldom say which rule it was: a refusal of the content for any reason of content fits.
_CONTENT = frozenset({Reason.SPAM, Reason.VIRUS, Reason.POLICY, Reason.FILTERED})

CATALOGUE: tuple[Kind, ...] = (
    Kind(
        kind="unknown-recipient",
        purpose="mail to somebody who does not exist",
        role=Role.UNKNOWN,
        shapes=(
            Shape("random", local_part="random", each_exchanger=True),
            Shape("role", local_part="role"),
            Shape("tagged", local_part="tagged"),
            Shape("long", local_part="long", default=False),
            Shape("quoted", local_part="quoted", default=False),
        ),
        fits=_UNKNOWN,
        proves="a server that takes mail for unknown users must bounce it later",
    ),
    Kind(
        kind="spam",
        purpose="mail that every spam filter knows",
        role=Role.VALID,
        shapes=(
            Shape("gtube", content="gtube"),
            Shape("offer", content="offer"),
            Shape("uri", content="uri", default=False),
        ),
        fits=_CONTENT,
        proves="a filter behind the queue bounces what it should have refused at end of data",
        consent=True,
    ),
    Kind(
        kind="virus",
        purpose="the EICAR test file",
        role=Role.VALID,
        shapes=(
            Shape("eicar", content="eicar"),
            Shape("zip", content="eicar-zip"),
            Shape("nested", content="eicar-nested", default=False),
        ),
        fits=_CONTENT,
        proves="a scanner behind the queue notifies the forged sender of a worm",
        consent=True,
    ),
)

KINDS: dict[str, Kind] = {row.kind: row for row in CATALOGUE}
