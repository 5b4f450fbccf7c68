"""Whether a refusal answers what a probe tries, or says something about the sender, the client, the weather. Pure.

A rejection is not taken at its word: it counts if its reason fits the probe, or if it says too little and the same
host took an ordinary message to a valid recipient in the same run. What differs between the two is then what the
probe tries; unless the words name another cause (hosts exempt postmaster from blocklists, say).
"""

from __future__ import annotations

import re

from bsaudit.judge.case import Case
from bsaudit.model.mail import Reply, Stage
from bsaudit.model.notification import Reason
from bsaudit.model.probe import Probe
from bsaudit.ndn.lookup import Words
from bsaudit.ndn.reason import reason_of
from bsaudit.probe.catalogue import KINDS, content_of
from bsaudit.probe.content import Content, Tries

_VAGUE = frozenset({Reason.UNKNOWN, Reason.POLICY, Reason.FILTERED})
_ORDER = {stage: number for number, stage in enumerate(Stage)}
_UNHEARD = {
    Tries.SIZE: "but before it had been told the size",
    Tries.RECIPIENT: "but before it had been told the recipient",
    Tries.CONTENT: "but before it had seen the content",
}

# RFC 4954 §6 (530, 535, 538) and RFC 7504 (521): refused whoever it is for
_ABOUT_SESSION = frozenset({521, 530, 535, 538})
# RFC 3463 §3.2 and §3.8, RFC 4954 §6, RFC 7372 §3, RFC 7505 §4.2: bad sender; authentication, encryption, SPF, DKIM,
# reverse DNS
_SENDER_STATUS = re.compile(r"5\.(?:1\.[78]|7\.(?:[5-9]|1[012]|2[0-9]|30))")
_CLIENT = re.compile(
    r"\b(?:spf|dkim|dmarc|ptr|rdns|helo|ehlo|tls|starttls|ssl|rbl|geoip|ips?)\b"
    r"|\b(?:from|relay|client) \[?\d{1,3}\.\d"
)
_CLIENT_WORDS = Words((
    "client", "reputation", "reverse dns", "reverse host", "reverse lookup", "dynamic", "dial-up", "dialup",
    "residential", "country", "your network", "your host", "your server", "your mail server", "your domain",
    "your access", "to connect", "connections will not", "log in", "logged in", "authenticat", "encrypt", "tenant",
    "spoof", "greylist", "graylist", "grey list", "gray list", "black list", "blacklist", "black-list", "blocklist",
    "block list", "block-list", "dnsbl", "spamhaus", "spamcop", "spf ", "openspf", "open-spf", "liste noire",
    "lista negra", "lista nera", "schwarze liste", "zwarte lijst", "czarn", "чёрн", "черн", "黑名单", "黑名單",
    "ブラックリスト", "fournisseur", "proveedor",
))  # fmt: skip
_SENDER_WORDS = Words((
    "sender", "from address", "from domain", "from header", "return path", "return-path", "reverse path",
    "reverse-path", "mail from", "absender", "expéditeur", "expediteur", "remitente", "remetente", "mittente",
    "afzender", "nadawc", "отправител", "发件", "寄件", "送信者", "送信元", "발신", "avsändar", "afsender",
    "avsender",
))  # fmt: skip
# A list refuses those who are no members, and that is what is tried: it may speak of the sender.
_ABOUT_SENDER = frozenset({"mailing-list", "null-reverse-path"})


def mask(case: Case, reply: Reply, reason: Reason, stage: Stage | None, host: str | None = None) -> str | None:
    """Say why a refusal by `host` proves nothing about what this probe tries, if so."""
    probe = case.record.probe
    kind, content = KINDS.get(probe.kind), content_of(probe)
    if kind is None:
        return None
    in_general = _refuses_all(case) or _too_early(content, stage)
    if in_general:
        return in_general
    if reply.code in _ABOUT_SESSION or (_is_vague(reason, reply) and _names_other_cause(probe, content, reply)):
        return f"but because of who sends it ({reason.value})"
    if reason in kind.fits | _of_shape(probe) | content.fits:
        return None
    if case.positive and reason in _VAGUE:
        other = _other_host(case, host)
        return f"but the ordinary message was taken by {other}, and no reason is given" if other else None
    return f"but for another reason than this probe tries ({reason.value})"


def _refuses_all(case: Case) -> str | None:
    return "but it refused even an ordinary message to a valid recipient" if case.positive is False else None


def _other_host(case: Case, host: str | None) -> str | None:
    """Return the host that took the positive control, if the relay went to another one with this probe."""
    taken = case.positive_host
    if not taken or not host or host == case.target.domain:  # nobody said which host it was
        return None
    return taken if taken.lower().rstrip(".") != host.lower().rstrip(".") else None


def _is_vague(reason: Reason, reply: Reply) -> bool:
    """Say whether the reason leaves open what was wrong; a bare 550 says no more than "mailbox unavailable"."""
    return reason in _VAGUE or (reply.enhanced is None and reason_of(reply.text, "", None, None) in _VAGUE)


def _of_shape(probe: Probe) -> frozenset[Reason]:
    row = KINDS[probe.kind]
    return next((shape.fits for shape in row.shapes if shape.name == probe.shape), frozenset())


def _too_early(content: Content, stage: Stage | None) -> str | None:
    """Say what the host had not heard of yet when it refused."""
    early = stage is not None and _ORDER[stage] < _ORDER[content.read_at]
    return _UNHEARD[content.tries] if early else None


def _names_other_cause(probe: Probe, content: Content, reply: Reply) -> bool:
    """Say whether a refusal speaks of the client or the sender; of the content, nothing else is a cause."""
    said = reply.text.casefold()
    if any(word in said for word in content.words):
        return False
    if _CLIENT.search(said) or _CLIENT_WORDS.found_in(said):
        return True
    if probe.kind in _ABOUT_SENDER:
        return False
    return bool(_SENDER_STATUS.fullmatch(reply.enhanced or "")) or _SENDER_WORDS.found_in(said)
