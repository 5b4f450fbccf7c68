"""Ipswitch IMail (SMTP32)."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(family="imail", marks=("SMTP32",), where=("x-mailer",))


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
