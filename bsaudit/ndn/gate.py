"""Did a machine write this about mail that did not arrive? The gate in front of the prose dialects.

People quote bounces, forward them and discuss them on lists. A dialect's marks alone therefore prove nothing:
the message's own header, or its first lines, must say that a mail system speaks.
"""

from __future__ import annotations

import re

from bsaudit.ndn.message import Message
from bsaudit.ndn.words import DAEMON, FAILURE, GREETINGS, INCOMING, MACHINE

# Subjects by which people answer and forward, in the languages of mail programs
_ANSWER = re.compile(
    r"\s*+(?:\[[^\]]{1,60}\]\s*+)?(?:re|aw|sv|vs|antw|odp|rif|fwd?|wg|tr|rv|enc|vl|doorst|i)\s*+(?:\[\d+\])?\s*+[::]",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^\s{0,3}(?:>|\|)", re.MULTILINE)
# A line of a header as mail programs copy it into a forward, in whatever language: "Von: Mail Delivery System …"
_LABEL = re.compile(r"[> \t*|]{0,8}[^\s:：\-][^\n:：\-]{0,12}[:：]\**[ \t]*(\S[^\n]{0,300})")
_FORWARDED = re.compile(
    r"^[- ]{2,80}+\s*+(?:forwarded|original|begin forwarded|weitergeleitet|message transf)",
    re.MULTILINE | re.IGNORECASE,
)
# How far into the prose a mail system says what it is about
OPENING = 3000


def speaks_of_failure(message: Message) -> bool:
    """Whether a prose dialect may read this message."""
    if is_mailing(message):
        return False
    failing = FAILURE.found_in(message.folded_subject)
    if message.from_mail_system and not _answered_by_staff(message):
        return failing or MACHINE.found_in(message.opening) or FAILURE.found_in(message.opening)
    if is_list_post(message) or (is_answer(message) and not _appended(message)):
        return False
    told = failing and MACHINE.found_in(message.opening) and not _told_by_a_person(message)
    return told and _is_automatic(message)


def _is_automatic(message: Message) -> bool:
    """Tell whether the header has more to show for it than words: where it came from, or where it was sent to."""
    if message.null_reverse_path or message.first("auto-submitted").lower().startswith("auto-"):
        return True
    boxes = [one.partition("@")[0].lower() for one in (message.from_address or "", *message.addressees)]
    return any(_MACHINE_BOX.search(box) for box in boxes)


# Mailboxes that programs write from, and that bounces are sent to
_MACHINE_BOX = re.compile(
    r"bounce|ndr\b|return|reply|owner-|[-+](?:owner|admin|request)\b|errors?\b|imss|virus|gateway|scan|robot|smtp|notif|gw\d*$"
)


def speaks_of_incoming(message: Message) -> bool:
    """Tell whether mail to the reader is meant: quarantine digests, quotas, parcels; and not what the reader sent."""
    if not INCOMING.found_in(message.opening):
        return False
    lines = (line for line in message.lead.split("\n") if not _LABEL.match(line))
    return INCOMING.found_in(_QUOTATION.sub("", " ".join(lines).casefold()))


# The subject of what was sent may be about an order, too
_QUOTATION = re.compile(r"[\"'«“][^\"'«»“”\n]{1,200}[\"'»”]")


def _answered_by_staff(message: Message) -> bool:
    """Tell whether people write from the mail system's address; nobody does as MAILER-DAEMON."""
    if is_answer(message):
        return quotes(message)
    if "in-reply-to" not in message.top.fields or message.null_reverse_path or "daemon" in message.sender.lower():
        return False
    return _QUOTED.search(message.prose[:OPENING]) is not None


def is_answer(message: Message) -> bool:
    """Tell whether the subject is that of an answer or a forward."""
    return _ANSWER.match(message.subject) is not None


def is_list_post(message: Message) -> bool:
    """Tell posts from mail to the list's owner and bounce addresses, on which lists stamp their fields, too."""
    if "list-id" not in message.top.fields:
        return False
    mailboxes = [one.partition("@")[0].lower() for one in message.addressees]
    return not any(box.endswith(_LIST_OWNERS) or "bounce" in box for box in mailboxes)


def is_mailing(message: Message) -> bool:
    """Tell newsletters, which can be unsubscribed from (RFC 2369 §3.2) and have a reverse-path."""
    fields = message.top.fields
    return "list-unsubscribe" in fields and "list-id" not in fields and not message.null_reverse_path


_LIST_OWNERS = ("-admin", "-owner", "-bounces", "-request", "-errors")


def _appended(message: Message) -> bool:
    """Tell whether a failure was appended to the answered subject: "Re: Hello (delivery failed)"."""
    last = message.folded_subject.rstrip().rpartition("(")[2]
    return last.endswith(")") and FAILURE.found_in(last)


def _told_by_a_person(message: Message) -> bool:
    """Tell whether someone answers about a bounce, quotes, forwards or pastes it."""
    if quotes(message) or "in-reply-to" in message.top.fields or _shows_daemon(message):
        return True
    if message.null_reverse_path:
        return False
    return message.opening.startswith(GREETINGS)


def quotes(message: Message) -> bool:
    """Tell whether the machine's words, if any, are quoted or forwarded."""
    opening = message.prose[:OPENING]
    return bool(_QUOTED.search(opening) or _FORWARDED.search(opening))


def _shows_daemon(message: Message) -> bool:
    """Tell whether the prose has a header from a mail system copied in: two labelled lines, one of them naming it."""
    found, named = 0, False
    for line in message.prose[:OPENING].split("\n"):
        label = _LABEL.match(line)
        if label is None:
            found, named = 0, False
            continue
        found += 1
        named = named or DAEMON.found_in(label[1].casefold())
        if named and found > 1:
            return True
    return False
