"""Challenges: TMDA, Spam Arrest, Boxbe, ASK, BoxTrapper, SpamBlocker … They ask the sender to prove to be a person.

Some dress as delivery reports (Boxbe), so this row stands before them.
"""

from __future__ import annotations

from bsaudit.model.notification import Kind
from bsaudit.ndn.draft import Draft
from bsaudit.ndn.gate import is_answer, is_list_post, own_words, quotes
from bsaudit.ndn.languages import PROVE, WAITING, WAY, YOURS
from bsaudit.ndn.lookup import Words
from bsaudit.ndn.message import Message
from bsaudit.ndn.original import find_part
from bsaudit.ndn.words import FAILURE

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
    return _draft(message, _by_field(message) or _by_words(message, automatic=message.looks_automatic))


def read_unmarked(message: Message) -> Draft | None:
    """Read what no field marks, once its words have told that a program wrote it."""
    return _draft(message, _by_words(message, automatic=True))


def _draft(message: Message, family: str | None) -> Draft | None:
    if family is None:
        return None
    return Draft(Kind.CHALLENGE, family=family, original=find_part(message.leaves), form="challenge")


def _by_field(message: Message) -> str | None:
    fields = message.top.fields
    if _FIELDS.keys().isdisjoint(fields):
        return None
    return next(name for field, name in _FIELDS.items() if field in fields)


def _is_report(message: Message) -> bool:
    """Boxbe alone is known to dress challenges as delivery reports; its name stands in From."""
    return message.content_type == "multipart/report" and "boxbe" not in message.sender.lower()


def _by_words(message: Message, *, automatic: bool) -> str | None:
    """Return the product whose name stands with the wish and the way to fulfil it; any, where a machine asks.

    Of any product's three of these must stand there: what is to be proven, against whom, the message that waits, the
    way to do it; a link alone is a way only for a message that waits.
    """
    if "daemon" in message.sender.casefold() or _is_report(message) or is_list_post(message):
        return None
    if not (automatic or (is_answer(message) and _product(message, _beginning(message)))):
        return None
    text = _asking(message)
    if not text:
        return None
    linked = message.has_link if message.looks_automatic else "://" in text
    prove, waiting, told = PROVE.found_in(text), WAITING.found_in(text), WAY.found_in(text)
    way = told or linked
    product = _product(message, text)
    if product is not None and prove and (way or (waiting and message.looks_automatic)):
        return product
    if not prove and FAILURE.found_in(text):  # a filter that refused what it took for spam asks for nothing
        return None
    asks = (waiting and way) or (prove and told and _MACHINES.found_in(text))
    return "challenge" if asks and automatic and _answers_a_message(message) else None


def _product(message: Message, text: str) -> str | None:
    """Return the product whose name stands in the header or in a text."""
    source = f"{message.sender} {message.first('return-path')} {message.first('x-mailer')} {text}".casefold()
    return next((name for mark, name in _PRODUCTS if mark in source), None)


# Against whom, in any language: spam, robots
_MACHINES = Words((
    "spam", "robot", "robô", "captcha", "a human", "human being", "real person", "by a person", "are a person", "junk",
    "legitimate sender", "a bot", "pourriel", "correo basura", "correo no deseado", "indesiderat", "werbemüll",
    "ongewenste", "lixo eletr", "skräppost", "søppelpost", "roskapost", "humano", "umano", "humain", "спам", "робот",
    "スパム", "迷惑メール", "ロボット", "垃圾",
    "机器人", "機器人", "스팸", "로봇", "ρομπότ", "רובוט", "روبوت",
))  # fmt: skip


def _asking(message: Message) -> str:
    """Return what the writer itself says, where it wants something proven, or speaks of machines; else ""."""
    if not _asked(_beginning(message)):
        return ""
    quoting = quotes(message) or not message.looks_automatic
    text = f"{message.folded_subject} {own_words(message) if quoting else message.opening}"
    return text if _asked(text) else ""


def _beginning(message: Message) -> str:
    """Return the subject and all that stands in the first lines, quoted or not."""
    return f"{message.folded_subject} {message.opening}"


def _asked(text: str) -> bool:
    return PROVE.found_in(text) or _MACHINES.found_in(text)


def _answers_a_message(message: Message) -> bool:
    """Tell a challenge from a sign-up that wants to be confirmed: nobody had sent that one anything."""
    return is_answer(message) or "in-reply-to" in message.top.fields or YOURS.found_in(message.opening)
