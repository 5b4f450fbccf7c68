"""Postfix before 2.3 (no DSN), and its Japanese and French translations by providers."""

from __future__ import annotations

import re

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(
    family="postfix",
    recipient=re.compile(r"^<([^<>\n]{1,320})>(?: \(expanded from <[^<>\n]{1,320}>\))?:", re.MULTILINE),
    marks=(
        "program at host",
        "mail system at host",
        "have to inform you that the message returned",
        "have to inform you that your message could not",
    ),
)


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
