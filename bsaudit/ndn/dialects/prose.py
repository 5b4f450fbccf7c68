"""Whatever a mail system writes for people only, and no dialect above knows."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_prose

FORM = Form(family="", marks=())


def read(message: Message) -> Draft | None:
    draft = read_prose(message, FORM)
    return draft if draft.claims or message.null_reverse_path or draft.original is not None else None
