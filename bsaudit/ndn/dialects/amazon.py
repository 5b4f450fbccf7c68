"""Amazon WorkMail and SES as prose."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(
    family="amazon-ses", marks=("An error occurred while trying to deliver the mail to the following recipients",)
)


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
