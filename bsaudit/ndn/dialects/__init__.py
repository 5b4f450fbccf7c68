"""The ordered table of dialects: the first row that can read a message reads it.

Most authoritative first: machine-readable structure, then formats with a mark of their own, then prose.
To add a dialect: a row in `forms`, if its marks and its recipients are all that is its own, else a file with
`read(message) -> Draft | None` and a row here.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from bsaudit.ndn.dialects import (
    amazon_sns,
    aol,
    autoreply,
    challenge,
    exchange,
    feedback,
    forms,
    googlegroups,
    listmanager,
    mdn,
    phquery,
    prose,
    qmail,
    rfc3464,
    sendmail,
    virus_notice,
)
from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message


class Dialect(Struct, frozen=True):
    """A row. A dialect that is not `structured` is only tried where a machine speaks of failure (`ndn.gate`)."""

    name: str
    read: Callable[[Message], Draft | None]
    structured: bool = False


DIALECTS = (
    Dialect("feedback-report", feedback.read, structured=True),
    Dialect("mdn", mdn.read, structured=True),
    Dialect("challenge", challenge.read, structured=True),
    Dialect("rfc3464", rfc3464.read, structured=True),
    Dialect("amazon-sns", amazon_sns.read, structured=True),
    Dialect("auto-reply", autoreply.certain, structured=True),
    Dialect("list-manager", listmanager.read, structured=True),
    Dialect("virus-notice", virus_notice.read, structured=True),
    Dialect("googlegroups", googlegroups.read),
    Dialect("qmail", qmail.read),
    Dialect("aol", aol.read),
    Dialect("exchange", exchange.read),
    Dialect("phquery", phquery.read),
    Dialect("form", forms.read),
    Dialect("sendmail", sendmail.read),
    Dialect("prose", prose.read),
    Dialect("auto-submitted", autoreply.likely, structured=True),
)
