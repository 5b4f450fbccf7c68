"""Zoho Mail."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(family="zoho", marks=("Zoho Mail",), where=("x-mailer",))


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
