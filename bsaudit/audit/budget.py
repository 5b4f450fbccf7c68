"""Fitting a plan into what its receivers are sent at most: booked before it is sent, named where it does not fit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from msgspec import Struct

from bsaudit.judge.budget import charges, crowded, receivers, refusable, why
from bsaudit.model.ledger import Booked, Booking, Ledger
from bsaudit.model.probe import Control, Probe
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import AuditSettings

Book = Callable[[Sequence[Booking], float], Awaitable[Sequence[Booked]]]
# What nobody asked for by name is not waited for any longer: it is planned out, and named.
UNASKED_WAIT_S = 60.0
# Without these nothing else that a host is sent means anything.
_FIRST = frozenset({Control.POSITIVE, Control.TRUSTED, Control.ASKED})
_ONE_NOBODY = "the host serves many domains, and each asks for one unknown recipient"
_NO_CONTROL = "there is no room for the control before it"


class Plan(Struct, kw_only=True):
    """What one target is to be sent."""

    target: TargetRecord
    probes: list[Probe]


class Purse(Struct, frozen=True, kw_only=True):
    """Who pays for what, from which ledger, at which moment (seconds since 1970)."""

    settings: AuditSettings
    run_id: str
    now: float
    book: Book

    async def pay(self, probes: Iterable[tuple[TargetRecord | None, Probe]], patience_s: float) -> list[Booked]:
        """Book each message that can go out within `patience_s`."""
        latest = self.now + patience_s
        bookings = [
            Booking(charges=charges(probe, target, self.settings, self.run_id), latest=latest)
            for target, probe in probes
        ]
        return list(await self.book(bookings, self.now))


def in_memory() -> Book:
    """Return a ledger of its own, for a plan that is only shown."""
    ledger = Ledger()

    async def book(bookings: Sequence[Booking], now: float) -> list[Booked]:
        return [ledger.book(booking, now) for booking in bookings]

    return book


async def fit(plans: Sequence[Plan], purse: Purse) -> dict[str, float]:
    """Take out of `plans` what does not fit, name it on its target, and return when each of the rest may go out.

    Every target's controls and its first question come before what else any is asked. What was asked for by name waits
    as long as the run does.
    """
    settings = purse.settings
    _thin_out(plans, settings)
    leading = {probe.id for plan in plans for probe in plan.probes if _comes_first(probe, plan.probes)}
    departures: dict[str, float] = {}
    wait = settings.wait_s if settings.kinds else min(UNASKED_WAIT_S, settings.wait_s)
    for first, patience in ((True, settings.wait_s), (False, wait)):
        due = [(plan, probe) for plan in plans for probe in plan.probes if (probe.id in leading) is first]
        booked = await purse.pay([(plan.target, probe) for plan, probe in due], patience)
        for (plan, probe), told in zip(due, booked, strict=True):
            if told.at is None:
                _drop(plan, [probe], why(told.unit or ""))
            else:
                departures[probe.id] = told.at
        for plan in plans:
            _drop(plan, _groundless(plan.probes), _NO_CONTROL)
    return departures


def _comes_first(probe: Probe, probes: Sequence[Probe]) -> bool:
    return probe.control in _FIRST or probe is next((one for one in probes if _asks_for_nobody(one)), None)


def _asks_for_nobody(probe: Probe) -> bool:
    return probe.control is None and refusable(probe) > 0


def _thin_out(plans: Sequence[Plan], settings: AuditSettings) -> None:
    late = crowded([plan.target for plan in plans], settings)
    for plan in plans:
        if plan.target.target in late:
            _drop(plan, [probe for probe in plan.probes if _asks_for_nobody(probe)][1:], _ONE_NOBODY)


def _groundless(probes: Sequence[Probe]) -> list[Probe]:
    """Return the probes to a host whose positive control is gone, and those that repeat what is gone."""
    controlled = {probe.address for probe in probes if probe.control is Control.POSITIVE}
    known = {probe.id for probe in probes}
    return [
        probe
        for probe in probes
        if (probe.address not in controlled and probe.control is not Control.ASKED)
        or (probe.repeats is not None and probe.repeats not in known)
    ]


def _drop(plan: Plan, probes: Sequence[Probe], reason: str) -> None:
    """Take `probes` out of the plan and say so; a host that gets nothing more is not asked."""
    gone = {probe.id for probe in probes}
    if not gone:
        return
    plan.probes[:] = [probe for probe in plan.probes if probe.id not in gone]
    target = plan.target
    names = dict.fromkeys(f"{probe.kind}:{probe.shape}" for probe in probes if probe.control is None)
    target.planned_out += tuple(f"{name} ({reason})" for name in names)
    asked = {host for probe in plan.probes for _, host in receivers(probe, target)}
    lost = dict.fromkeys(probe.mail_exchanger for probe in probes if probe.mail_exchanger)
    target.not_asked += tuple(host for host in lost if host not in asked and host not in target.not_asked)
