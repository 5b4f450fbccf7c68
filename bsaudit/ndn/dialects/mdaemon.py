"""MDaemon."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(
    family="mdaemon",
    marks=(
        "The attached message had PERMANENT fatal delivery errors",
        "The following addresses did NOT receive a copy",
        "MDaemon",
    ),
)


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
