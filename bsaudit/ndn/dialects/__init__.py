"""The ordered table of dialects: the first row that can read a message reads it.

Most authoritative first: machine-readable structure, then formats with a mark of their own, then prose.
To add a dialect: a file with `read(message) -> Draft | None`, and a row here.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from bsaudit.ndn.dialects import (
    amazon,
    amazon_sns,
    aol,
    autoreply,
    barracuda,
    challenge,
    communigate,
    courier,
    domino,
    dragonfly,
    exchange,
    exim,
    feedback,
    gmail,
    googlegroups,
    groupwise,
    hmailserver,
    imail,
    interscan,
    james,
    listmanager,
    mailfoundry,
    mailmarshal,
    mdaemon,
    mdn,
    mfilter,
    mimecast,
    office365,
    openmail,
    opensmtpd,
    phquery,
    postfix,
    prose,
    qmail,
    rfc3464,
    sendmail,
    sina,
    surfcontrol,
    virus_notice,
    yahoo,
    zoho,
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
    Dialect("yahoo", yahoo.read),
    Dialect("gmail", gmail.read),
    Dialect("zoho", zoho.read),
    Dialect("postfix", postfix.read),
    Dialect("mfilter", mfilter.read),
    Dialect("dragonfly", dragonfly.read),
    Dialect("opensmtpd", opensmtpd.read),
    Dialect("aol", aol.read),
    Dialect("office365", office365.read),
    Dialect("exchange", exchange.read),
    Dialect("amazon", amazon.read),
    Dialect("mimecast", mimecast.read),
    Dialect("interscan", interscan.read),
    Dialect("imail", imail.read),
    Dialect("mdaemon", mdaemon.read),
    Dialect("domino", domino.read),
    Dialect("james", james.read),
    Dialect("courier", courier.read),
    Dialect("groupwise", groupwise.read),
    Dialect("mailmarshal", mailmarshal.read),
    Dialect("surfcontrol", surfcontrol.read),
    Dialect("barracuda", barracuda.read),
    Dialect("hmailserver", hmailserver.read),
    Dialect("phquery", phquery.read),
    Dialect("sina", sina.read),
    Dialect("communigate", communigate.read),
    Dialect("openmail", openmail.read),
    Dialect("mailfoundry", mailfoundry.read),
    Dialect("sendmail", sendmail.read),
    Dialect("exim", exim.read),
    Dialect("prose", prose.read),
    Dialect("auto-submitted", autoreply.likely, structured=True),
)
