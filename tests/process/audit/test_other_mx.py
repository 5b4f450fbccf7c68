"""Hosts that mail comes to instead of our catch MX, or of the target: whatever they keep must not end in clean."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from msgspec.structs import replace

from bsaudit.adapters.authority import ZoneServers
from bsaudit.adapters.smtpd import Session
from bsaudit.adapters.smtpd.syntax import Recipient, Transaction
from bsaudit.audit import audit
from bsaudit.lab.dns import DnsServer, Record
from bsaudit.lab.laboratory import laboratory
from bsaudit.lab.relay import RelayHabits
from bsaudit.lab.targets import Behaviours, Discarding
from bsaudit.model.event import Event, Phase
from bsaudit.model.mail import Route
from bsaudit.model.report import Report, Verdict
from bsaudit.wiring.runs import run_audit
from bsaudit.wiring.tools import resolver_at, tools_for
from tests.support.audits import GRACE_S, RATE, WAIT_S, audited, check, of_kind, only, side_by_side
from tests.support.own_side import DIRECT, NOBODY_THERE

SILENCE = {"kinds": ("banned-attachment",), "wait_s": 6.0}


def test_the_backup_that_no_relay_used_heads_the_verdict() -> None:
    target = only(audited("backup"))
    assert target.verdict is Verdict.INCONCLUSIVE
    assert target.explanation == "clean so far at mx1.backup.test; mx2.backup.test not tried"
    assert target.qualification == target.explanation  # the words that head the report
    assert [(mx.host, mx.tried) for mx in target.mail_exchangers] == [
        ("mx1.backup.test", True),
        ("mx2.backup.test", False),
    ]
    assert of_kind(target, "unknown-recipient:random")


def second_mx(preference: int, host: str = "mx.silent.test") -> tuple[Record, ...]:
    """Return another mail exchanger of the catch domain: by default one that takes everything and keeps it."""
    return (Record("catch.test", "MX", f"{preference} {host}."),)


class Swallowing(Discarding):
    """An old server of our own that still takes mail for the catch domain."""

    async def rcpt(self, session: Session, transaction: Transaction, recipient: Recipient) -> None:
        del session, transaction, recipient


ROUTES = {"relay": {}, "direct": DIRECT, "both": {"route": Route.BOTH}}
OLD = [(old, route) for old in (Swallowing, Discarding) for route in ROUTES]


@pytest.fixture(scope="module")
def beside_old() -> dict[object, Report]:
    """Return what was reported where an MX like ours is not ours, for each of `OLD`; all waited side by side."""

    async def one(old: type[Discarding], route: str) -> Report:
        site = Behaviours.TABLE["silent"]
        site = replace(site, machines=(replace(site.machines[0], behaviour=old),))
        async with laboratory(sites={"silent": site}, records=second_mx(10)) as lab:
            aimed = lab.settings("silent.test", wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
            return await run_audit(replace(aimed, **SILENCE | ROUTES[route]))

    return side_by_side({row: one(*row) for row in OLD})


@pytest.mark.parametrize(("old", "route"), OLD)
def test_an_equal_mx_that_is_not_ours_ends_the_run(
    beside_old: dict[object, Report], old: type[Discarding], route: str
) -> None:
    report = beside_old[old, route]
    check(report)
    (error,) = report.errors
    assert (error.where, report.exit_code) == ("catch", 4)
    assert "mx.silent.test" in error.message
    assert "not our catch MX" in error.message
    assert not any(target.probes for target in report.targets)


def test_a_backup_that_keeps_our_mail_leaves_silence_open() -> None:
    target = only(audited("silent", records=second_mx(20), **SILENCE))
    assert target.verdict is Verdict.INCONCLUSIVE
    assert "does not lead to our catch MX: mx.silent.test" in target.explanation


def test_a_second_mx_that_nobody_answers_at_changes_nothing() -> None:
    records = (*second_mx(10, "gone.test"), Record("gone.test", "A", NOBODY_THERE))
    assert only(audited("silent", records=records, **SILENCE)).verdict is Verdict.CLEAN


@pytest.mark.parametrize("domain", ["catch.test", "silent.test"])
def test_what_a_zones_own_server_gives_otherwise_leaves_silence_open(domain: str) -> None:
    """Split DNS, or a stale secondary: others meet another catch MX, or another target, than we do."""
    name_server = f"ns.{domain}"
    records = (Record(domain, "NS", f"{name_server}."), Record(name_server, "A", NOBODY_THERE))

    async def main() -> Report:
        async with laboratory(sites={"silent": Behaviours.TABLE["silent"]}, records=records) as lab:
            secondary = DnsServer([Record(domain, "MX", f"10 old.{domain}.")])
            await secondary.listen(NOBODY_THERE, lab.resolver[1])
            aimed = lab.settings("silent.test", wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
            aimed = replace(aimed, kinds=("banned-attachment",))
            async with tools_for(aimed) as tools, resolver_at(lab.resolver) as resolver:
                zones = ZoneServers(resolver, port=lab.resolver[1])
                report = await audit(aimed, dataclasses.replace(tools, authority=zones))
            await secondary.close()
            return report

    target = only(asyncio.run(main()))
    assert target.verdict is Verdict.INCONCLUSIVE
    assert f"a name server of {domain} gives old.{domain}" in target.explanation


def test_a_port_that_closes_while_we_wait_leaves_silence_open() -> None:
    async def main() -> Report:
        async with laboratory(sites={"silent": Behaviours.TABLE["silent"]}) as lab:
            aimed = lab.settings("silent.test", wait_s=6.0, grace_s=GRACE_S, rate=RATE)
            aimed = replace(aimed, kinds=("banned-attachment",))
            async with tools_for(aimed) as tools:

                def close(event: Event) -> None:
                    if isinstance(event, Phase) and event.name == "close":
                        closing.append(asyncio.ensure_future(tools.mailbox.close()))

                return await audit(aimed, dataclasses.replace(tools, observer=close))

    closing: list[asyncio.Future[None]] = []
    target = only(asyncio.run(main()))
    assert closing
    assert target.verdict is Verdict.INCONCLUSIVE
    assert "our own side took no mail any more" in target.explanation


NOLISTING = (Record("good.test", "MX", "5 closed.good.test."), Record("closed.good.test", "A", NOBODY_THERE))


def test_an_mx_that_refuses_each_connection_takes_no_mail() -> None:
    both = only(audited("good", records=NOLISTING, route=Route.BOTH))
    assert both.verdict is Verdict.CLEAN, both.explanation
    assert "closed.good.test refused each connection" in str(both.qualification)
    assert [(mx.tried, mx.reason) for mx in both.mail_exchangers] == [(False, "it refuses connections"), (True, None)]
    without_dsn = RelayHabits(offers_dsn=False)
    unshown = only(audited("good", records=NOLISTING, route=Route.BOTH, habits=without_dsn, wait_s=4.0))
    assert unshown.verdict is Verdict.CLEAN, unshown.explanation
    assert "nothing came back for banned-attachment:double-extension" in str(unshown.qualification)
    direct = only(audited("good", records=NOLISTING, **DIRECT))
    assert direct.verdict is Verdict.CLEAN, direct.explanation
    assert "not tried elsewhere: spam:gtube" in str(direct.qualification)
    by_relay = only(audited("good", records=NOLISTING))  # of which nobody knows how often it tried
    assert by_relay.verdict is Verdict.INCONCLUSIVE
    assert by_relay.explanation == "clean so far at mx.good.test; closed.good.test not tried"
