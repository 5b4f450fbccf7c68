"""Challenges: TMDA, Spam Arrest, Boxbe, ASK, BoxTrapper, SpamBlocker … They ask the sender to prove to be a person.

Some dress as delivery reports (Boxbe), so this row stands before them.
"""

from __future__ import annotations

from bsaudit.model.notification import Kind
from bsaudit.ndn.draft import Draft
from bsaudit.ndn.gate import is_answer, is_list_post, quotes
from bsaudit.ndn.lookup import Words
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
# What a challenge asks for. Two of the three must stand there: the wish, the waiting message, the way to do it.
_WISH = Words((
    "verification process", "complete the verification", "protecting myself from", "tira-teima",
    "list of approved", "to control spam", "confirm that you are", "verify that you are", "verify your email",
    "verify your e-mail", "prove you are", "prove that you", "confirm your message", "confirm your e-mail",
    "confirm your email", "requires verification", "requires confirmation", "verification required",
    "confirmation required", "please confirm", "address was not recognized", "release your pending",
    "authenticate your", "challenge", "action required", "authorize you", "request to be added",
    "be added to my", "approved sender", "allowed sender", "not a spammer", "is not spam", "you are a human",
    "real person", "to be added", "add yourself", "guest list", "verify#", "bestätigen sie", "confirmez",
    "confirmer votre", "confirme que", "confirmar que", "confirme su", "confirma tu", "confermare", "bevestig",
    "potwierd", "подтверд", "確認のため", "请确认", "onayla", "anti-spam", "antispam",
))  # fmt: skip
_WAITING = Words((
    "waitlist", "being held", "has been held", "on hold", "held in", "held until",
    "held pending", "quarantine", "will be delivered once", "will be delivered after", "until you confirm",
    "pending", "awaiting", "before your message", "in order for your message", "to have your message delivered",
    "has not been delivered yet", "first time", "suspect e-mail", "one-time", "this one time",
    "only need to do this once", "will not have to", "wartet", "zurückgehalten", "en attente", "retenu",
    "retenido", "retida", "in attesa", "удержан", "保留",
))  # fmt: skip
_WAY = Words((
    "click the link", "click on the link", "click here", "click below", "follow the link", "visit the link",
    "link below", "reply to this message", "reply to this email", "reply to this e-mail", "simply reply",
    "just reply", "hit reply", "following link", "following url", "following web", "click this", "press reply",
    "reply to this request", "replying to this", "klicken", "cliquez", "haga clic", "clique", "clicca", "klik",
    "нажмите", "クリック", "点击",
))  # fmt: skip


# What a challenge is about, and no sign-up
_YOUR_MESSAGE = Words((
    "your message", "your original message", "your mail to", "your email to", "your e-mail to",
    "your email has", "your e-mail has", "your email was", "your e-mail was", "your recent", "your previous",
    "you sent", "sent by you", "message from you", "messages from you", "email from you", "mail from you",
    "message to", "email to", "mail to ", "your email address is not", "ihre nachricht", "ihre e-mail an",
    "ihre mail", "votre message", "votre e-mail à", "votre mail", "su mensaje", "tu mensaje", "su correo",
    "sua mensagem", "seu e-mail para", "suo messaggio", "tuo messaggio", "uw bericht", "je bericht",
    "twoja wiadomość", "ваше письмо", "ваше сообщение", "お送りいただいた", "您的邮件", "iletiniz",
))  # fmt: skip


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
    """Return the product whose name stands with the wish and the way to fulfil it; any, where a machine asks."""
    sender = message.sender.casefold()
    if "daemon" in sender or _is_report(message) or not (message.looks_automatic or is_answer(message)):
        return None
    text = f"{message.folded_subject} {message.opening}"
    if not _WISH.found_in(text):
        return None
    waiting, way = _WAITING.found_in(text), _WAY.found_in(text)
    if not (waiting or way):
        return None
    source = f"{sender} {message.first('return-path')} {message.first('x-mailer')} {text}".casefold()
    product = next((name for mark, name in _PRODUCTS if mark in source), None)
    if is_list_post(message) or quotes(message):
        return None
    if message.looks_automatic:
        return product or ("challenge" if waiting and way and _answers_a_message(message) else None)
    return product if way else None


def _answers_a_message(message: Message) -> bool:
    """Tell a challenge from a sign-up that wants to be confirmed: nobody had sent that one anything."""
    return is_answer(message) or "in-reply-to" in message.top.fields or _YOUR_MESSAGE.found_in(message.opening)
