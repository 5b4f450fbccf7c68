"""Broken own sides against a guilty server: whatever is wrong with us, it must not end in clean."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.lab.dns import Record
from bsaudit.lab.laboratory import CATCH, CATCH_ADDRESS, RELAY, laboratory
from bsaudit.lab.loopback import free_port
from bsaudit.lab.relay import RelayHabits
from bsaudit.lab.targets import Behaviours
from bsaudit.model.mail import Route
from bsaudit.model.report import Report, Verdict
from bsaudit.model.settings import CatchKind, CatchSettings, Tls
from bsaudit.model.way_back import Grade, ShownBy
from bsaudit.wiring.runs import run_audit
from tests.support.audits import GRACE_S, RATE, WAIT_S, audit_of, audited, check, only, outcomes, side_by_side
from tests.support.own_side import ALONE, AT_BROKEN, DIRECT, GONE, NOBODY_THERE, ROWS, TAKES_ALL

GUILTY = "bad"
SHORT = {"wait_s": 3.0}


def broken(changes: dict[str, Any], records: tuple[Record, ...] = (), **habits: Any) -> Report:
    return audited(GUILTY, "silent", habits=RelayHabits(**habits), records=records, **SHORT | changes)


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """Audit with every broken own side of the table, side by side."""
    audits = {
        row: audit_of((GUILTY, "silent"), RelayHabits(), lambda _: None, records, SHORT | changes)
        for row, (_, changes, records, _) in ROWS.items()
    }
    return side_by_side(audits)


@pytest.mark.parametrize("row", ROWS)
def test_a_way_back_that_leads_elsewhere_is_never_clean(reports: dict[str, Report], row: str) -> None:
    code, report = ROWS[row][-1], reports[row]
    check(report)
    assert (report.exit_code, report.verdict) == (code, Verdict.INCONCLUSIVE)
    if code == 4:
        (error,) = report.errors
        assert error.where in {"catch", "relay"}
        assert error.remedy
        assert not any(target.probes for target in report.targets), "nothing is sent to a target before our side works"


def test_a_catch_domain_that_nothing_shows_to_be_ours_stands_on_no_probe() -> None:
    """A typo may name a stranger's: what answers the probes would go to him. Who says that it is ours is believed."""

    def at(host: str, public: str) -> CatchSettings:
        return CatchSettings(kind=CatchKind.SINK, host=host, port=free(host), public=public, tls=Tls.NONE)

    claims: dict[str, dict[str, Any]] = {
        "nobody's word": {},
        "where the world reaches it": {"catch": at(CATCH.address, NOBODY_THERE)},
        "where somebody else is reached": {"catch": at(RELAY.address, RELAY.address)},
        "who knows": {"catch_vouched_by": "D. Mail"},
    }
    reports = side_by_side(
        {
            claim: audit_of((GUILTY,), RelayHabits(), lambda _: None, GONE, SHORT | ALONE | AT_BROKEN | changes)
            for claim, changes in claims.items()
        }
    )
    assert {claim: bool(only(report).messages_sent) for claim, report in reports.items()} == {
        "nobody's word": False,
        "where the world reaches it": True,
        "where somebody else is reached": False,
        "who knows": True,
    }
    (error,) = reports["nobody's word"].errors
    assert "that broken.test is yours is not shown" in error.message
    assert "?public=" in error.remedy
    assert "--catch-vouched-by" in error.remedy


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


def test_an_error_names_who_answers_instead_of_us() -> None:
    (error,) = broken(TAKES_ALL).errors
    assert "mx.silent.test" in error.message
    assert "which is not our catch MX" in error.message
