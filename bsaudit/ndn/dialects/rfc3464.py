"""Delivery status notifications: a message/delivery-status part that is the message's own (RFC 3464, 6522, 6533)."""

from __future__ import annotations

import re

from bsaudit.model.notification import RECEIPTS, Action, Kind
from bsaudit.ndn.draft import Claim, Draft
from bsaudit.ndn.dsn import read_groups
from bsaudit.ndn.family import family_of
from bsaudit.ndn.gate import is_answer, is_list_post
from bsaudit.ndn.message import Message
from bsaudit.ndn.mime import Part
from bsaudit.ndn.original import find_part
from bsaudit.ndn.prose import Form, add_context, read_prose
from bsaudit.ndn.status import FIRST_FAILURE, reply_code
from bsaudit.ndn.words import FAILURE

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_KINDS = (
    (Action.FAILED, Kind.NDN),
    (Action.DELAYED, Kind.DELAY),
    (Action.RELAYED, Kind.RELAYED),
    (Action.DELIVERED, Kind.SUCCESS),
    (Action.EXPANDED, Kind.SUCCESS),
)


def read(message: Message) -> Draft | None:
    part = message.part(*STATUS_TYPES) or _renamed(message)
    if part is None or not _is_own(message):
        return None
    draft = Draft(Kind.NDN, original=find_part(message.leaves))
    read_groups(part.text, draft)
    draft.kind = kind_of(draft)
    draft.prose = message.prose
    draft.family = family_of(message, draft.prose)
    _complete(message, draft)
    add_context(draft.claims, draft.prose)
    return draft


def _renamed(message: Message) -> Part | None:
    """Return the report's fields where a gateway made text of them: the part of a multipart/report that begins so."""
    if message.content_type != "multipart/report" or message.report_type == "disposition-notification":
        return None
    return next(
        (leaf for leaf in message.leaves if _BEGINS.match(leaf.body) and "recipient:" in leaf.body.lower()), None
    )


_BEGINS = re.compile(r"\s{0,9}(?:reporting-mta|original-envelope-id|final-recipient)[ \t]{0,8}:", re.IGNORECASE)


def _is_own(message: Message) -> bool:
    """Tell the message's own report from one that a person attached: some systems' reports are multipart/mixed."""
    if message.content_type == "multipart/report" or message.from_mail_system or message.null_reverse_path:
        return True
    return FAILURE.found_in(message.folded_subject) and not (is_answer(message) or is_list_post(message))


def _complete(message: Message, draft: Draft) -> None:
    """Mend what the groups leave out: recipients that only the prose or Original-Recipient names."""
    if not any(claim.final or claim.original for claim in draft.claims):
        draft.defects.append("the delivery report names no recipient")
        told = read_prose(message, Form()).claims
        if told and draft.claims:
            told[0].status, told[0].action = draft.claims[0].status, draft.claims[0].action
        draft.claims = told or draft.claims
    for claim in draft.claims:
        claim.final = claim.final or claim.original


def kind_of(draft: Draft) -> Kind:
    """Return the kind by the gravest action of any recipient; `other` where one says both that it arrived and not.

    Without an action that we know it failed, unless its status (RFC 3463 §2) or the quoted reply says success.
    """
    actions = {claim.action or (Action.DELIVERED if _succeeds(claim) else Action.FAILED) for claim in draft.claims}
    kind = next((kind for action, kind in _KINDS if action in actions), Kind.NDN)
    return Kind.OTHER if kind in RECEIPTS and any(map(_fails, draft.claims)) else kind


def _succeeds(claim: Claim) -> bool:
    return (claim.status or str(reply_code(claim.diagnostic or ""))).startswith("2") and not _fails(claim)


def _fails(claim: Claim) -> bool:
    """Say whether the status or the quoted reply speaks of failure, whatever the action is called."""
    return (claim.status or "").startswith(("4", "5")) or (reply_code(claim.diagnostic or "") or 0) >= FIRST_FAILURE
