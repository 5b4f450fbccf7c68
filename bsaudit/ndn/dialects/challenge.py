"""Challenges: TMDA, Spam Arrest, Boxbe, ASK, BoxTrapper, SpamBlocker … They ask the sender to prove to be a person.

Some dress as delivery reports (Boxbe), so this row stands before them.
"""

from __future__ import annotations

from bsaudit.model.notification import Kind
from bsaudit.ndn.draft import Draft
from bsaudit.ndn.gate import is_answer, is_list_post, own_words, quotes
from bsaudit.ndn.languages import PROVE, WAITING, WAY, YOURS
from bsaudit.ndn.message import Message
from bsaudit.ndn.original import find_part

# Header fields that only these products write; names in lower case
_FIELDS = {
    "x-tmda-fingerprint": "tmda", "x-boxtrapper": "boxtrapper", "x-ask-auth": "ask", "x-ask-version": "ask",
    "x-asrg-cr": "challenge", "x-spamarrest-cr": "spamarrest", "x-challenge-response": "challenge",
    "x-boxbe": "boxbe", "x-choicemail-reply": "choicemail", "x-cr-hashedpuzzle-request": "challenge",
    "x-spamlion": "spamlion", "x-qconfirm": "qconfirm",
}  # fmt: skip
_PRODUCTS = (
    ("spamarrest.com", "spamarrest"), ("boxbe.com", "boxbe"), ("knowspam.net", "knowspam"),
    ("mailblocks.com", "mailblocks"), ("spamblocker", "earthlink"), ("pas.earthlink.net", "earthlink"),
    ("bluebottle.com", "bluebottle"),
    ("tmda", "tmda"), ("boxtrapper", "boxtrapper"), ("choicemail", "choicemail"), ("sendio", "sendio"),
    ("spamhippo", "spamhippo"), ("antispameurope", "antispam"), ("antispam uol", "uol"),
    ("vanquish", "vanquish"), ("digiportal", "choicemail"), ("activespamkiller", "ask"), ("0spam", "0spam"),
    ("qconfirm", "qconfirm"), ("mailinblack", "mailinblack"), ("totalblock", "totalblock"),
)  # fmt: skip


def read(message: Message) -> Draft | None:
    family = _by_field(message) or _by_words(message)
    if family is None:
        return None
    return Draft(Kind.CHALLENGE, family=family, original=find_part(message.leaves))


def _by_field(message: Message) -> str | None:
    fields = message.top.fields
    if _FIELDS.keys().isdisjoint(fields):
        return None
    return next(name for field, name in _FIELDS.items() if field in fields)


def _is_report(message: Message) -> bool:
    """Boxbe alone is known to dress challenges as delivery reports; its name stands in From."""
    return message.content_type == "multipart/report" and "boxbe" not in message.sender.lower()


def _by_words(message: Message) -> str | None:
    """Return the product whose name stands with the wish and the way to fulfil it; any, where a machine asks.

    Two of three must stand there: what is to be proven, the message that waits, the way to do it.
    """
    sender = message.sender.casefold()
    if "daemon" in sender or _is_report(message) or not (message.looks_automatic or is_answer(message)):
        return None
    text = _asking(message)
    if not text:
        return None
    linked = message.has_link if message.looks_automatic else "://" in text
    waiting, way = WAITING.found_in(text), WAY.found_in(text) or linked
    if not (waiting or way):
        return None
    source = f"{sender} {message.first('return-path')} {message.first('x-mailer')} {text}".casefold()
    product = next((name for mark, name in _PRODUCTS if mark in source), None)
    if is_list_post(message):
        return None
    if message.looks_automatic:
        return product or ("challenge" if waiting and way and _answers_a_message(message) else None)
    return product if way else None


def _asking(message: Message) -> str:
    """Return what the writer itself says, where it wants something proven; else ""."""
    if not (PROVE.found_in(message.folded_subject) or PROVE.found_in(message.opening)):
        return ""
    quoting = quotes(message) or not message.looks_automatic
    text = f"{message.folded_subject} {own_words(message) if quoting else message.opening}"
    return text if PROVE.found_in(text) else ""


def _answers_a_message(message: Message) -> bool:
    """Tell a challenge from a sign-up that wants to be confirmed: nobody had sent that one anything."""
    return is_answer(message) or "in-reply-to" in message.top.fields or YOURS.found_in(message.opening)
