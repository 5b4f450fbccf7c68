"""Mimecast."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(family="mimecast", marks=("The problem appears to be",))


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
