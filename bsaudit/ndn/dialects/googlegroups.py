"""Google Groups: no such group, or none that takes mail from this sender; in every language of the interface."""

from __future__ import annotations

from bsaudit.model.notification import Reason
from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form
from bsaudit.ndn.status import enhanced_code

FORM = Form(family="gmail", marks=("groups.google.com/support", "support.google.com/a/answer/", "Google Groups"))


def read(message: Message) -> Draft | None:
    if "google" not in message.sender.lower():
        return None
    draft = read_form(message, FORM)
    for claim in draft.claims if draft else ():
        if enhanced_code(claim.text) is None:  # else a server said why
            claim.reason = Reason.POLICY
    return draft
