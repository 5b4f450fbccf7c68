"""Which product wrote a delivery report, by its habits: what its prose says, what its header carries."""

from __future__ import annotations

from bsaudit.ndn.message import Message

# Literal marks in the prose, most particular first
_PROSE = (
    ("Mailer Daemon <MAILER-DAEMON", "opensmtpd"),
    ("This is the MAILER-DAEMON, please DO NOT REPLY", "opensmtpd"),
    ("This is the mail system at host", "postfix"),
    ("program at host", "postfix"),
    ("This message was created automatically by mail delivery software", "exim"),
    ("running the Courier mail server", "courier"),
    ("Transcript of session follows", "sendmail"),
    ("qmail-send program", "qmail"),
    ("Message from InterScan", "interscan"),
    ("This is an automatically generated message from SendGrid", "sendgrid"),
    ("I am sending you this message to inform you on the delivery status", "powermta"),
    ("The delivery of your message failed", "chasquid"),
    ("Google tried to deliver your message", "gmail"),
    ("The response from the remote server was", "gmail"),
    ("Diagnostic information for administrators", "exchange"),
    ("Generating server:", "exchange"),
    ("This is an automatically generated Delivery Status Notification", "exchange"),
    ("was not delivered to:", "domino"),
    ("DragonFly Mail Agent", "dma"),
)
# (field, mark in lower case, family)
_HEADER = (
    ("x-mailer", "surfcontrol", "surfcontrol"),
    ("x-mailer", "interscan", "interscan"),
    ("x-mailer", "amazon workmail", "amazon-ses"),
    ("x-mailer", "xwall", "xwall"),
    ("x-mailer", "hmailserver", "hmailserver"),
    ("x-mailer", "mime-tools", ""),
    ("x-mailer", "haraka", "haraka"),
    ("from", "googlemail.com", "gmail"),
    ("from", "amazonses.com", "amazon-ses"),
    ("from", "barracuda", "barracuda"),
    ("from", "groupwise", "groupwise"),
    ("from", "mimecast", "mimecast"),
    ("subject", "delivery notification: delivery has failed", "messaging-server"),
    ("subject", "delivery failure: ", "domino"),
    ("from", "pmdf", "messaging-server"),
)
# Gateways that take a message and are refused later, for its content: their "user unknown" was not said to RCPT.
_TAKES_FIRST = frozenset({"james", "surfcontrol", "mailfoundry", "openmail", "yahoo-provider"})


def refused_content(family: str | None, prose: str) -> bool:
    """Tell whether a "user unknown" came to the message: Courier's ">>> DATA" says so, Sendmail's not (pipelining)."""
    return family in _TAKES_FIRST or (family == "courier" and ">>> DATA" in prose)


def family_of(message: Message, prose: str) -> str | None:
    """Return the family of products, None where no habit is known."""
    for mark, family in _PROSE:
        if mark in prose:
            return family
    fields = message.top.fields
    if "x-ms-exchange-message-is-ndr" in fields or "x-ms-exchange-crosstenant-id" in fields:
        return "exchange"
    for name, mark, family in _HEADER:
        if name in fields and mark in fields[name][0].lower():
            return family or None
    return _by_message_id(message)


def _by_message_id(message: Message) -> str | None:
    """Amavisd and Haraka show only here and in Received."""
    sender = message.sender.lower()
    if "content-filter" in sender or "amavis" in " ".join(message.top.all("message-id")).lower():
        return "amavis"
    received = message.top.all("received")
    oldest = received[-1].lower() if received else ""
    marks = (("(postfix)", "postfix"), ("(exim ", "exim"), ("haraka", "haraka"), ("amavis", "amavis"))
    return next((family for mark, family in marks if mark in oldest), None)
