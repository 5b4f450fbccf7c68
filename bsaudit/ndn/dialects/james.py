"""Apache James."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(family="james", marks=("Error message below:", "The error message below"))


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
