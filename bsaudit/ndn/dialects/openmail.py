"""HP OpenMail and relatives.

---The following addresses had delivery errors---

recipient@example.org [User unknown]
"""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(family="openmail", marks=("The following addresses had delivery errors",))


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
