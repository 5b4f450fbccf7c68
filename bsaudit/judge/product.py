"""Which product a host runs, in which version, and how sure that is: by what it wrote, said and is called. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from bsaudit.judge.advice_table import GENERIC, PRODUCTS, Product
from bsaudit.judge.learn import target_party
from bsaudit.judge.naming import names_target
from bsaudit.judge.problem import written_by_target
from bsaudit.model.domain import is_below
from bsaudit.model.mail import Exchange
from bsaudit.model.notification import Hop, Notification
from bsaudit.model.probe import ProbeRecord, ReturnedMail
from bsaudit.model.run import TargetRecord

HIGH, MEDIUM, LOW = "high", "medium", "low"
# A stranger's text, which is printed with names redacted too: no label of a host fits behind its numbers.
_NUMBER = r"(\d{1,9}(?:\.\d{1,9}){0,5}(?:[-+~]?[a-z0-9]{1,8}){0,2})"


class Recognised(Struct, frozen=True):
    """`version` is what the host says of itself, "" where it says nothing."""

    product: Product
    confidence: str
    version: str = ""


def recognise(
    notifications: Iterable[Notification],
    hosts: Iterable[str],
    greetings: Iterable[str] = (),
    *,
    received: Iterable[str] = (),
    replies: Iterable[str] = (),
) -> Recognised:
    """Return the product that runs there.

    `notifications` were written by the host in question, `hosts` are its names, `greetings` what it greets with,
    `replies` what it answered after that, `received` the Received lines that it wrote on the way in.
    """
    written, heard, taken = list(notifications), list(greetings), list(received)
    families = {family for one in written for family in (one.mta_family, one.dialect) if family}
    lines = [hop.raw for one in written for hop in one.trace[-1:]]
    known = _by_families(families) or _by_words(heard, lines) or _by_hosts(hosts) or _by_habits(replies)
    product, confidence = known or (GENERIC, LOW)
    return Recognised(product, confidence, _version(product, [*heard, *lines, *taken]))


def recognised(record: ProbeRecord, target: TargetRecord | None) -> Recognised:
    """Return what the host at the border runs, by what it wrote about a probe and said in its session."""
    guilty = written_by_target(record)
    notifications = (mail.notification for mail in guilty)
    said = _session(record)
    greetings, replies = [one.text for one in said[:1]], [one.text for one in said[1:]]
    hosts = _hosts(record, guilty)
    return recognise(notifications, hosts, greetings, received=_received(guilty, target), replies=replies)


def front(record: ProbeRecord, target: TargetRecord | None) -> Recognised | None:
    """Return what took the message for a server behind it, which wrote the notice: the cure belongs to the front."""
    heard = [one.text for one in _session(record)[:1]]
    written = _received(written_by_target(record), target)
    product, confidence = _by_words(heard, written) or (GENERIC, LOW)
    return Recognised(product, confidence, _version(product, [*heard, *written])) if product.front else None


def border(returned_trace: Sequence[Hop], target: TargetRecord, writer: str | None) -> Hop | None:
    """Return the line that the target's first host wrote when it took the message, by the copy that came back."""
    party, written = target_party(target), (writer or "").lower()
    own = [hop for hop in returned_trace if hop.by and (names_target(hop.by, party) or hop.by.lower() == written)]
    return own[-1] if own else None


def _received(guilty: Iterable[ReturnedMail], target: TargetRecord | None) -> list[str]:
    if target is None:
        return []
    hops = (border(one.notification.returned_trace, target, one.attributed.written_by.host) for one in guilty)
    return [hop.raw for hop in hops if hop]


def _by_families(families: set[str]) -> tuple[Product, str] | None:
    return next(((row, HIGH) for row in PRODUCTS if families & set(row.families)), None)


def _by_words(greetings: Sequence[str], lines: Sequence[str]) -> tuple[Product, str] | None:
    """Return whom greetings and Received lines name: sure where both do, since a name in one place may be anybody's."""
    heard, written = _named(greetings), _named(lines)
    product = heard or written
    return (product, HIGH if heard is written else MEDIUM) if product else None


def _named(texts: Iterable[str]) -> Product | None:
    words = " ".join(texts).lower()
    return next((row for row in PRODUCTS if any(mark in words for mark in row.banners)), None)


def _by_habits(replies: Iterable[str]) -> tuple[Product, str] | None:
    text = "\n".join(replies)
    return next(((row, MEDIUM) for row in PRODUCTS if any(_found(habit, text) for habit in row.habits)), None)


def _by_hosts(hosts: Iterable[str]) -> tuple[Product, str] | None:
    return next(
        ((row, MEDIUM) for host in hosts for row in PRODUCTS if any(is_below(host, own) for own in row.hosts)), None
    )


def _version(product: Product, texts: Sequence[str]) -> str:
    """Return the number that stands behind the product's name, or where else this product writes it."""
    marks = [rf"\b{re.escape(mark)}[ /]v?{_NUMBER}" for mark in product.banners]
    found = (_found(pattern, text) for pattern in (*marks, *product.versions) for text in texts)
    return next((one[1] for one in found if one), "")


def _found(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.ASCII | re.IGNORECASE | re.MULTILINE)


def _hosts(record: ProbeRecord, guilty: Sequence[ReturnedMail]) -> list[str]:
    written = [mail.attributed.written_by.host for mail in guilty]
    return [host.lower().rstrip(".") for host in (*written, record.probe.mail_exchanger) if host]


def _session(record: ProbeRecord) -> Sequence[Exchange]:
    """Return what we and the MX said, on the direct route; through a relay we never heard it."""
    if record.submission is None or record.probe.mail_exchanger is None:
        return ()
    return record.submission.transcript
