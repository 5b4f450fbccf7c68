"""From the probes that showed backscatter to what would end it: product, setting, why, and how to test again. Pure.

The product is recognised from what the guilty host itself wrote (dialect of its notification, its Received lines, its
greeting), or from the domain of the MX. Where nothing tells, the advice is the one that holds for every server.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bsaudit.judge.advice_table import GENERIC, PRODUCTS, Problem, Product, Setting
from bsaudit.judge.again_command import repeated
from bsaudit.judge.problem import problem_of, written_by_target
from bsaudit.model.domain import is_below
from bsaudit.model.notification import Notification
from bsaudit.model.probe import CountsAs, ProbeRecord, ReturnedMail
from bsaudit.model.report import Advice

HIGH, MEDIUM, LOW = "high", "medium", "low"


def advise(records: Sequence[ProbeRecord], again: str | None = None) -> tuple[Advice, ...]:
    """Return advice for every problem that `records` (the probes of one target) showed, each once.

    `again` is the command that repeats the run.
    """
    found: dict[tuple[str, str], Advice] = {}
    for record in records:
        if record.settlement is not None and record.settlement.counts_as is CountsAs.BACKSCATTER:
            one = _for_probe(record, again)
            found.setdefault((one.product, one.setting), one)
    return tuple(found.values())


def recognise(
    notifications: Iterable[Notification], hosts: Iterable[str], banners: Iterable[str]
) -> tuple[Product, str]:
    """Return the product that runs there, and how sure that is: `high`, `medium` or `low`.

    `notifications` were written by the host in question, `hosts` are its names, `banners` its greetings.
    """
    written = list(notifications)
    families = {family for one in written for family in (one.mta_family, one.dialect) if family}
    lines = [hop.raw for one in written for hop in one.trace[-1:]]
    if product := next((row for row in PRODUCTS if families & set(row.families)), None):
        return product, HIGH
    if product := _by_words([*banners, *lines]):
        return product, MEDIUM
    named = next((row for row in PRODUCTS for host in hosts for own in row.hosts if is_below(host, own)), None)
    return (named, MEDIUM) if named else (GENERIC, LOW)


def _for_probe(record: ProbeRecord, again: str | None) -> Advice:
    # What a host beyond the target runs says nothing of the border, where the cure belongs.
    (one,) = _advice(*recognised(record), problem_of(record), repeated(again, record.probe) or "")
    return one


def _advice(product: Product, confidence: str, problem: Problem, retest: str = "") -> tuple[Advice, ...]:
    """Return what ends a problem on a product, or else on every product; nothing where the problem is not known."""
    setting = _setting(product, problem)
    if setting is None:
        product, confidence, setting = GENERIC, LOW, _setting(GENERIC, problem)
    if setting is None:
        return ()
    one = Advice(
        product=product.name,
        confidence=confidence,
        setting=setting.setting,
        text=setting.text,
        reference=setting.reference,
        retest=retest,
        paste=setting.paste,
    )
    return (one,)


def recognised(record: ProbeRecord) -> tuple[Product, str]:
    """Return what the host at the border runs, by what it wrote about a probe, and how sure that is."""
    guilty = written_by_target(record)
    return recognise((mail.notification for mail in guilty), _hosts(record, guilty), _banners(record))


def advise_on(notification: Notification, host: str | None, problem: Problem) -> tuple[Advice, ...]:
    """Return advice on a notice that came without a run: nothing where neither product nor problem is recognised."""
    return _advice(*recognise([notification], [host] if host else [], []), problem)


def _setting(product: Product, problem: Problem) -> Setting | None:
    exact = next((row for row in product.settings if row.problem is problem), None)
    return exact or next((row for row in product.settings if row.problem is Problem.ANY), None)


def _hosts(record: ProbeRecord, guilty: Sequence[ReturnedMail]) -> list[str]:
    written = [mail.attributed.written_by.host for mail in guilty]
    return [host.lower().rstrip(".") for host in (*written, record.probe.mail_exchanger) if host]


def _banners(record: ProbeRecord) -> list[str]:
    """Return what the MX greeted with, on the direct route; through a relay we never heard it."""
    if record.submission is None or record.probe.mail_exchanger is None:
        return []
    return [line.text for line in record.submission.transcript[:1]]


def _by_words(texts: Iterable[str]) -> Product | None:
    words = " ".join(texts).lower()
    return next((row for row in PRODUCTS if any(mark in words for mark in row.banners)), None)
