"""Reading notifications that are written for people only.

The dialects share one way of writing: a few sentences, the recipients each at the beginning of a line, what the other
server said, a separating line, the returned message. A `Form` holds what one dialect does differently.
"""

from __future__ import annotations

import re

from msgspec import Struct

from bsaudit.model.notification import Action, Kind
from bsaudit.ndn.draft import Claim, Draft
from bsaudit.ndn.dsn import host_name, mailbox, read_groups
from bsaudit.ndn.html import plain_text
from bsaudit.ndn.message import Message
from bsaudit.ndn.original import find_part
from bsaudit.ndn.words import DELAY, FINAL

# Prose that is searched for recipients; the longest report seen in the field (hundreds of recipients) is 20 KB.
PROSE_WINDOW = 32 * 1024
MAX_CLAIMS = 500
# What one recipient's explanation may take
CLAIM_WINDOW = 2000

# What prose about a single recipient may take
CONTEXT_WINDOW = 6000

ADDRESS = r"[^\s<>()\[\]{},;:\"'|=]{1,128}@[^\s<>()\[\]{},;:\"'|*]{1,255}"

_CUT = re.compile(
    # a line drawn: --- Below this line is a copy of the message.
    r"^[ \t]{0,8}[-=*#|_~+>]{2,80}[ \t]{0,4}(?:[^\n]{0,30}\b(?:below this line|copy of|original (?:e-?mail|message|mail)"
    r"|(?:returned|unsent|undelivered|bounced|rejected|forwarded|non-deliverable) (?:e-?mail|mail|message)"
    r"|message (?:headers?|text|body|contents?|follows)|(?:original|mail) headers?|headers? of|the body of)"
    r"|(?:ursprüngliche|mensaje original|mensagem original|messaggio originale|oorspronkelijk|message d.origine|oryginaln"
    r"|исходн|оригинал|копия|元の?メール|元メッセージ|原メッセージ|原信件|原邮件|原始邮件|原始郵件|附件中的内容|원본))[^\n]{0,120}$"
    # a sentence: Original message follows.
    r"|^[ \t]{0,8}(?:the )?(?:(?:original|returned|undelivered|unsent) (?:e-?mail|mail|message)"
    r"(?: headers?)?(?: as)?(?: follows?| below| is attached)?[ \t]{0,4}[:.]?[ \t]{0,4}$"
    r"|message headers? follows?|a copy of (?:the|your) (?:original )?(?:e-?mail|message)|your message reads"
    r"|(?:here|below|included|attached|following|enclosed) is (?:a|the) (?:copy|headers?|original)"
    r"|the (?:first \d{1,6} [a-z]{1,12}|headers?) of (?:your|the) (?:original )?(?:e-?mail|message)"
    r"|the (?:body|headers?|text) of (?:your|the) message (?:is|follows)|original (?:e-?mail|message) headers?)[^\n]{0,120}$",
    re.MULTILINE | re.IGNORECASE,
)
# Where nothing separates: fields that only a header has. Prose quotes Message-ID, From and Subject, too.
_HEADER = re.compile(
    r"^([> \t|]{0,8})(?:Received|Return-Path|DKIM-Signature|X-Received|X-Originating-IP|Authentication-Results"
    r"|X-Apparently-To|ARC-Seal)[ \t]{0,2}:[ \t]",
    re.MULTILINE | re.IGNORECASE,
)
_FIELD = re.compile(r"^([> \t|]{0,8})[A-Za-z][A-Za-z0-9\-]{1,60}[ \t]{0,2}:[ \t]{0,2}\S", re.MULTILINE)
# How far behind the separating line the original's header may begin
_GAP = 700

_ANGLED = re.compile(rf"^[ \t>*|\-]{{0,20}}<({ADDRESS}|[^<>\s@]{{1,64}})>[ \t]{{0,4}}(?=[:,;.(\[\-\s]|$)", re.MULTILINE)
_LEADING = re.compile(
    rf"^[ \t>*•|\-]{{0,20}}[\"'(\[]?({ADDRESS})[\"')\]]?[ \t]{{0,8}}"
    r"(?=[:,;(\[<\-–>]|\.{3}|$|on |said|does|invalid|unknown|not |is |was |\\|/|->)",
    re.MULTILINE | re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:\b(?:to|recipient|recipients|address|addresses|mailbox|user|account|rcpt to|addressed to|for|deliver|destinatario"
    r"|destinataire|empfänger|an|à|para|al|naar|aan|till|til|do|utente|usuario|usuário|email|e-mail|mail|inbox)"
    r"|адрес|адресу|пользователь|пользователя|ящик|получателю|получатель|宛先|あて先|アドレス|地址|收件人|用户|수신자|주소)"
    rf"(?:(?<=[^a-z])|(?=[^a-z]))[ \t]{{0,4}}[:：=]?[ \t]{{0,4}}\n?[ \t>*\-]{{0,20}}[<\"'(【\[]?({ADDRESS})",
    re.IGNORECASE,
)
_ANY = re.compile(rf"({ADDRESS})")
_FINAL_RECIPIENT = re.compile(r"^[ \t>]{0,8}(?:Final|Original)-Recipient[ \t]{0,2}:", re.MULTILINE | re.IGNORECASE)
_DSN_START = re.compile(
    r"^[ \t>]{0,8}(?:Reporting-MTA|Final-Recipient|Original-Recipient|Action|X-Actual-Recipient)[ \t]{0,2}:",
    re.M | re.I,
)
_ASIDE = re.compile(
    r"contact|assist|question|mailto:|https?:|mail from|envelope-from|from:|sender|postmaster@|help|support|forward this"
    r"|kontakt|wenden|\bvon\b|absender|expéditeur|remitente|mittente|remetente|отправител|差出人|发件人|寄件|reply-to|sent by",
    re.IGNORECASE,
)
_REMOTE = re.compile(
    r"(?:while talking to|talking to|host|server|remote host|by|connected to|from|to|mx)[ \t]{1,4}"
    r"\[?([A-Za-z0-9][\w.\-]{2,200}\.[A-Za-z0-9\-]{1,63})\.?\]?[ \t]{0,2}(?:\[[\da-fA-F.:]{3,45}\])?"
    r"(?::\d{1,5})?[ \t\n,.:)]{0,4}(?:said|returned|replied|rejected|refused|responded|:|\()",
    re.IGNORECASE,
)


class Form(Struct, frozen=True):
    """What one prose dialect does in its own way; None and empty mean the common way.

    `marks` are literal strings, one of which stands in the prose, or in the fields that `where` names.
    `recipient` finds recipients (group 1, or group "address"); each begins its explanation.
    `cut` finds the line behind which the original stands. `host` finds the reporting host in the prose.
    """

    family: str
    marks: tuple[str, ...]
    where: tuple[str, ...] = ()
    recipient: re.Pattern[str] | None = None
    cut: re.Pattern[str] | None = None
    host: re.Pattern[str] | None = None
    kind: Kind | None = None


def marked(message: Message, form: Form) -> bool:
    if form.where:
        return any(mark in message.first(name) for name in form.where for mark in form.marks)
    return any(mark in message.prose for mark in form.marks)


def read_form(message: Message, form: Form) -> Draft | None:
    """Read a message by a form, if it carries the form's mark."""
    return read_prose(message, form) if marked(message, form) else None


def read_prose(message: Message, form: Form) -> Draft:
    text = prose_of(message)
    head, returned = split_original(text, form.cut)
    part = find_part(message.leaves)
    draft = Draft(Kind.NDN, family=form.family or None, prose=head, original=part if part is not None else returned)
    if form.host is not None and (host := form.host.search(head)):
        draft.prose_host = host[1].rstrip(".")
    head = head[:PROSE_WINDOW]
    draft.claims = _claims(message, head, form, draft)
    draft.kind = form.kind or _kind(message, head, draft)
    for claim in draft.claims:
        claim.action = claim.action or (Action.DELAYED if draft.kind is Kind.DELAY else Action.FAILED)
    return draft


def prose_of(message: Message) -> str:
    text = message.prose
    if "<" in text[:2000] and re.search(r"<(?:html|body|br|p|div|table|!doctype)\b", text[:4000], re.IGNORECASE):
        return plain_text(text)
    return text


def add_context(claims: list[Claim], prose: str) -> None:
    """Give each claim of a DSN what the prose says about it: from its address to the next one's."""
    if not claims:
        return
    head = prose[:PROSE_WINDOW]
    if len(claims) == 1:
        claims[0].text = f"{claims[0].text} {head[:CONTEXT_WINDOW]}"
        return
    places = sorted((head.find(claim.final), index) for index, claim in enumerate(claims) if claim.final)
    for (start, index), following in zip(places, [*places[1:], (len(head), -1)], strict=False):
        if start >= 0:
            claims[index].text += " " + head[start : min(following[0], start + CLAIM_WINDOW)]


def split_original(text: str, cut: re.Pattern[str] | None = None) -> tuple[str, str | None]:
    """Return the report and the text of the original that it returns, which begins with its header."""
    line = (cut or _CUT).search(text)
    field = _HEADER.search(text)
    if line is not None and (field is None or line.start() < field.start()):
        begin = _FIELD.search(text, line.end(), line.end() + _GAP)
        if begin is None:
            return text[: line.start()], None
        return text[: line.start()], _unindented(text[begin.start() :], begin[1])
    if field is not None and text.find(":", field.end()) >= 0:
        return text[: field.start()], _unindented(text[field.start() :], field[1])
    return text, None


def _unindented(text: str, prefix: str) -> str:
    if not prefix:
        return text
    bare = prefix.rstrip()
    return "\n".join(line.removeprefix(prefix) if line != bare else "" for line in text.split("\n"))


def _claims(message: Message, head: str, form: Form, draft: Draft) -> list[Claim]:
    if _FINAL_RECIPIENT.search(head):
        return _embedded_fields(head, draft)
    found = _spans(head, form.recipient) if form.recipient is not None else []
    if not found:
        failed = _failed_recipients(message, head)
        found = failed or _spans(head, _ANGLED) or _spans(head, _LEADING) or _named(message, head)
    return _with_texts(found[:MAX_CLAIMS], head)


def _embedded_fields(head: str, draft: Draft) -> list[Claim]:
    """Delivery-status fields that stand in the prose, for want of a part of their own."""
    start = _DSN_START.search(head)
    inner = Draft(draft.kind)
    read_groups(head[start.start() if start else 0 :], inner)
    draft.reporting_mta = draft.reporting_mta or inner.reporting_mta
    for claim in inner.claims:
        claim.text += " " + head[: start.start() if start else 0][-CLAIM_WINDOW:]
    return inner.claims


def _failed_recipients(message: Message, head: str) -> list[tuple[str, int, int]]:
    """X-Failed-Recipients (Exim, Gmail): the addresses; where the prose names them decides about their texts."""
    spans: list[tuple[str, int, int]] = []
    for value in message.top.all("x-failed-recipients"):
        for one in value.split(","):
            if address := mailbox(one):
                at = head.find(address)
                spans.append((address, max(at, 0), at + len(address) if at >= 0 else 0))
    return spans


def _spans(head: str, pattern: re.Pattern[str]) -> list[tuple[str, int, int]]:
    found: dict[str, tuple[str, int, int]] = {}
    for match in pattern.finditer(head):
        address = _trimmed(next(group for group in match.groups() if group))
        if address and not _is_aside(head, match.start(1) if match[1] else match.start()):
            found.setdefault(address.lower(), (address, match.start(), match.end()))
    return list(found.values())


def _trimmed(address: str) -> str:
    return address.strip("'\"`<>").rstrip(".,;:!?-_/\\’”。")


def _is_aside(head: str, at: int) -> bool:
    """The line speaks of somebody to turn to, or of the sender."""
    begin = head.rfind("\n", 0, at) + 1
    return bool(_ASIDE.search(head[max(begin, at - 60) : at]))


def _named(message: Message, head: str) -> list[tuple[str, int, int]]:
    """Recipients in the middle of a sentence: the first one that is neither the reader nor a contact."""
    own = {address.lower() for address in (message.from_address, *message.addressees) if address}
    for pattern in (_NAMED, _ANY):
        spans = _spans(head, pattern)
        others = [span for span in spans if span[0].lower() not in own]
        if others or (spans and pattern is _NAMED):
            return (others or spans)[:1]
    return []


def _with_texts(spans: list[tuple[str, int, int]], head: str) -> list[Claim]:
    ordered = sorted(spans, key=lambda span: span[1])
    ends = [*(span[1] for span in ordered[1:]), len(head)]
    return [_claim(span, head, end, alone=len(spans) == 1) for span, end in zip(ordered, ends, strict=False)]


def _claim(span: tuple[str, int, int], head: str, end: int, *, alone: bool) -> Claim:
    address, _, start = span
    own = head[start : min(end, start + CLAIM_WINDOW)].strip(" \t\n:;,.>\"'-")
    paragraph = own.split("\n\n", 1)[0] if not alone else _telling(own, head)
    remote = _REMOTE.search(own)
    return Claim(
        final=address,
        diagnostic=" ".join(paragraph.split()) or None,
        remote_mta=host_name(remote[1]) if remote else None,
        text=head if alone else own,
    )


_REPLY_LINE = re.compile(
    r"(?:^|[\s:\"'(>])((?:[45]\d\d)(?:[ \-:,]|$)|#?[45]\.\d{1,2}\.\d{1,3}\b)[^\n]{0,500}", re.MULTILINE
)


def _telling(own: str, head: str) -> str:
    """The part of the report that quotes a reply; where none is quoted, what follows the recipient."""
    if _REPLY_LINE.search(own):
        return own
    quoted = _REPLY_LINE.search(head)
    return head[quoted.start() : quoted.end()].strip() if quoted else own


def _kind(message: Message, head: str, draft: Draft) -> Kind:
    subject = message.subject.casefold()
    if any(word in subject for word in DELAY) and not any(word in subject for word in FINAL):
        return Kind.DELAY
    opening = message.opening
    if any(word in opening for word in DELAY) and not any(word in opening for word in FINAL):
        return Kind.DELAY
    actions = {claim.action for claim in draft.claims}
    return Kind.DELAY if actions == {Action.DELAYED} else Kind.NDN
