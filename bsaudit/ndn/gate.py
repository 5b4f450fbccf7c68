"""Did a machine write this about mail that did not arrive? The gate in front of the prose dialects.

People quote bounces, forward them and discuss them on lists. A dialect's marks alone therefore prove nothing:
the message's own header, or its first lines, must say that a mail system speaks.
"""

from __future__ import annotations

import re

from bsaudit.ndn.message import Message
from bsaudit.ndn.words import FAILURE, MACHINE

# Subjects by which people answer and forward, in the languages of mail programs
_ANSWER = re.compile(
    r"\s*+(?:\[[^\]]{1,60}\]\s*+)?(?:re|aw|sv|vs|antw|odp|rif|fwd?|wg|tr|rv|enc|vl|doorst|i)\s*+(?:\[\d+\])?\s*+[::]",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s{0,3}(?:>|\|)", re.MULTILINE)
_FORWARDED = re.compile(
    r"^[- ]{2,80}+\s*+(?:forwarded|original|begin forwarded|weitergeleitet|message transf)",
    re.MULTILINE | re.IGNORECASE,
)
# How far into the prose a mail system says what it is about
OPENING = 3000


def speaks_of_failure(message: Message) -> bool:
    """Whether a prose dialect may read this message."""
    failing = FAILURE.found_in(message.folded_subject)
    if message.from_mail_system and not (is_answer(message) and quotes(message)):
        return failing or MACHINE.found_in(message.opening) or FAILURE.found_in(message.opening)
    if is_list_post(message) or (is_answer(message) and not _appended(message)):
        return False
    return failing and MACHINE.found_in(message.opening) and not _told_by_a_person(message)


def is_answer(message: Message) -> bool:
    """Tell whether the subject is that of an answer or a forward."""
    return _ANSWER.match(message.subject) is not None


def is_list_post(message: Message) -> bool:
    """Tell posts from mail to the list's owner and bounce addresses, on which lists stamp their fields, too."""
    if "list-id" not in message.top.fields:
        return False
    mailboxes = [one.partition("@")[0].lower() for one in message.addressees]
    return not any(box.endswith(_LIST_OWNERS) or "bounce" in box for box in mailboxes)


_LIST_OWNERS = ("-admin", "-owner", "-bounces", "-request", "-errors")


def _appended(message: Message) -> bool:
    """Tell whether a failure was appended to the answered subject: "Re: Hello (delivery failed)"."""
    last = message.folded_subject.rstrip().rpartition("(")[2]
    return last.endswith(")") and FAILURE.found_in(last)


def _told_by_a_person(message: Message) -> bool:
    """Tell whether someone answers about a bounce, quotes or forwards it."""
    return quotes(message) or "in-reply-to" in message.top.fields


def quotes(message: Message) -> bool:
    """Tell whether the machine's words, if any, are quoted or forwarded."""
    opening = message.prose[:OPENING]
    return bool(_QUOTED.search(opening) or _FORWARDED.search(opening))
