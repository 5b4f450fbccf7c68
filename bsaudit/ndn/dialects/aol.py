"""AOL's own notices name screen names, without a domain.

Your mail to the following recipients could not be delivered because they are not accepting mail from …:
        screenname
"""

from __future__ import annotations

import re

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(
    family="aol",
    marks=("Your mail to the following recipients could not be delivered because",),
    recipient=re.compile(r"^[ \t]{1,20}([A-Za-z][\w.@\-]{1,128})[ \t]*$", re.MULTILINE),
)


def read(message: Message) -> Draft | None:
    draft = read_form(message, FORM)
    domain = (message.from_address or "").rpartition("@")[2].lower()
    for claim in draft.claims if draft and domain else ():
        if claim.final and "@" not in claim.final:
            claim.final = f"{claim.final}@{domain}"
    return draft
