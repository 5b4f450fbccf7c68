"""Catch mailboxes that lose a guilty server's bounces: it must not end in clean, and `doctor` says what it can see.

All of them run side by side, each in a laboratory of its own, before the first is looked at.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from bsaudit.audit import Check, check_setup
from bsaudit.lab.delivery import Network
from bsaudit.lab.laboratory import laboratory
from bsaudit.lab.relay import RelayHabits
from bsaudit.lab.targets import Machine, Site
from bsaudit.model.report import Report, Verdict
from bsaudit.model.settings import AuditSettings, CatchKind, CatchSettings
from bsaudit.wiring.runs import run_audit
from bsaudit.wiring.tools import resolver_at, tools_for
from tests.support.audits import GRACE_S, RATE
from tests.support.other_catch import CatchMx
from tests.support.own_side import OTHER_CATCHES, SOUND, Otherwise

KINDS = ("unknown-recipient", "banned-attachment")
AT_ONCE = 12


class Ran(Struct, frozen=True):
    report: Report
    checks: tuple[Check, ...]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    async def main() -> dict[str, Ran]:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(row: Otherwise) -> Ran:
            async with room:
                return await tried(row, tmp_path_factory.mktemp("catch"))

        rows = OTHER_CATCHES | {"sound": SOUND}
        return dict(zip(rows, await asyncio.gather(*map(one, rows.values())), strict=True))

    return asyncio.run(main())


async def tried(row: Otherwise, directory: Path) -> Ran:
    """Audit the guilty target, and have a doctor look at the same own side."""
    machine = Machine(behaviour=row.behaviour)
    site = Site(about="guilty", machines=(machine,), relay=Verdict.BACKSCATTER, direct=Verdict.BACKSCATTER)
    habits = RelayHabits(disarms=row.disarms, adds=row.adds, signs=row.signs)
    async with laboratory(habits, {"bad": site}, row.records) as lab, resolver_at(lab.resolver) as resolver:
        aimed = lab.settings("bad.test", wait_s=row.wait_s, grace_s=GRACE_S, rate=RATE)
        aimed = replace(aimed, **{"kinds": KINDS} | row.changes)
        network = Network(resolver=resolver, port=lab.mx_port)
        return Ran(await audited(aimed, row, network, directory), await looked(aimed, row, network, directory))


async def audited(aimed: AuditSettings, row: Otherwise, network: Network, directory: Path) -> Report:
    catch = row.catch(network, directory / "audit")
    await catch.start(network.port)
    try:
        return await run_audit(at(aimed, directory / "audit"), catch.observe)
    finally:
        await catch.close()


async def looked(aimed: AuditSettings, row: Otherwise, network: Network, directory: Path) -> tuple[Check, ...]:
    catch: CatchMx = row.catch(network, directory / "doctor")
    await catch.start(network.port)
    try:
        aimed = at(aimed, directory / "doctor")
        async with tools_for(aimed) as tools:
            return await check_setup(aimed, tools)
    finally:
        await catch.close()


def at(aimed: AuditSettings, maildir: Path) -> AuditSettings:
    return replace(aimed, catch=CatchSettings(kind=CatchKind.MAILDIR, path=str(maildir)))


@pytest.mark.timeout(300)  # of the first, which waits for all
@pytest.mark.parametrize("name", OTHER_CATCHES)
def test_a_catch_that_loses_bounces_never_makes_clean(ran: dict[str, Ran], name: str) -> None:
    report = ran[name].report
    assert report.verdict is not Verdict.CLEAN
    assert report.exit_code in OTHER_CATCHES[name].codes, (report.exit_code, report.errors)
    assert report.exit_code != 4 or report.errors[0].remedy


@pytest.mark.parametrize("name", [name for name, row in OTHER_CATCHES.items() if row.seen])
def test_a_doctor_names_the_cause(ran: dict[str, Ran], name: str) -> None:
    doubts = [check for check in ran[name].checks if check.ok is not True]
    assert any(OTHER_CATCHES[name].seen in check.text for check in doubts), ran[name].checks


def test_the_same_catch_in_order_convicts(ran: dict[str, Ran]) -> None:
    assert ran["sound"].report.exit_code == 1
    assert {check.name for check in ran["sound"].checks if check.ok is not True} <= {"delay"}
