"""Whatever a mail system writes for people only, and no dialect above knows."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.patterns import ANGLED, LEADING
from bsaudit.ndn.prose import Form, read_prose

FORM = Form(family="", marks=())


def read(message: Message) -> Draft | None:
    draft = read_prose(message, FORM)
    if message.from_mail_system:
        return draft if draft.claims or message.null_reverse_path or draft.original is not None else None
    # a person tells of a failure in a sentence; a system lists recipients, or returns the message
    listed = ANGLED.search(draft.prose or "") or LEADING.search(draft.prose or "")
    return draft if draft.claims and (listed or draft.original is not None) else None
