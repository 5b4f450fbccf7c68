"""Exchange 2007 and later, Microsoft 365, where the structure got lost."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

FORM = Form(
    family="exchange",
    marks=(
        "Diagnostic information for administrators",
        "Delivery has failed to these recipients",
        "Generating server:",
    ),
)


def read(message: Message) -> Draft | None:
    return read_form(message, FORM)
