"""Fitting a plan into what its receivers are sent at most: booked before it is sent, named where it does not fit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

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
    """What one target is to be sent; `out` are the names of what is not, by the reason."""

    target: TargetRecord
    probes: list[Probe]
    out: dict[str, dict[str, None]] = {}


class Purse(Struct, frozen=True, kw_only=True):
    """Who pays for what, from which ledger, at which moment (seconds since 1970)."""

    settings: AuditSettings
    run_id: str
    now: float
    book: Book

    async def pay(self, probes: Iterable[tuple[TargetRecord | None, Probe, bool]], patience_s: float) -> list[Booked]:
        """Book what can go out within `patience_s`; with each message stands whether it is tied to the one before."""
        latest = self.now + patience_s
        bookings = [
            Booking(charges=charges(probe, target, self.settings, self.run_id), latest=latest, tied=tied)
            for target, probe, tied in probes
        ]
        return list(await self.book(bookings, self.now))


def in_memory() -> Book:
    """Return a ledger of its own, for a plan that is only shown."""
    ledger = Ledger()

    async def book(bookings: Sequence[Booking], now: float) -> list[Booked]:
        return ledger.book_all(bookings, now)

    return book


async def fit(plans: Sequence[Plan], purse: Purse) -> dict[str, float]:
    """Take out of `plans` what does not fit, name it on its target, and return when each of the rest may go out.

    Every host's controls come together with the first question to it, before what else any target is asked. What was
    asked for by name waits as long as the run does.
    """
    settings = purse.settings
    _thin_out(plans, settings)
    leading = {plan.target.target: list(_leading(plan.probes)) for plan in plans}
    led = {probe.id for chain in leading.values() for probe, _ in chain}
    departures = await _pay(plans, leading, purse, settings.wait_s)
    rest = {plan.target.target: [(one, False) for one in plan.probes if one.id not in led] for plan in plans}
    patience = settings.wait_s if settings.kinds else min(UNASKED_WAIT_S, settings.wait_s)
    departures |= await _pay(plans, rest, purse, patience)
    for plan in plans:
        plan.target.planned_out += tuple(f"{', '.join(names)} ({reason})" for reason, names in plan.out.items())
    return departures


async def _pay(
    plans: Sequence[Plan], wanted: Mapping[str, Sequence[tuple[Probe, bool]]], purse: Purse, patience_s: float
) -> dict[str, float]:
    """Book what is wanted of each target; take out what does not fit, and what means nothing without it."""
    due = [(plan, probe, tied) for plan in plans for probe, tied in wanted[plan.target.target]]
    booked = await purse.pay([(plan.target, probe, tied) for plan, probe, tied in due], patience_s)
    for (plan, probe, _), told in zip(due, booked, strict=True):
        if told.at is None:
            _drop(plan, [probe], why(told.unit or ""))
    for plan in plans:
        _drop(plan, _groundless(plan.probes), _NO_CONTROL)
    return {probe.id: told.at for (_, probe, _), told in zip(due, booked, strict=True) if told.at is not None}


def _leading(probes: Sequence[Probe]) -> Iterator[tuple[Probe, bool]]:
    """Yield of each address the controls and the first question, tied together: none means anything alone."""
    for address in dict.fromkeys(probe.address for probe in probes):
        there = [probe for probe in probes if probe.address == address]
        controls = [probe for probe in there if probe.control in _FIRST]
        chain = [*controls, *[probe for probe in there if probe.control is None][:1]]
        yield from ((probe, place > 0) for place, probe in enumerate(chain))


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
    if names := dict.fromkeys(f"{probe.kind}:{probe.shape}" for probe in probes if probe.control is None):
        plan.out[reason] = plan.out.get(reason, {}) | names
    asked = {host for probe in plan.probes for _, host in receivers(probe, target)}
    lost = dict.fromkeys(probe.mail_exchanger for probe in probes if probe.mail_exchanger)
    target.not_asked += tuple(host for host in lost if host not in asked and host not in target.not_asked)
