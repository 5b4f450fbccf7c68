"""Yahoo! and AOL after 2017."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(
    family="yahoo",
    marks=(
        "Sorry, we were unable to deliver your message to the following address",
        "Unable to deliver message to the following address(es)",
    ),
)


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
