"""Notices of virus scanners to whoever stands in the reverse-path: amavisd, MailScanner, ScanMail, InterScan, Antigen.

Only those without a delivery report; one that is a DSN is an NDN whose reason is the virus.
"""

from __future__ import annotations

from bsaudit.model.notification import Action, Kind, Reason
from bsaudit.ndn.draft import Draft
from bsaudit.ndn.gate import is_answer, is_list_post
from bsaudit.ndn.languages import YOURS
from bsaudit.ndn.lookup import Words
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_prose
from bsaudit.ndn.words import FAILURE

# Scanners that sign with their name
_SCANNERS = Words((
    "mailscanner", "antivirus", "anti-virus", "virus", "scanmail", "interscan", "symantec", "norton", "mcafee",
    "amavis", "clamav", "sophos", "trend micro", "barracuda", "mimesweeper", "mailmarshal", "antigen",
    "groupshield", "kaspersky", "f-secure", "avg ", "bitdefender", "defender", "content filter",
    "content-filter", "mail security", "mailsweeper", "guinevere", "ravmail", "drweb",
))  # fmt: skip
_FOUND = Words((
    "virus", "antivirus", "infected", "malware", "worm", "trojan", "dangerous attachment", "banned attachment",
    "banned file", "banned contents", "prohibited attachment", "blocked attachment", "вирус", "ウイルス",
    "ウィルス", "病毒", "바이러스", "wirus", "virüs",
))  # fmt: skip
_TO_SENDER = Words((
    "you sent", "from you", "sent by you", "your message", "your mail", "your e-mail", "your email",
    "your computer", "your system", "to sender", "the sender", "sie gesendet", "ihre nachricht", "ihre e-mail",
    "von ihnen", "votre message", "vous avez envoyé", "su mensaje", "usted envió", "sua mensagem",
    "suo messaggio", "uw bericht", "ваше письмо", "ваше сообщение", "あなた", "お客様", "您发送", "您的邮件",
))  # fmt: skip
FORM = Form(kind=Kind.VIRUS_NOTICE)


def read(message: Message) -> Draft | None:
    subject = message.folded_subject
    if not _FOUND.found_in(subject) or FAILURE.found_in(subject):  # the latter quote the original's subject
        return None
    if is_answer(message) or is_list_post(message) or not _by_scanner(message):
        return None
    said = f"{subject} {message.opening}"
    if not (_TO_SENDER.found_in(said) or YOURS.found_in(said)):
        return None
    draft = read_prose(message, FORM)
    for claim in draft.claims:
        claim.action, claim.reason = Action.FAILED, Reason.VIRUS
    return draft


def _by_scanner(message: Message) -> bool:
    sender = message.sender.casefold()
    return message.from_daemon or _SCANNERS.found_in(sender) or message.null_reverse_path
