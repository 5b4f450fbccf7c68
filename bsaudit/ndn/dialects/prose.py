"""Whatever a mail system writes for people only, and no dialect above knows."""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.gate import is_notice, speaks_of_incoming
from bsaudit.ndn.languages import MAILBOX, YOURS
from bsaudit.ndn.message import Message, address
from bsaudit.ndn.patterns import ANGLED, LEADING
from bsaudit.ndn.prose import Form, read_prose
from bsaudit.ndn.words import FAILURE

FORM = Form()


def read(message: Message) -> Draft | None:
    draft = read_prose(message, FORM)
    if draft.original is None and (_about_the_reader(message, draft) or not _about_mail_sent(message, draft)):
        return None
    if message.null_reverse_path or draft.original is not None:
        return draft
    # a person tells of a failure in a sentence; a system lists recipients, or returns the message
    listed = message.from_mail_system or ANGLED.search(draft.prose or "") or LEADING.search(draft.prose or "")
    return draft if draft.claims and listed else None


def _about_mail_sent(message: Message, draft: Draft) -> bool:
    """Tell a report, which is about a message of the reader's, from a mail system's other notices to its users."""
    if speaks_of_incoming(message):
        return False
    yours = YOURS.found_in(message.opening)
    if draft.claims:
        return yours or not (MAILBOX.found_in(message.opening) or is_notice(message))
    return FAILURE.found_in(message.folded_subject) or (yours and not MAILBOX.found_in(message.opening))


def _about_the_reader(message: Message, draft: Draft) -> bool:
    """Tell whether only the reader's own address is named: a notice about a mailbox, not about mail sent."""
    own = {found.lower() for name in ("to", "delivered-to") for one in message.top.all(name) if (found := address(one))}
    named = {claim.final.lower() for claim in draft.claims if claim.final}
    return bool(named) and named <= own
