"""phquery, a university's directory of names: it names users without a domain, and advises on other addresses."""

from __future__ import annotations

import re

from bsaudit.ndn.draft import Claim, Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(family="phquery", marks=("(phquery V",))
_LIST = re.compile(r"Message not delivered to the following:(.{0,4000}?)^ *-{4}", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"^ *(\S{1,320})[ \t]+(\S.{0,400})$", re.MULTILINE)


def read(message: Message) -> Draft | None:
    draft = read_form(message, FORM)
    listed = _LIST.search(message.prose) if draft is not None else None
    if draft is not None and listed is not None:
        first = draft.claims[0] if draft.claims else Claim()
        draft.claims = [
            Claim(final=name, action=first.action, diagnostic=why, text=first.text)
            for name, why in _NAME.findall(listed[1])
        ]
    return draft
