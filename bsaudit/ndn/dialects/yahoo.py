"""Yahoo!: the outgoing side quotes other servers, the incoming side speaks for itself after it took the message.

Message from yahoo.com.
Unable to deliver message to the following address(es).

<recipient@yahoo.com>:
This user doesn't have a yahoo.com account (recipient@yahoo.com) [-9]
"""

from __future__ import annotations

from bsaudit.ndn.draft import Draft
from bsaudit.ndn.message import Message
from bsaudit.ndn.prose import Form, read_form

OUTGOING = Form(family="yahoo", marks=("Sorry, we were unable to deliver your message to the following address",))
INCOMING = Form(family="yahoo-provider", marks=("Unable to deliver message to the following address(es)",))


def read(message: Message) -> Draft | None:
    return read_form(message, OUTGOING) or read_form(message, INCOMING)
