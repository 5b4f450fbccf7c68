"""The dialects that are nothing but a form: one table row each.

A row names its marks, literal strings in the first lines or in the fields that `where` names; how the recipients are
found, where the common way of `ndn.prose` does not find them. The first row whose mark stands there reads the message.
"""

from __future__ import annotations

import re

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_prose

FORMS = (
    # The outgoing side quotes other servers, the incoming one speaks for itself after it took the message
    Form("yahoo", ("Sorry, we were unable to deliver your message to the following address",)),
    Form("yahoo", ("Unable to deliver message to the following address(es)",), family="yahoo-provider"),
    Form(
        "gmail",  # and Google Workspace
        (
            "Delivery to the following recipient failed permanently",
            "Delivery to the following recipients failed permanently",
            "Delivery to the following recipient has been delayed",
            "Google tried to deliver your message",
            "This is an automatically generated Delivery Status Notification",
        ),
    ),
    Form("zoho", ("Zoho Mail",), where=("x-mailer",)),
    Form(
        "postfix",  # before 2.3, without a report, and its translations by providers
        (
            "program at host",
            "mail system at host",
            "have to inform you that the message returned",
            "have to inform you that your message could not",
        ),
        recipient=re.compile(r"^<([^<>\n]{1,320})>(?: \(expanded from <[^<>\n]{1,320}>\))?:", re.MULTILINE),
    ),
    Form("mfilter", ("m-FILTER",), family="m-filter"),  # Digital Arts
    Form("dragonfly", ("This is the DragonFly Mail Agent",), family="dma"),  # Debian's dma, too
    Form("opensmtpd", ("This is the MAILER-DAEMON, please DO NOT REPLY",)),  # before 6.0
    Form(
        "office365",  # Exchange since 2007, where the report got lost
        (
            "Diagnostic information for administrators",
            "Delivery has failed to these recipients",
            "Generating server:",
        ),
        family="exchange",
    ),
    Form(
        "amazon",  # WorkMail, SES
        ("An error occurred while trying to deliver the mail to the following recipients",),
        family="amazon-ses",
    ),
    Form("mimecast", ("The problem appears to be",)),
    Form("interscan", ("InterScan",), where=("from", "subject", "content-type")),  # Trend Micro
    Form("imail", ("SMTP32",), where=("x-mailer",)),  # Ipswitch
    Form(
        "mdaemon",
        (
            "The attached message had PERMANENT fatal delivery errors",
            "The following addresses did NOT receive a copy",
            "MDaemon",
        ),
    ),
    Form("domino", ("------- Failure Reasons", "was not delivered to:")),  # Lotus Notes
    Form("james", ("Error message below:", "The error message below")),  # Apache
    Form("courier", ("UNDELIVERABLE MAIL", "Courier mail server")),
    Form("groupwise", ("The message that you sent was undeliverable", "GroupWise")),  # Novell
    Form("mailmarshal", ("MailMarshal",)),
    Form("surfcontrol", ("SurfControl",), where=("x-mailer", "from")),  # E-mail Filter
    Form("barracuda", ("Barracuda",), where=("from", "subject", "x-mailer")),  # Spam Firewall
    Form("hmailserver", ("hMailServer",)),
    Form("mailenable", ("MailEnable: Message could not be delivered",)),
    Form("sina", ("SinaMail",), where=("x-mailer",)),
    Form("communigate", ("CommuniGate",), where=("x-mailer", "received")),
    Form("openmail", ("The following addresses had delivery errors",)),  # HP, and relatives
    Form("mailfoundry", ("This has been a permanent failure.  No further delivery attempts",)),
    Form(
        "exim",  # and the many that use its words
        (
            "This message was created automatically by mail delivery software",
            "A message that you sent contained one or more recipient addresses",
            "A message that you sent was rejected by",
            "A message that you sent could not be delivered",
            "message was created automatically by mail delivery",
        ),
    ),
)


def read(message: Message) -> Draft | None:
    """Read a message by the first form whose mark it carries."""
    form = _marked(message)
    return read_prose(message, form) if form is not None else None


def _marked(message: Message) -> Form | None:
    fields, lead = message.top.fields, (message.lead,)
    for form in FORMS:
        for text in [fields[name][0] for name in form.where if name in fields] if form.where else lead:
            for mark in form.marks:
                if mark in text:
                    return form
    return None
