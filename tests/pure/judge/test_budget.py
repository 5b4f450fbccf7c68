"""Who is charged for what, and what each is sent at most: every window of a plan, recounted."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.audit.budget import Plan, Purse, fit, in_memory
from bsaudit.judge.budget import charges, crowded, refusable
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.probe import Probe
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import AuditSettings, HostAgreement, RelaySettings, Tagging
from bsaudit.probe.addressing import Numbers, Sender
from bsaudit.probe.own_side import Way, plan_closing
from bsaudit.probe.plan import choose, plan_target

NOW = 1_000_000.0
RELAY = RelaySettings(host="mail.relay.example", port=587)


def settings(**changes: Any) -> AuditSettings:
    fixed = {"targets": ("acme.example",), "catch_addresses": ("me@inbox.example",), "relay": RELAY}
    return AuditSettings(**(fixed | {"relay_permission": "me"} | changes))


def target(name: str, *addresses: str, host: str = "mx.provider.example", preference: int = 10) -> TargetRecord:
    exchangers = tuple(
        MailExchanger(host=f"{number}.{host}", addresses=(address,), preference=preference)
        for number, address in enumerate(addresses or ("192.0.2.1",))
    )
    return TargetRecord(target=name, domain=name, mail_exchangers=exchangers)


def planned(targets: list[TargetRecord], one: AuditSettings) -> list[Plan]:
    sender = Sender(run_id="r", key=b"k", catch_address="me@inbox.example", tagging=Tagging.PLUS, route=one.route)
    numbers = Numbers()
    return [Plan(target=each, probes=plan_target(sender, numbers, each, choose(one), one)) for each in targets]


def fitted(targets: list[TargetRecord], one: AuditSettings) -> tuple[list[Plan], dict[str, float]]:
    plans = planned(targets, one)
    return plans, asyncio.run(fit(plans, Purse(settings=one, run_id="r", now=NOW, book=in_memory())))


def check(plans: list[Plan], departures: dict[str, float], one: AuditSettings) -> None:
    """Recount every window of every unit."""
    booked: dict[str, list[float]] = {}
    limits: dict[str, set[Any]] = {}
    for plan in plans:
        for probe in plan.probes:
            for charge in charges(probe, plan.target, one, "r"):
                booked.setdefault(charge.unit, []).extend([departures[probe.id]] * charge.amount)
                limits.setdefault(charge.unit, set()).update(charge.limits)
    for unit, times in booked.items():
        for limit in limits[unit]:
            for start in set(times):
                inside = sum(start <= time < start + limit.seconds - 0.001 for time in times)
                assert inside <= limit.most, (unit, limit)


@pytest.mark.parametrize("route", [Route.RELAY, Route.DIRECT])
def test_the_default_plan_of_one_target_fits_without_waiting_and_keeps_its_main_questions(route: Route) -> None:
    one = settings(route=route)
    plans, departures = fitted([target("acme.example")], one)
    check(plans, departures, one)
    assert max(departures.values()) < NOW + 60
    kinds = {f"{probe.kind}:{probe.shape}" for probe in plans[0].probes}
    assert {"unknown-recipient:random", "mixed-recipients:unknown", "spam:gtube", "virus:eicar"} <= kinds
    out = [text.partition(" (")[0] for text in plans[0].target.planned_out]
    assert out == ([] if route is Route.RELAY else ["unknown-recipient:role, unknown-recipient:tagged"])


def test_what_was_asked_for_by_name_waits() -> None:
    one = settings(route=Route.DIRECT, kinds=("unknown-recipient", "null-reverse-path", "mixed-recipients"))
    plans, departures = fitted([target("acme.example")], one)
    check(plans, departures, one)
    assert plans[0].target.planned_out == ()
    assert max(departures.values()) >= NOW + 600


@pytest.mark.parametrize("route", [Route.RELAY, Route.DIRECT])
def test_many_domains_at_one_host_share_it(route: Route) -> None:
    one = settings(route=route)
    targets = [target(f"d{number}.example") for number in range(45)]
    plans, departures = fitted(targets, one)
    check(plans, departures, one)
    assert sum(len(plan.probes) for plan in plans) <= 24
    assert all(plan.target.planned_out for plan in plans)
    # Nobody is sent a control for nothing.
    assert all(any(probe.control is None for probe in plan.probes) for plan in plans if plan.probes)


def test_two_hundred_domains_at_an_organisation_that_agreed_are_all_asked_within_that() -> None:
    agreed = HostAgreement(match="provider.example", authorized_by="it", rate=5.0, budget=450, refused=300)
    one = settings(route=Route.DIRECT, hosts=(agreed,), max_messages=2000, kinds=("unknown-recipient:random",))
    targets = [target(f"d{number}.example", f"192.0.2.{number % 4}") for number in range(200)]
    plans, departures = fitted(targets, one)
    check(plans, departures, one)
    asked = Counter(probe.shape for plan in plans for probe in plan.probes)
    assert asked["random"] == 200


def test_by_relay_every_host_that_may_get_it_is_charged_and_no_backup() -> None:
    both = target("acme.example", "192.0.2.1", "192.0.2.2")
    backup = target("acme.example", "192.0.2.9", preference=20).mail_exchangers
    both = replace(both, mail_exchangers=(*both.mail_exchangers, *backup))
    probe = planned([both], settings())[0].probes[1]
    units = {charge.unit for charge in charges(probe, both, settings(), "r")}
    assert {"address:192.0.2.1", "address:192.0.2.2", "relay:mail.relay.example", "run:r"} <= units
    assert "address:192.0.2.9" not in units
    assert sum(unit.startswith("organisation:") for unit in units) == 1


def test_controls_take_no_place_of_the_run() -> None:
    """The last of them comes when the plan has used it up, and would wait for a day."""
    sender = Sender(run_id="r", key=b"k", catch_address="me@inbox.example", tagging=Tagging.PLUS, route=Route.RELAY)
    closing = plan_closing(sender, Numbers(), Way())
    assert [charge.unit for charge in charges(closing, None, settings(), "r")] == ["relay:mail.relay.example"]


def test_no_agreement_of_a_domain_speaks_for_its_provider() -> None:
    agreed = HostAgreement(match="acme.example", authorized_by="its owner", budget=1000)
    one = settings(route=Route.DIRECT, hosts=(agreed,))
    plans, _ = fitted([target(f"{name}@acme.example") for name in "abcd"], one)
    assert sum(len(plan.probes) for plan in plans) <= 24


def test_the_third_domain_on_a_host_asks_for_one_nobody() -> None:
    targets = [target(name) for name in ("a.example", "b.example", "c.example", "d.example")]
    assert crowded(targets, settings()) == {"c.example", "d.example"}
    generous = HostAgreement(match="192.0.2.0/24", authorized_by="it", refused=100)
    assert crowded(targets, settings(hosts=(generous,))) == frozenset()
    plans, _ = fitted(targets, settings(kinds=("unknown-recipient", "mixed-recipients"), wait_s=1e5))

    def asked(probes: list[Probe]) -> int:
        return sum(refusable(probe) for probe in probes)

    assert [asked(plan.probes) for plan in plans] == [4, 4, 1, 1]


def test_what_repeats_or_follows_a_control_goes_with_it() -> None:
    one = settings(max_messages=3, autoresponders=("away@acme.example",))
    plans, departures = fitted([target("acme.example"), target("b.example", "192.0.2.8")], one)
    check(plans, departures, one)
    for plan in plans:
        ids = {probe.id for probe in plan.probes}
        assert all(probe.repeats in ids for probe in plan.probes if probe.repeats)
        assert not plan.probes or plan.probes[0].control
