"""Gmail and Google Workspace."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(
    family="gmail",
    marks=(
        "Delivery to the following recipient failed permanently",
        "Delivery to the following recipients failed permanently",
        "Delivery to the following recipient has been delayed",
        "Google tried to deliver your message",
        "This is an automatically generated Delivery Status Notification",
    ),
)


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
