"""Exchange 4.0 to 2000: the Internet Mail Connector (MSEXCH:IMS, MSEXCH:MSExchangeMTA), often with MIME forgotten.

Your message
  To:      …
did not reach the following recipient(s):

recipient@example.org on Fri, 20 Jul 2001 11:08:59 -0700
    The recipient name is not recognized
    MSEXCH:IMS:Organisation:SITE:SERVER 0 (000C05A6) Unknown Recipient
"""

from __future__ import annotations

import re

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.patterns import ADDRESS
from bsaudit.ndn.prose import Form, read_prose

FORM = Form(
    family="exchange",
    marks=("did not reach the following recipient",),
    # X.400 addresses carry the SMTP one as a domain-defined attribute
    recipient=re.compile(
        rf"^[ \t]{{0,8}}[\"'<]?(?:[^\n@]{{0,200}}(?:SMTP|smtp)[=:])?({ADDRESS})[\"'>]?(?:[;,]? on |[ \t]*$)",
        re.MULTILINE,
    ),
)
_BEGIN = "did not reach the following recipient"


def read(message: Message) -> Draft | None:
    if _BEGIN not in message.prose:
        return None
    draft = read_prose(message, FORM)
    return draft if draft.claims else None
