"""Did a machine write this about mail that did not arrive? The gate in front of the prose dialects.

People quote bounces, forward them and discuss them on lists. A dialect's marks alone therefore prove nothing:
the message's own header, or its first lines, must say that a mail system speaks.
"""

from __future__ import annotations

import re

from bsaudit.ndn.languages import CASE, NOTICE, RECEIVED, REFUSED, YOURS
from bsaudit.ndn.lookup import folded
from bsaudit.ndn.message import Message
from bsaudit.ndn.original import find_part
from bsaudit.ndn.words import DAEMON, DELAY, FAILURE, GREETINGS, INCOMING, MACHINE

# Subjects by which people forward and answer, in the languages of mail programs
_FORWARDS = r"fwd?|wg|tr|rv|enc|vl|doorst|i|pd|vb|ilt|fs|přep|továbbítás|転送|转发|轉寄|전달"
_SUBJECT = r"\s*+(?:\[[^\]]{{1,60}}\]\s*+)?(?:{})\s*+(?:\[\d+\])?\s*+[:：]"
_FORWARD = re.compile(_SUBJECT.format(_FORWARDS), re.IGNORECASE)
_ANSWER = re.compile(_SUBJECT.format(rf"re|aw|sv|vs|antw|odp|rif|res|ynt|回复|回覆|答复|{_FORWARDS}"), re.IGNORECASE)
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
        return not acknowledges(message) and (failing or _system_says_so(message)) and not _about_a_case(message)
    if is_list_post(message) or (is_answer(message) and not _appended(message)):
        return False
    told = failing and not _told_by_a_person(message) and _in_words(message)
    return told and _is_automatic(message) and not _about_a_case(message)


def _in_words(message: Message) -> bool:
    """Tell whether a machine says why: by its own words, or, from nobody, by those for the reader's message."""
    return MACHINE.found_in(message.opening) or (message.null_reverse_path and names_message_and_refusal(message))


def _system_says_so(message: Message) -> bool:
    opening = message.opening
    return (
        MACHINE.found_in(opening)
        or FAILURE.found_in(opening)
        or DELAY.found_in(opening)
        or names_message_and_refusal(message)
    )


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
    return INCOMING.found_in(unquoted(folded(" ".join(lines))))


def is_notice(message: Message) -> bool:
    """Tell whether the subject is that of a notice to users or postmasters: quarantine, DMARC, maintenance."""
    return NOTICE.found_in(message.folded_subject) and not is_answer(message)


# The subject of what was sent may be about an order, too
_QUOTATION = re.compile(r"[\"'«“][^\"'«»“”\n]{1,200}[\"'»”]")


def unquoted(text: str) -> str:
    """Return a text without what stands in quotation marks: a topic, or somebody's subject."""
    return _QUOTATION.sub("", text)


def _answered_by_staff(message: Message) -> bool:
    """Tell whether people write from the mail system's address; nobody does as MAILER-DAEMON."""
    if "daemon" in message.sender.lower():
        return False
    if is_answer(message):
        return quotes(message)
    if "in-reply-to" not in message.top.fields or message.null_reverse_path:
        return False
    return _QUOTED.search(message.prose[:OPENING]) is not None


def is_answer(message: Message) -> bool:
    """Tell whether the subject is that of an answer, or of a forward."""
    return _ANSWER.match(message.subject) is not None


def is_forward(message: Message) -> bool:
    return _FORWARD.match(message.subject) is not None


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


def own_words(message: Message) -> str:
    """Return what the writer says itself, for looking up words."""
    return folded(own_text(message))


def own_text(message: Message) -> str:
    """Return what the writer says itself: all in front of what it quotes or forwards."""
    kept: list[str] = []
    labels: list[str] = []
    lines = message.prose[:OPENING].split("\n")
    for index, line in enumerate(lines):
        if _QUOTED.match(line) or _FORWARDED.match(line):
            break
        labels = [*labels, line] if _LABEL.match(line) else []
        if len(labels) > 1 and any("@" in label for label in labels) and _goes_on(lines[index:]):
            kept = kept[: 1 - len(labels)]
            break
        kept.append(line)
    return "\n".join(kept)


def _goes_on(lines: list[str]) -> bool:
    """Tell a header, copied in above its message, from a list of whom to write to, behind which nothing stands."""
    return any(line.strip() and not _LABEL.match(line) for line in lines)


def passes_on(message: Message) -> bool:
    """Tell whether the message quotes, forwards or holds another one."""
    return find_part(message.leaves) is not None or own_words(message) != message.opening


def answers(message: Message) -> bool:
    """Tell whether a field says that this answers another message (RFC 5322 §3.6.4)."""
    return "in-reply-to" in message.top.fields or "references" in message.top.fields


def acknowledges(message: Message) -> bool:
    """Tell a mail system's thanks for a letter to its people from its reports: both may speak of failures."""
    if not (answers(message) or is_answer(message)) or find_part(message.leaves) is not None:
        return False
    first = _first_paragraph(message)
    return RECEIVED.found_in(first) and not (MACHINE.found_in(first) or FAILURE.found_in(first))


def _first_paragraph(message: Message) -> str:
    """Return the first paragraph behind a greeting, for looking up words."""
    paragraphs = [folded(one) for one in message.lead.split("\n\n", 3) if one.strip()]
    greeted = len(paragraphs) > 1 and len(paragraphs[0]) < _GREETING_LENGTH and paragraphs[0][-1:] in _GREETING_ENDS
    return "".join(paragraphs[greeted : greeted + 1])[:_SAID_WINDOW]


_GREETING_LENGTH = 60
_GREETING_ENDS = frozenset(",!:，、！：")  # as Chinese and Japanese greet, too
# What a program says of itself and of your message, it says in its first sentences
_SAID_WINDOW = 600


def names_message_and_refusal(message: Message) -> bool:
    """Tell whether the first lines speak of the reader's message and of a refusal, in whatever words."""
    said = message.opening[:_SAID_WINDOW]
    return YOURS.found_in(said) and REFUSED.found_in(f" {said} ")


def _about_a_case(message: Message) -> bool:
    """Tell what a help desk tells its people about a bounce that opened, or joined, a case of theirs."""
    if _MAILBOX_DAEMON.search(message.from_address or "") or find_part(message.leaves) is not None:
        return False
    return _CASE_TAG.match(message.subject) is not None or CASE.found_in(message.opening[:_CASE_WINDOW])


_MAILBOX_DAEMON = re.compile(r"daemon|postmaster", re.IGNORECASE)
# [#123] [DESK-123] [Ticket#123] (Case 123), in front of the subject
_CASE_TAG = re.compile(
    r"\s{0,9}(?:[a-z]{2,4}:\s{0,4}){0,3}[\[({][^\[\](){}\n]{0,40}(?:#\s?\w{0,6}-?\d|[A-Za-z]{2,12}-\d|(?:ticket|case|request|issue)\D{0,9}\d)"
    r"|\s{0,9}(?:ticket|case|request|issue)\s?#?\s?\d",
    re.IGNORECASE,
)
_CASE_WINDOW = 250


def _shows_daemon(message: Message) -> bool:
    """Tell whether the prose has a header from a mail system copied in: two labelled lines, one of them naming it."""
    found, named = 0, False
    for line in message.prose[:OPENING].split("\n"):
        label = _LABEL.match(line)
        if label is None:
            found, named = 0, False
            continue
        found += 1
        named = named or DAEMON.found_in(folded(label[1]))
        if named and found > 1:
            return True
    return False
