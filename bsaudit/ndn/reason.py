"""Why a message did not arrive: from what the server said, then from the status, in this order.

Servers' words are more honest than their codes: 5.7.1 and 550 are said for everything. Phrases are looked up in
case-folded text with white space reduced, most telling first; see `PHRASES`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bsaudit.model.notification import Reason
from bsaudit.ndn.lookup import Words
from bsaudit.ndn.phrases import PHRASES, TELLING_PHRASES, Phrases
from bsaudit.ndn.status import FIRST_FAILURE

# RFC 3463 §3, and the IANA registry of enhanced status codes, where a detail differs from its subject. 1.3 and 1.5 are
# said of recipients in practice, 7.13 too. TLS that is missing or fails (7.4, 7.5, 7.10, 7.30) is the network's.
_BY_STATUS = {
    "1.2": Reason.HOST_UNKNOWN, "1.7": Reason.POLICY, "1.8": Reason.POLICY, "1.9": Reason.POLICY,
    "1.10": Reason.HOST_UNKNOWN, "2.2": Reason.MAILBOX_FULL, "2.3": Reason.TOO_BIG, "2.4": Reason.SYSTEM,
    "3.4": Reason.TOO_BIG, "4.1": Reason.EXPIRED, "4.3": Reason.SYSTEM, "4.4": Reason.HOST_UNKNOWN, "4.5": Reason.RATE,
    "4.7": Reason.EXPIRED, "4.316": Reason.EXPIRED, "5.3": Reason.RATE, "6.0": Reason.SPAM,
    "7.4": Reason.NETWORK, "7.5": Reason.NETWORK, "7.10": Reason.NETWORK, "7.13": Reason.MAILBOX_DISABLED,
    "7.16": Reason.TOO_BIG, "7.17": Reason.USER_UNKNOWN,
    "7.18": Reason.USER_UNKNOWN, "7.19": Reason.SYSTEM, "7.28": Reason.RATE, "7.30": Reason.NETWORK,
}  # fmt: skip
# RFC 3463 §3: the subject alone, for details not listed
_BY_SUBJECT = {
    "1": Reason.USER_UNKNOWN, "2": Reason.MAILBOX_DISABLED, "3": Reason.SYSTEM, "4": Reason.NETWORK,
    "5": Reason.PROTOCOL, "6": Reason.PROTOCOL, "7": Reason.POLICY,
}  # fmt: skip
# The detail that a reason stands for, where nobody states a code (RFC 3463 §3)
_DETAIL = {
    Reason.USER_UNKNOWN: "1.1", Reason.HOST_UNKNOWN: "1.2", Reason.MAILBOX_FULL: "2.2",
    Reason.MAILBOX_DISABLED: "2.1", Reason.FILTERED: "2.1", Reason.TOO_BIG: "3.4", Reason.RELAY_DENIED: "7.1",
    Reason.POLICY: "7.1", Reason.SPAM: "7.1", Reason.VIRUS: "7.1", Reason.EXPIRED: "4.7", Reason.NETWORK: "4.1",
    Reason.SYSTEM: "3.0", Reason.PROTOCOL: "5.0", Reason.RATE: "7.0",
}  # fmt: skip
# RFC 5321 §4.2.3, where neither words nor status decide
_BY_REPLY = {
    421: Reason.SYSTEM, 450: Reason.POLICY, 451: Reason.SYSTEM, 452: Reason.SYSTEM, 500: Reason.PROTOCOL,
    501: Reason.PROTOCOL, 502: Reason.PROTOCOL, 503: Reason.PROTOCOL, 504: Reason.PROTOCOL, 521: Reason.POLICY,
    530: Reason.POLICY, 535: Reason.POLICY,
    542: Reason.USER_UNKNOWN, 550: Reason.USER_UNKNOWN, 551: Reason.USER_UNKNOWN,
    552: Reason.MAILBOX_FULL, 553: Reason.USER_UNKNOWN, 556: Reason.HOST_UNKNOWN,
}  # fmt: skip
# Words in so long a text are searched; a reply has a few hundred characters, an explanation to a person 2000.
REASON_WINDOW = 2500


def reason_of(said: str, context: str, status: str | None, reply: int | None) -> Reason:
    """Return why: by what the server `said`, then by a status that says anything, then by the prose around it."""
    spoken = _folded(said)
    found = (
        _agreed(spoken, status)
        or _by_words(spoken, PHRASES)
        or (_by_words(_folded(context), TELLING_PHRASES) if _only_expired(said, status) else None)
        or _by_status(status)
        or _BY_REPLY.get(reply if reply and str(reply) in said else 0)
        or _by_words(_folded(context), TELLING_PHRASES)
        or _BY_REPLY.get(reply or 0)
    )
    if found in _TO_WEIGH:
        return _weighed(found, spoken, context, status)
    return found or Reason.UNKNOWN


# What may be said of the sender, or after the content: who was refused, and when, changes the meaning
_TO_WEIGH = frozenset({Reason.USER_UNKNOWN, Reason.HOST_UNKNOWN, Reason.RATE, None})


def _weighed(found: Reason | None, spoken: str, context: str, status: str | None) -> Reason:
    if found is Reason.HOST_UNKNOWN and status is not None and status[0] == "4" and "receive email" not in spoken:
        return Reason.NETWORK  # DNS did not answer so far; RFC 3463 §2: a persistent transient failure
    text = f"{spoken} {_folded(context)}"
    if _BEFORE_RCPT.found_in(text):  # whatever the reply calls unknown is the sender or the client
        return Reason.POLICY
    if found is Reason.USER_UNKNOWN and _accepted_first(text, status):
        return Reason.FILTERED
    return found or Reason.UNKNOWN


@lru_cache(maxsize=8)  # the same prose is asked about several times
def _folded(text: str) -> str:
    """Return the words to look in; neither addresses (spfeiffer@ is not about SPF) nor names of scanners are any."""
    words = text[:REASON_WINDOW].casefold().split()
    if "@" in text:
        words = [_ADDRESS.sub("@", word) if "@" in word else word for word in words]
    folded = " ".join(words)
    return _SCANNER.sub("", folded) if "virus" in folded else folded


# Scanners put their names under everything; only as the one who refuses do they say why
_SCANNER = re.compile(
    r"(?<!rejected by )(?<!blocked by )anti-?virus|virus firewall|virus-free|no virus(?:es)? found"
    r"|(?:scanned|checked|tested) (?:for|by|with) [^.;:]{0,60}"
)
# URLs and host names
_NAME = re.compile(
    r"https?://\S+|www\.\S+"
    r"|(?<![\w.@\-])[a-z0-9][\w\-]{0,62}(?:\.[\w\-]{1,63}){0,8}\.(?:[a-z]{2,6}|example)\b(?![.\-])"
)
_ADDRESS = re.compile(r"[^<>()\[\]:;,\"'@]{1,64}@[^<>()\[\]:;,\"'@]{1,255}")


def _only_expired(said: str, status: str | None) -> bool:
    """Tell whether x.4.7 is all that is said: time ran out, and the prose may know over what."""
    return not said and status is not None and status.endswith(".4.7")


def _agreed(spoken: str, status: str | None) -> Reason | None:
    """Return the reason of the commonest failures, where code and words say the same."""
    phrases = _COMMON.get(status[2:]) if status and spoken[:1].isdigit() else None
    if phrases is None:
        return None
    beginning = spoken[:_COMMON_WINDOW]
    return next((reason for phrase, reason in phrases if phrase in beginning), None)


_COMMON_WINDOW = 300
_COMMON = {
    "1.1": (
        ("user unknown", Reason.USER_UNKNOWN),
        ("unknown user", Reason.USER_UNKNOWN),
        ("no such user", Reason.USER_UNKNOWN),
        ("does not exist", Reason.USER_UNKNOWN),
    ),
    "2.2": (
        ("mailbox full", Reason.MAILBOX_FULL),
        ("quota", Reason.MAILBOX_FULL),
        ("mailbox is full", Reason.MAILBOX_FULL),
    ),
}


def _by_words(folded: str, table: Phrases) -> Reason | None:
    """Look up what is said; a host may be called after spam filters whatever it says."""
    found = _looked_up(folded, table)
    if found in _WITHIN_NAMES and (bare := _NAME.sub("", folded)) != folded:
        return _looked_up(bare, table) or found
    return found


# Reasons whose words are short enough to stand in names
_WITHIN_NAMES = frozenset({Reason.VIRUS, Reason.SPAM, Reason.POLICY, Reason.NETWORK, Reason.SYSTEM, Reason.PROTOCOL})


def _looked_up(folded: str, table: Phrases) -> Reason | None:
    if folded:
        for reason, phrases in table:
            if phrases.found_in(folded):
                return reason
    return None


def _by_status(status: str | None) -> Reason | None:
    if status is None or status.endswith(".0.0") or status == "5.5.0":
        return None
    return _BY_STATUS.get(status[2:]) or _BY_SUBJECT.get(status[2:].partition(".")[0])


def _accepted_first(text: str, status: str | None) -> bool:
    """Tell whether an "unknown user" is none: RCPT took it, or the code speaks of a disabled mailbox or of policy."""
    if _AFTER_DATA.found_in(text) and status not in {"5.1.1", "5.1.10"}:
        return True
    return status in {"5.2.0", "5.2.1", "5.7.1"} and "rcpt" not in text and "invalid recipient" not in text


# How servers say that the reply came to an earlier command
_BEFORE_RCPT = Words((
    "after mail from", "in reply to mail from", "after ehlo", "after helo", "after initial connection",
    "in reply to helo", "in reply to ehlo", "sender was rejected", "my name was rejected",
))  # fmt: skip
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
    return f"{kind}.{_DETAIL.get(reason, '0.0')}"
