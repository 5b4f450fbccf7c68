"""What an answer of a DNS list means, and whether the list may be believed (RFC 5782). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address
from typing import NamedTuple, TypeAlias

from bsaudit.errors import DnsError
from bsaudit.model.standing import Meaning, Status
from bsaudit.standing.table import Kind, Row
from bsaudit.text import clean_line

# Addresses, none where there is no entry; an error is no answer at all.
Answer: TypeAlias = "tuple[str, ...] | DnsError"

# RFC 5782 §5: the first must be listed, the second must not.
TEST_ENTRIES = {
    Kind.IP4: ("127.0.0.2", "127.0.0.1"),
    Kind.IP6: ("::ffff:7f00:2", "::ffff:7f00:1"),
    Kind.NAME: ("test", "invalid"),
}
_OUTSIDE = "an answer outside 127/8: no list's word; a resolver or a domain's new owner answers in its place"
_LISTINGS = frozenset({Meaning.LISTED, Meaning.POLICY})
_REFUSALS = {Meaning.REFUSED: Status.REFUSED, Meaning.REGISTRATION: Status.REGISTRATION}


class Reading(NamedTuple):
    status: Status
    meaning: Meaning | None = None
    text: str = ""


def kind_of(thing: str) -> Kind:
    try:
        return Kind.IP4 if ip_address(thing).version == 4 else Kind.IP6  # noqa: PLR2004
    except ValueError:
        return Kind.NAME


def question(thing: str, zone: str) -> str:
    """Return the name to look up for an address (RFC 5782 §2.1, §2.4) or a name (§3)."""
    if kind_of(thing) is Kind.NAME:
        return f"{thing}.{zone}"
    return f"{ip_address(thing).reverse_pointer.rsplit('.', 2)[0]}.{zone}"


def own_entries(row: Row, kind: Kind) -> tuple[str, str]:
    """Return what must be listed, and what must not."""
    listed, clean = TEST_ENTRIES[kind]
    return row.test.get(kind, listed), clean


def not_asked(row: Row) -> Reading | None:
    """Return why a list is not asked at all."""
    if row.gone:
        why = {"renamed": "has another name", "fraud": "is no honest list"}.get(row.status, "gone")
        return Reading(Status.DEAD, text=f"{why} since {row.as_of}: not asked")
    if row.keyed:
        return Reading(Status.REGISTRATION, text="answers only with a key in the name: not asked")
    if row.untested:
        return Reading(Status.UNTESTABLE, text="has no test entry: nothing that it says can be believed")
    return None


def disbelieved(row: Row, listed: Answer, clean: Answer) -> Reading | None:
    """Return why a list may not be believed by its answers to its test entries; None where it passed."""
    for answer in (listed, clean):
        if isinstance(answer, DnsError):
            return _unanswered(row, answer.message)
    assert isinstance(listed, tuple)
    assert isinstance(clean, tuple)
    for answer in (listed, clean):
        refusal = read_answers(row, answer)
        if refusal.status in _REFUSALS.values():
            return refusal
    if clean:
        return _listing_all(listed, clean)
    if _outside(listed):
        return Reading(Status.UNKNOWN, text=_OUTSIDE)
    if not listed:
        return _unanswered(row, "") if row.status == "registration" else _FAILING
    return None


_FAILING = Reading(Status.UNTESTABLE, text="does not list its own test entry: its silence shows nothing")


def _listing_all(listed: Sequence[str], clean: Sequence[str]) -> Reading:
    if _outside(clean) and not _outside(listed) and listed:
        return Reading(Status.UNKNOWN, text=_OUTSIDE)
    lapsed = "; its domain has lapsed, it seems" if _outside(clean) else ""
    return Reading(Status.WILDCARD, text=f"lists even what no list may hold ({', '.join(clean)}): it lists all{lapsed}")


def _unanswered(row: Row, why: str) -> Reading:
    if row.status == "registration":
        return Reading(Status.REGISTRATION, text=f"does not answer this resolver: {row.policy or 'it has to register'}")
    return Reading(Status.UNKNOWN, text=clean_line(why))


def read_answers(row: Row, answers: Sequence[str]) -> Reading:
    """Return what the answers mean by the list's row. A code that it does not know is never a listing."""
    if not answers:
        return Reading(Status.CLEAN)
    if _outside(answers):
        return Reading(Status.UNKNOWN, text=_OUTSIDE)
    told = [one for answer in answers for one in _meanings(row, answer)]
    words = "; ".join(dict.fromkeys(text for _, text in told if text))
    meanings = [meaning for meaning, _ in told]
    refusal = next((meaning for meaning in _REFUSALS if meaning in meanings), None)
    if refusal is not None:
        return Reading(_REFUSALS[refusal], refusal, words)
    listing = next((meaning for meaning in meanings if meaning in _LISTINGS), None)
    if listing is not None:
        return Reading(Status.LISTED, listing, words)
    if None in meanings:
        return Reading(Status.UNKNOWN, text=f"a code that its table does not explain: {', '.join(answers)}")
    return Reading(Status.CLEAN, meanings[0], words)


def _meanings(row: Row, answer: str) -> list[tuple[Meaning | None, str]]:
    for pattern, told in row.codes.items():
        if all(map(_fits, pattern.split("."), answer.split("."))):
            return [_told(told)]
    if answer.startswith("127.255.255."):  # the refusals that Spamhaus began and others took over
        return [(Meaning.REFUSED, "refuses this resolver")]
    last = int(answer.rpartition(".")[2])
    bits = [told for bit, told in row.bits.items() if last & int(bit)]
    known = sum(int(bit) for bit in row.bits)
    return [_told(told) for told in bits] if bits and not last & ~known else [(None, "")]


def _told(told: str) -> tuple[Meaning, str]:
    meaning, _, text = told.partition(" ")
    return Meaning(meaning), text


def _fits(pattern: str, octet: str) -> bool:
    low, dash, high = pattern.partition("-")
    return pattern == "*" or (int(low) <= int(octet) <= int(high) if dash else low == octet)


def _outside(answers: Sequence[str]) -> bool:
    return any(not IPv4Address(answer).is_loopback for answer in answers)
