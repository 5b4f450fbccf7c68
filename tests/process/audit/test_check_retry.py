"""A check tries once more what it could not decide, and counts what that shows as if it had been so at first."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import replace

from bsaudit.adapters.smtpd import Session
from bsaudit.adapters.smtpd.syntax import Transaction
from bsaudit.errors import Interrupted
from bsaudit.lab.laboratory import laboratory
from bsaudit.lab.targets import Bouncing, Deferring, Machine, Rejecting, Site, Target
from bsaudit.model.event import Event, Retrying, RunFinished, Settled
from bsaudit.model.history import Policy, StateChange
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import Report, Verdict
from bsaudit.model.state import CheckEntry
from bsaudit.wiring.checks import Check, Watched, run_check
from bsaudit.wiring.tools import journal_at
from tests.support.audits import GRACE_S, RATE

RETRY_S = 0.3


class Busy:
    """Which run goes on: in the first, some servers put everything off."""

    runs: ClassVar[int] = 0


class _BusyAtFirst(Target):
    def refuses(self, session: Session, transaction: Transaction, recipient: str) -> str | None:
        if not Busy.runs:
            return "451 4.3.2 Busy, try again later"
        return super().refuses(session, transaction, recipient)


class BusyThenGood(_BusyAtFirst, Rejecting):
    pass


class BusyThenBad(_BusyAtFirst, Bouncing):
    pass


def site(behaviour: type[Target]) -> Site:
    return Site(
        about="", machines=(Machine(behaviour=behaviour),), relay=Verdict.INCONCLUSIVE, direct=Verdict.INCONCLUSIVE
    )


SITES = {"turns": site(BusyThenGood), "falls": site(BusyThenBad), "slow": site(Deferring), "good": site(Rejecting)}


told: list[Retrying] = []


def count(event: Event) -> None:
    Busy.runs += isinstance(event, RunFinished)
    if isinstance(event, Retrying):
        told.append(event)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, list[StateChange]]:
    changes: list[StateChange] = []
    path: Path = tmp_path_factory.mktemp("journal")

    def noted(change: StateChange) -> bool:
        changes.append(change)
        return True

    async def main() -> Report:
        Busy.runs = 0
        async with laboratory(sites=SITES) as lab:
            settings = lab.settings(*lab.targets, wait_s=6.0, grace_s=GRACE_S, rate=RATE)
            settings = replace(settings, kinds=("unknown-recipient:random",), unattended=True)
            watched = {target: Watched(policy=Policy(max_age_s=3600.0)) for target in lab.targets}
            check = Check(batches=(settings,), watched=watched, retry_after_s=RETRY_S)
            return await run_check(check, f"sqlite:///{path}/journal.db", count, noted)

    return asyncio.run(main()), changes


def test_each_target_is_as_the_second_try_showed(night: tuple[Report, list[StateChange]]) -> None:
    report, changes = night
    assert {target.target: target.verdict.value for target in report.targets} == {
        "turns.test": "clean",
        "falls.test": "backscatter",
        "slow.test": "inconclusive",
        "good.test": "clean",
    }
    assert [change.target for change in changes] == ["good.test", "turns.test", "falls.test"]
    assert report.exit_code == 1


def test_it_is_tried_once_more_and_counts_as_one_night(night: tuple[Report, list[StateChange]]) -> None:
    report, _ = night
    assert Busy.runs == 2
    (slow,) = (target.state for target in report.targets if target.target == "slow.test")
    assert slow is not None
    assert slow.undecided_runs == 1
    assert report.run is None  # there were two


def test_the_time_left_is_told_meanwhile(night: tuple[Report, list[StateChange]]) -> None:
    del night
    assert [set(event.targets) for event in told] == [{"turns.test", "falls.test", "slow.test"}]
    assert 0 < told[0].left_s <= RETRY_S


def test_the_first_bounce_ends_a_check_that_was_to_fail_fast(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/journal.db"

    async def main() -> Report:
        sites = {"bad": site(Bouncing), "slow": site(Deferring)}
        async with laboratory(sites=sites) as lab:
            settings = lab.settings(*lab.targets, wait_s=20.0, grace_s=GRACE_S, rate=RATE)
            settings = replace(settings, kinds=("unknown-recipient:random",), unattended=True)
            watched = {target: Watched(policy=Policy(max_age_s=3600.0)) for target in lab.targets}
            check = Check(batches=(settings, settings), watched=watched, ends_early=True)
            return await run_check(check, url, lambda _: None, lambda _: True)

    report = asyncio.run(main())
    assert (report.exit_code, report.run is not None) == (1, True)
    states = {target.target: target.state and target.state.state.value for target in report.targets}
    assert states == {"bad.test": "backscatter", "slow.test": None}


def test_what_bounced_before_a_check_was_interrupted_counts_and_nothing_else(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/journal.db"

    async def main() -> dict[str, str]:
        sites = {"bad": site(Bouncing), "slow": site(Deferring)}
        async with laboratory(sites=sites) as lab:
            settings = lab.settings(*lab.targets, wait_s=20.0, grace_s=GRACE_S, rate=RATE)
            settings = replace(settings, kinds=("unknown-recipient:random",), unattended=True)
            watched = {target: Watched(policy=Policy(max_age_s=3600.0)) for target in lab.targets}

            def stop(event: Event) -> None:
                if isinstance(event, Settled) and event.settlement.counts_as is CountsAs.BACKSCATTER:
                    checking.cancel()

            check = run_check(Check(batches=(settings,), watched=watched), url, stop, lambda _: True)
            checking = asyncio.ensure_future(check)
            with pytest.raises(Interrupted):
                await checking
        async with journal_at(url) as journal:
            return {target: one.state.state.value for target, one in (await journal.histories()).items()}

    assert asyncio.run(main()) == {"bad.test": "backscatter"}


@pytest.mark.parametrize("waiting", [True, False])
def test_a_check_that_is_interrupted_in_its_second_try_says_what_is_known(tmp_path: Path, *, waiting: bool) -> None:
    """What bounced there counts, and what the first try had shown is told, also while it only waits."""
    url = f"sqlite:///{tmp_path}/journal.db"

    async def main() -> tuple[Report, dict[str, str], CheckEntry | None]:
        Busy.runs = 0
        async with laboratory(sites={name: SITES[name] for name in ("falls", "slow", "good")}) as lab:
            settings = lab.settings(*lab.targets, wait_s=1.5, grace_s=GRACE_S, rate=RATE)
            settings = replace(settings, kinds=("unknown-recipient:random",), unattended=True)
            watched = {target: Watched(policy=Policy(max_age_s=3600.0)) for target in lab.targets}

            def stop(event: Event) -> None:
                count(event)
                if waiting and isinstance(event, Retrying):
                    checking.cancel()
                if isinstance(event, Settled) and event.settlement.counts_as is CountsAs.BACKSCATTER:
                    checking.cancel()

            plan = Check(batches=(settings,), watched=watched, retry_after_s=RETRY_S)
            checking = asyncio.ensure_future(run_check(plan, url, stop, lambda _: True))
            with pytest.raises(Interrupted) as stopped:
                await checking
        assert isinstance(stopped.value.report, Report)
        async with journal_at(url) as journal:
            states = {target: one.state.state.value for target, one in (await journal.histories()).items()}
            return stopped.value.report, states, await journal.last_check()

    report, states, noted = asyncio.run(main())
    falls = "inconclusive" if waiting else "backscatter"
    verdicts = {"falls.test": falls, "slow.test": "inconclusive", "good.test": "clean"}
    assert {target.target: target.verdict.value for target in report.targets} == verdicts
    fallen = "undecided" if waiting else "backscatter"
    assert states == {"falls.test": fallen, "slow.test": "undecided", "good.test": "clean"}
    assert noted is not None
    assert noted.last_success_at is not None
