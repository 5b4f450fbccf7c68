"""From the probes that showed backscatter to what would end it: product, setting, why, and how to test again. Pure.

Where nothing tells the product (see `product`), the advice is the one that holds for every server.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from bsaudit.judge.advice_table import CLAUSES, GENERIC, Problem, Product, Setting
from bsaudit.judge.again_command import repeated
from bsaudit.judge.problem import problem_of
from bsaudit.judge.product import LOW, Recognised, front, recognise, recognised
from bsaudit.model.notification import Notification
from bsaudit.model.probe import CountsAs, ProbeRecord
from bsaudit.model.report import Advice, Paste
from bsaudit.model.run import TargetRecord
from bsaudit.text import clean_line

_DOMAIN = "example.org"  # stands for the domain in the table
# What whoever takes the message from outside has to know; the rest is the business of who wrote.
_AT_THE_FRONT = frozenset({Problem.RECIPIENT, Problem.CONTENT})


def advise(
    records: Sequence[ProbeRecord], again: str | None = None, target: TargetRecord | None = None
) -> tuple[Advice, ...]:
    """Return advice for every problem that `records` (the probes of `target`) showed, each once.

    `again` is the command that repeats the run.
    """
    found: dict[tuple[str, str], Advice] = {}
    for record in records:
        if record.settlement is not None and record.settlement.counts_as is CountsAs.BACKSCATTER:
            one = _for_probe(record, again, target)
            found.setdefault((one.product, one.setting), one)
    return tuple(found.values())


def _for_probe(record: ProbeRecord, again: str | None, target: TargetRecord | None) -> Advice:
    # What a host beyond the target runs says nothing of the border, where the cure belongs.
    problem = problem_of(record)
    found = (front(record, target) if problem in _AT_THE_FRONT else None) or recognised(record, target)
    (one,) = _advice(found, problem, target.domain if target else _DOMAIN)
    return replace(one, retest=repeated(again, record.probe) or "")


def _advice(found: Recognised, problem: Problem, domain: str = _DOMAIN) -> tuple[Advice, ...]:
    """Return what ends a problem on a product, or else on every product; nothing where the problem is not known."""
    setting = _setting(found.product, problem)
    if setting is None:
        found, setting = Recognised(GENERIC, LOW), _setting(GENERIC, problem)
    if setting is None:
        return ()
    one = Advice(
        product=found.product.name,
        version=found.version,
        confidence=found.confidence,
        setting=setting.setting,
        default=setting.default,
        text=setting.text,
        clause=CLAUSES[problem],
        reference=setting.reference,
        retest="",
        paste=tuple(_of(domain, piece) for piece in setting.paste),
    )
    return (one,)


def _of(domain: str, piece: Paste) -> Paste:
    """Return what is to be pasted with the domain that it is about."""
    texts = {name: getattr(piece, name).replace(_DOMAIN, clean_line(domain)) for name in ("file", "where", "lines")}
    return replace(piece, **texts)


def advise_on(notification: Notification, host: str | None, problem: Problem) -> tuple[Advice, ...]:
    """Return advice on a notice that came without a run: nothing where neither product nor problem is recognised.

    Which domain it is about only the notice says: a stranger's words, which do not belong into lines to paste.
    """
    return _advice(recognise([notification], [host] if host else []), problem)


def _setting(product: Product, problem: Problem) -> Setting | None:
    exact = next((row for row in product.settings if row.problem is problem), None)
    return exact or next((row for row in product.settings if row.problem is Problem.ANY), None)
