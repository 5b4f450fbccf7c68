"""From the probes that showed backscatter to what would end it: product, setting, why, and how to test again. Pure.

The product is recognised from what the guilty host itself wrote (dialect of its notification, its Received lines, its
greeting), or from the domain of the MX. Where nothing tells, the advice is the one that holds for every server.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from bsaudit.judge.advice_table import GENERIC, PRODUCTS, Problem, Product, Setting
from bsaudit.judge.problem import problem_of, written_by_target
from bsaudit.model.domain import is_below
from bsaudit.model.mail import Route
from bsaudit.model.notification import Notification
from bsaudit.model.probe import CountsAs, Probe, ProbeRecord, ReturnedMail
from bsaudit.model.report import Advice
from bsaudit.probe.catalogue import KINDS
from bsaudit.text import clean_line

HIGH, MEDIUM, LOW = "high", "medium", "low"


def advise(target: str, records: Sequence[ProbeRecord]) -> tuple[Advice, ...]:
    """Return advice for every problem that `records` (the probes of one target) showed, each once.

    `target` is what the user named; it stands in the command that tests again.
    """
    found: dict[tuple[str, str], Advice] = {}
    for record in records:
        if record.settlement is not None and record.settlement.counts_as is CountsAs.BACKSCATTER:
            one = _for_probe(target, record)
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


def _for_probe(target: str, record: ProbeRecord) -> Advice:
    # What a host beyond the target runs says nothing of the border, where the cure belongs.
    guilty = written_by_target(record)
    product, confidence = recognise((mail.notification for mail in guilty), _hosts(record, guilty), _banners(record))
    problem = problem_of(record)
    setting = _setting(product, problem)
    if setting is None:
        product, confidence, setting = GENERIC, LOW, _setting(GENERIC, problem)
    assert setting is not None
    return Advice(
        product=product.name,
        confidence=confidence,
        setting=setting.setting,
        text=setting.text,
        reference=setting.reference,
        retest=_retest(target, record.probe),
    )


def _retest(target: str, probe: Probe) -> str:
    """Return the command that tries it again the same way: what one MX does the other route may not meet."""
    asked = () if probe.control else ("--probe", _asked_for(probe), *_needed(probe))  # every plan has its controls
    words = ["bsaudit", "probe", target, *asked]
    if probe.route is Route.DIRECT:
        words += ["--route", "direct"]
    return shlex.join(map(clean_line, words))


def _needed(probe: Probe) -> Sequence[str]:
    """Return the option without which the kind cannot be asked for, with the address that was tried."""
    words = KINDS[probe.kind].needs.partition(",")[0].split() if probe.kind in KINDS else []
    if not words or not words[0].startswith("--"):
        return ()
    return [words[0], *(one.address for one in probe.recipients[:1])] if words[1] == "ADDR" else words


def _asked_for(probe: Probe) -> str:
    """Return the kind, and the shape where the kind alone would not bring it."""
    shapes = KINDS[probe.kind].shapes if probe.kind in KINDS else ()
    on_request = any(shape.name == probe.shape and not shape.default for shape in shapes)
    return f"{probe.kind}:{probe.shape}" if on_request else probe.kind


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
