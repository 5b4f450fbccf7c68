"""MailFoundry.

Unable to deliver message to: <recipient@example.org>
Delivery failed for the following reason:
Server mx.example.org[192.0.2.222] failed with: 550 …
"""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(family="mailfoundry", marks=("This has been a permanent failure.  No further delivery attempts",))


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
