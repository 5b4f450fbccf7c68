"""Exim, and the many that use its words."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(
    family="exim",
    marks=(
        "This message was created automatically by mail delivery software",
        "A message that you sent contained one or more recipient addresses",
        "A message that you sent was rejected by",
        "A message that you sent could not be delivered",
        "message was created automatically by mail delivery",
    ),
)


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
