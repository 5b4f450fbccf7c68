"""qmail, netqmail, notqmail: the qmail-send bounce message format (QSBMF, cr.yp.to/proto/qsbmf.txt).

Hi. This is the qmail-send program at example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.

<recipient@example.net>:
Connected to 192.0.2.1 but … Remote host said: 550 …

--- Below this line is a copy of the message.
"""

from __future__ import annotations

import re

from bsaudit.model.notification import Action, Kind
from bsaudit.ndn.draft import Claim, Draft
from bsaudit.ndn.message import Message

_OPENING = re.compile(r"This is the (?:qmail-send|mail)[\w\- ]{0,40} (?:at|on) (\S{1,255}?)\.?[ \t]*$", re.MULTILINE)
_BREAK = re.compile(r"^-{3,} ?(?:Below this line|Enclosed|Undelivered|Original)[^\n]{0,60}$", re.MULTILINE)
_RECIPIENT = re.compile(r"^<([^<>\n]{1,320})>:[ \t]*$", re.MULTILINE)
_CONNECTED = re.compile(r"(?:Connected to|remote host) ([\w.:\-]{3,255}?)(?: but| said| does|[:.]?\s)")
_REFUSED = re.compile(r"^([\w.:\-]{3,255}) (?:does not|failed)", re.MULTILINE)


def read(message: Message) -> Draft | None:
    if "qmail-send" not in message.top.body and "invoked for bounce" not in "".join(message.top.all("received")[:3]):
        return None
    prose = message.prose
    opening = _OPENING.search(prose)
    cut = _BREAK.search(prose)
    head = prose[: cut.start()] if cut else prose
    if opening is None and not _RECIPIENT.search(head):
        return None
    draft = Draft(Kind.NDN, family="qmail", prose=head, original=prose[cut.end() :] if cut else None)
    draft.prose_host = opening[1] if opening else None
    draft.claims = _claims(head)
    return draft


def _claims(head: str) -> list[Claim]:
    marks = list(_RECIPIENT.finditer(head))
    ends = [mark.start() for mark in marks[1:]] + [len(head)]
    return [_claim(mark[1], head[mark.end() : end]) for mark, end in zip(marks, ends, strict=False)]


def _claim(address: str, text: str) -> Claim:
    remote = _CONNECTED.search(text) or _REFUSED.search(text)
    return Claim(
        final=address,
        action=Action.FAILED,
        diagnostic=" ".join(text.split()),
        remote_mta=remote[1] if remote else None,
    )
