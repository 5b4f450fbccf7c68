"""Why a message did not arrive: from what the server said, weighed against its enhanced status code.

Servers' words are more honest than their codes: 5.7.1 and 550 are said for everything. In this order: a code that the
provider publishes (`ndn.codes`), words of one meaning, a status that says something particular, vague words, the
status' subject, the reply code, and what the prose around it says.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bsaudit.model.notification import Reason
from bsaudit.ndn.codes import BY_REPLY, BY_STATUS, BY_SUBJECT, DETAIL, PAIRED
from bsaudit.ndn.lookup import Words, folded
from bsaudit.ndn.meanings import CLEAR, Meaning
from bsaudit.ndn.status import FIRST_FAILURE
from bsaudit.ndn.understanding import Said, Understanding

# Words in so long a text are searched; a reply has a few hundred characters, an explanation to a person 2000.
REASON_WINDOW = 2500
# Boilerplate around the reply speaks of systems, headers and rules in general
_GENERAL = frozenset({Reason.RATE, Reason.PROTOCOL, Reason.POLICY, Reason.SYSTEM})
TABLES = Understanding()


def reason_of(said: str, context: str, status: str | None, reply: int | None) -> Reason:
    """Return why: by what the server `said`, then by a status that says anything, then by the prose around it."""
    spoken = _spoken(said)
    told = _told(spoken)
    found = (
        _paired(status, told.sure)
        or _row(told.sure)
        or _paired(status, told.faint)
        or (reason_in_prose(context) if _says_little(said, status) else None)
        or _by_status(status)
        or _row(told.vague)
        or _by_subject(status)
        or _row(told.faint)
        or BY_REPLY.get(reply if reply and str(reply) in said else 0)
        or reason_in_prose(context)
        or BY_REPLY.get(reply or 0)
        or _hinted(context)
    )
    if found in _TO_WEIGH:
        return _weighed(found, spoken, context, status)
    return found or Reason.UNKNOWN


# What may be said of the sender, or after the content: who was refused, and when, changes the meaning
_TO_WEIGH = frozenset({Reason.USER_UNKNOWN, Reason.HOST_UNKNOWN, Reason.RATE, None})


def _weighed(found: Reason | None, spoken: str, context: str, status: str | None) -> Reason:
    spoken = spoken.casefold()
    if found is Reason.HOST_UNKNOWN and status is not None and status[0] == "4" and "receive email" not in spoken:
        return Reason.NETWORK  # DNS did not answer so far; RFC 3463 §2: a persistent transient failure
    text = f"{spoken} {folded(_spoken(context))}"
    if _BEFORE_RCPT.found_in(text):  # whatever the reply calls unknown is the sender or the client
        return Reason.POLICY
    if found is Reason.USER_UNKNOWN and _accepted_first(text, status):
        return Reason.FILTERED
    return found or Reason.UNKNOWN


@lru_cache(maxsize=8)  # the same prose is asked about several times
def _spoken(text: str) -> str:
    """Return what is looked at, without the names of scanners, which stand under everything."""
    text = text[:REASON_WINDOW]
    if "iving up on " in text:
        text = _GIVING_UP.sub(" ", text)
    return _SCANNER.sub(" ", text) if "virus" in text.casefold() else text


# qmail-remote ends with it whatever the server said, at once or after days
_GIVING_UP = re.compile(r"\bGiving up on [\w.:\-\[\]]{1,255}")


# Scanners put their names under everything; only as the one who refuses do they say why
_SCANNER = re.compile(
    r"(?<!rejected by )(?<!blocked by )anti-?virus|virus firewall|virus-free|no virus(?:es)? found"
    r"|(?:scanned|checked|tested) (?:for|by|with) [^.;:]{0,60}",
    re.IGNORECASE,
)


def _paired(status: str | None, meaning: Meaning | None) -> Reason | None:
    """Return what a status makes of a meaning."""
    return PAIRED.get((status or "", meaning.id)) if meaning is not None else None


def _row(meaning: Meaning | None) -> Reason | None:
    return meaning.reason if meaning is not None else None


def _told(spoken: str) -> Said:
    """Return what is said: by the server whose reply is quoted, where it is, and by the one that quotes it."""
    quoted = _quoted(spoken)
    first = TABLES.of(quoted) if quoted else Said()
    if first.sure is not None:
        return first
    told = TABLES.of(spoken)
    if quoted:  # of the words in front of it, hosts and addresses that are named say nothing
        return Said(told.sure, first.vague, first.faint)
    return told


def _quoted(spoken: str) -> str:
    """Return the reply that is quoted, and all behind it: host … said: 550 …, "" where none is."""
    for code in _CODE.finditer(spoken):
        if _QUOTES.search(spoken, max(code.start() - _QUOTES_WINDOW, 0), code.start()):
            return spoken[code.start() :]
    return ""


_CODE = re.compile(r"[45]\d\d[ \-:#]")
_QUOTES = re.compile(
    r"(?:\bsaid|\bwas|return(?:ed|s)|\breplied|\bresponse|\berror|\bwith|\bdata|->|command|\]|\btext|:)[:\s]{1,4}\Z",
    re.IGNORECASE,
)
_QUOTES_WINDOW = 16


def reason_in_prose(context: str) -> Reason | None:
    """Return why, as prose says it around a reply or instead of one, unless mail systems in general say it."""
    told = TABLES.of(_spoken(context)).sure
    return told.reason if told is not None and not (told.reason in _GENERAL and told.strength < CLEAR) else None


def _hinted(context: str) -> Reason | None:
    """Return what prose hints at, where nothing else says anything."""
    told = TABLES.of(_spoken(context))
    hint = _row(told.vague or told.faint)
    return hint if hint in _REFUSALS else None


# What prose may hint at: that somebody refused. Systems, networks and errors stand in every notification.
_REFUSALS = frozenset({Reason.POLICY, Reason.SPAM, Reason.USER_UNKNOWN})


def _says_little(said: str, status: str | None) -> bool:
    """Tell whether a status is all that is said, and the prose may know more.

    x.1.2: is it the system that does not exist, or the list on it? x.4.7: time ran out, over what? x.7.1: refused,
    as what?
    """
    return not said and status is not None and status.endswith((".1.2", ".4.7", ".7.1"))


def _by_status(status: str | None) -> Reason | None:
    return BY_STATUS.get(status[2:]) if status is not None else None


def _by_subject(status: str | None) -> Reason | None:
    if status is None or status.endswith(".0.0") or status == "5.5.0":
        return None
    return BY_SUBJECT.get(status[2:]) or BY_SUBJECT.get(status[2:].partition(".")[0])


def _accepted_first(text: str, status: str | None) -> bool:
    """Tell whether an "unknown user" is none: RCPT took it, or the code speaks of a disabled mailbox or of policy."""
    if _AFTER_DATA.found_in(text) and status not in {"5.1.1", "5.1.10"}:
        return True
    return status in {"5.2.0", "5.2.1", "5.7.1"} and not _AT_RCPT.found_in(text)


# How servers say that the reply came to an earlier command
_BEFORE_RCPT = Words((
    "after mail from", "in reply to mail from", "after ehlo", "after helo", "after initial connection",
    "in reply to helo", "in reply to ehlo", "sender was rejected", "my name was rejected",
))  # fmt: skip
# … or to RCPT; qmail-remote says so in words
_AT_RCPT = Words(("rcpt", "invalid recipient", "does not like recipient"))
# … or to the message itself (RFC 5321 §4.3.2), not to RCPT
_AFTER_DATA = Words((
    "end of data", "in reply to end of", "smtp command data", "550 : user unknown", "550: : user unknown",
))  # fmt: skip


def status_from_reason(reason: Reason, reply: int | None, *, delayed: bool) -> str:
    """Return the code that words without a code amount to; the class is the reply's, else the report's own."""
    if reply is not None and reply >= FIRST_FAILURE:
        kind = str(reply)[0]
    else:
        kind = "4" if delayed or reason in {Reason.EXPIRED, Reason.NETWORK} else "5"
    return f"{kind}.{DETAIL.get(reason, '0.0')}"
