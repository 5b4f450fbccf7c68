"""Broken own sides against a guilty server: whatever is wrong with us, it must not end in clean."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.adapters.authority import ZoneServers
from bsaudit.adapters.smtpd import Session
from bsaudit.adapters.smtpd.syntax import Recipient, Transaction
from bsaudit.audit import audit
from bsaudit.lab.dns import DnsServer, Record
from bsaudit.lab.laboratory import CATCH_ADDRESS, RELAY, laboratory
from bsaudit.lab.loopback import free_port
from bsaudit.lab.relay import RelayHabits
from bsaudit.lab.targets import Behaviours, Discarding
from bsaudit.model.event import Event, Phase
from bsaudit.model.mail import Route
from bsaudit.model.report import Report, Verdict
from bsaudit.model.settings import CatchKind, CatchSettings, Tls
from bsaudit.model.way_back import Grade, ShownBy
from bsaudit.wiring.runs import run_audit
from bsaudit.wiring.tools import resolver_at, tools_for
from tests.support.audits import GRACE_S, RATE, WAIT_S, audited, of_kind, only, outcomes
from tests.support.own_side import ALONE, DIRECT, NOBODY_THERE, ROWS, TAKES_ALL

GUILTY = "bad"
SHORT = {"wait_s": 3.0}


def broken(changes: dict[str, Any], records: tuple[Record, ...] = (), **habits: Any) -> Report:
    return audited(GUILTY, "silent", habits=RelayHabits(**habits), records=records, **SHORT | changes)


@pytest.mark.parametrize("row", ROWS)
def test_a_way_back_that_leads_elsewhere_is_never_clean(row: str) -> None:
    _, changes, records, code = ROWS[row]
    report = broken(changes, records)
    assert (report.exit_code, report.verdict) == (code, Verdict.INCONCLUSIVE)
    if code == 4:
        (error,) = report.errors
        assert error.where in {"catch", "relay"}
        assert error.remedy
        assert not any(target.probes for target in report.targets), "nothing is sent to a target before our side works"


@pytest.mark.parametrize("route", [{}, DIRECT, ALONE], ids=["relay", "direct", "alone"])
def test_a_sink_that_others_do_not_reach_is_never_clean(route: dict[str, Any]) -> None:
    elsewhere = CatchSettings(kind=CatchKind.SINK, host=NOBODY_THERE, port=free(NOBODY_THERE), tls=Tls.NONE)
    report = broken(route | {"catch": elsewhere})
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.exit_code in {3, 4}


def free(address: str) -> int:
    return free_port([address])


@pytest.mark.parametrize(
    ("habits", "words"),
    [({"disarms": True}, "passes such content on"), ({"adds": "Precedence: bulk"}, "adds precedence")],
)
def test_a_relay_that_changes_what_it_passes_on_clears_nobody(habits: dict[str, Any], words: str) -> None:
    target = only(audited("dsn", habits=RelayHabits(**habits), kinds=("spam", "virus", "banned-attachment")))
    assert target.verdict is not Verdict.CLEAN
    silent = [probe for probe in target.probes if words in probe.explanation]
    assert silent, [probe.explanation for probe in target.probes]
    assert {probe.outcome.value for probe in silent} == {"unresolved"}


def test_a_relay_that_passes_content_on_shows_it() -> None:
    report = audited("dsn", kinds=("banned-attachment",))
    target = only(report)
    assert outcomes(target, "banned-attachment") == {"accepted_silently"}
    assert report.run is not None
    (control,) = [one for one in report.run.controls if one.control == "content"]
    assert "arrived" in control.explanation


def test_the_grade_is_told_with_what_showed_it() -> None:
    by_relay = audited("silent", "dsn", kinds=("banned-attachment",))
    assert by_relay.run is not None
    assert by_relay.run.way_back is not None
    assert (by_relay.run.way_back.grade, by_relay.run.way_back.shown_by) == (Grade.STRANGERS, ShownBy.RELAY)
    assert by_relay.run.way_back.from_ == RELAY.address
    silent, dsn = by_relay.targets
    assert (silent.verdict, silent.way_back and silent.way_back.grade) == (Verdict.CLEAN, Grade.STRANGERS)
    assert "other hosts than the target's" in str(silent.qualification)
    assert (dsn.verdict, dsn.way_back and dsn.way_back.grade) == (Verdict.CLEAN, Grade.TARGET)
    assert dsn.qualification is None


def test_nothing_but_our_own_word_shows_nothing_and_a_voucher_is_named() -> None:
    alone = only(audited("silent", kinds=("banned-attachment",), **ALONE))
    assert (alone.verdict, alone.way_back and alone.way_back.grade) == (Verdict.INCONCLUSIVE, Grade.NONE)
    vouched = audited("silent", catch_vouched_by="D. Mail", kinds=("banned-attachment",), **ALONE)
    assert only(vouched).verdict is Verdict.CLEAN
    assert "the word of D. Mail" in str(only(vouched).qualification)
    for_nobody = only(audited("silent", catch_vouched_by="D. Mail", kinds=("unknown-recipient:random",), **ALONE))
    assert for_nobody.verdict is Verdict.INCONCLUSIVE


def test_a_relay_on_the_direct_route_carries_the_controls_only() -> None:
    target = only(audited("good", **DIRECT))
    assert target.verdict is Verdict.CLEAN, target.explanation
    assert {probe.route for probe in target.probes} == {Route.DIRECT}
    alone = only(audited("good", **ALONE))
    assert alone.verdict is Verdict.INCONCLUSIVE
    assert outcomes(alone, "unknown-recipient:random") == {"rejected"}  # what was refused counts all the same


def test_what_an_earlier_run_showed_holds_for_a_day(tmp_path: Path) -> None:
    first, second, third = asyncio.run(three_in_a_row(f"sqlite:///{tmp_path}/journal.db"))
    assert first.run is not None
    assert only(second).verdict is Verdict.CLEAN
    assert f"shown by run {first.run.id}" in str(only(second).qualification)
    assert only(third).verdict is Verdict.INCONCLUSIVE, "another mailbox inherits nothing"


async def three_in_a_row(journal: str) -> list[Report]:
    """Audit with the relay, without it, and without it into another mailbox, all in one laboratory."""
    other = CATCH_ADDRESS.replace("audit", "other")
    async with laboratory(sites={"silent": Behaviours.TABLE["silent"]}) as lab:
        aimed = lab.settings("silent.test", wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
        aimed = replace(aimed, journal_url=journal, kinds=("banned-attachment",))
        alone = replace(aimed, **ALONE)
        return [await run_audit(one) for one in (aimed, alone, replace(alone, catch_addresses=(other,)))]


def test_the_backup_that_no_relay_used_heads_the_verdict() -> None:
    target = only(audited("backup"))
    assert target.verdict is Verdict.INCONCLUSIVE
    assert target.explanation == "clean so far at mx1.backup.test; mx2.backup.test not tried"
    assert [(mx.host, mx.tried) for mx in target.mail_exchangers] == [
        ("mx1.backup.test", True),
        ("mx2.backup.test", False),
    ]
    assert of_kind(target, "unknown-recipient:random")


SILENCE = {"kinds": ("banned-attachment",), "wait_s": 6.0}


def second_mx(preference: int, host: str = "mx.silent.test") -> tuple[Record, ...]:
    """Return another mail exchanger of the catch domain: by default one that takes everything and keeps it."""
    return (Record("catch.test", "MX", f"{preference} {host}."),)


class Swallowing(Discarding):
    """An old server of our own that still takes mail for the catch domain."""

    async def rcpt(self, session: Session, transaction: Transaction, recipient: Recipient) -> None:
        del session, transaction, recipient


@pytest.mark.parametrize("route", [{}, DIRECT, {"route": Route.BOTH}], ids=["relay", "direct", "both"])
@pytest.mark.parametrize("old", [Swallowing, Discarding])
def test_an_equal_mx_that_is_not_ours_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, old: type[Discarding], route: dict[str, Any]
) -> None:
    site = Behaviours.TABLE["silent"]
    machine = replace(site.machines[0], behaviour=old)
    monkeypatch.setitem(Behaviours.TABLE, "silent", replace(site, machines=(machine,)))
    report = audited("silent", records=second_mx(10), **SILENCE | route)
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


def test_an_error_names_who_answers_instead_of_us() -> None:
    (error,) = broken(TAKES_ALL).errors
    assert "mx.silent.test" in error.message
    assert "which is not our catch MX" in error.message


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
