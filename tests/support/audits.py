"""Whole audits in this process against a laboratory, for the tests beside this file."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from bsaudit.lab.dns import Record
from bsaudit.lab.laboratory import domain, laboratory
from bsaudit.lab.relay import RelayHabits
from bsaudit.lab.targets import Behaviours
from bsaudit.model.report import ProbeEntry, Report, TargetEntry
from bsaudit.ports import Observer
from bsaudit.report import json
from bsaudit.wiring.runs import run_audit
from tests.support.schema import strict

# A laboratory answers at once; its relay gives up on a target that defers after 2 s. The wait ends when all is settled:
# it bounds only how slow a machine may be.
WAIT_S, GRACE_S, RATE = 60.0, 0.8, 50.0
Name = TypeVar("Name")
Result = TypeVar("Result")
ENOUGH = 40  # messages to one target: the whole plan


def audited(
    *labels: str,
    habits: RelayHabits | None = None,
    observer: Observer = lambda _: None,
    records: Iterable[Record] = (),
    **changes: Any,
) -> Report:
    """Audit the targets with these labels and return the report, checked against the schema."""
    report = asyncio.run(audit_of(labels, habits, observer, records, changes))
    check(report)
    return report


def side_by_side(audits: Mapping[Name, Coroutine[Any, Any, Result]]) -> dict[Name, Result]:
    """Await all of them at once: audits that mostly wait share the time."""

    async def every() -> list[Result]:
        return await asyncio.gather(*audits.values())

    return dict(zip(audits, asyncio.run(every()), strict=True))


async def audit_of(
    labels: tuple[str, ...],
    habits: RelayHabits | None,
    observer: Observer,
    records: Iterable[Record],
    changes: dict[str, Any],
) -> Report:
    """Audit as `audited` does; the report is not checked yet."""
    sites = {label: Behaviours.TABLE[label] for label in labels}
    async with laboratory(habits, sites, records) as lab:
        aimed = lab.settings(*map(domain, labels), wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
        aimed = msgspec.structs.replace(aimed, **({"max_probes": ENOUGH} | changes))
        return await run_audit(aimed, observer)


def check(report: Report) -> None:
    """Validate the report as a program would read it."""
    strict().validate(msgspec.json.decode(json.render(report)))


def only(report: Report) -> TargetEntry:
    (target,) = report.targets
    return target


def outcomes(target: TargetEntry, kind: str) -> set[str]:
    return {probe.outcome.value for probe in of_kind(target, kind)}


def of_kind(target: TargetEntry, kind: str) -> list[ProbeEntry]:
    """Return the probes of a kind, or of one of its shapes (`spam:gtube`)."""
    name, _, shape = kind.partition(":")
    found = [probe for probe in target.probes if probe.kind == name and shape in ("", probe.shape)]
    assert found, f"no probe {kind}"
    return found
