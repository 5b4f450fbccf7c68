"""No target of a check keeps another from being checked: neither by its place, nor by what it does to our own side."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from bsaudit.audit.histories import take
from bsaudit.lab.laboratory import laboratory
from bsaudit.lab.targets import Behaviours
from bsaudit.model.history import Observation, Policy, Shown
from bsaudit.model.report import Report
from bsaudit.model.state import CheckEntry
from bsaudit.wiring.checks import Check, Watched, _with_own_side, run_check
from bsaudit.wiring.states import due
from bsaudit.wiring.tools import journal_at
from tests.support.audits import GRACE_S, RATE, WAIT_S
from tests.support.reports import CLEAN, run

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY_S = 24 * 3600.0
POLICY = Policy(max_age_s=DAY_S)


def test_who_waits_longest_is_checked_first(tmp_path: Path) -> None:
    """Else a check that may take so long, and no longer, would never come to the last targets of the file."""
    days_ago = {"yesterday.example": 1, "last-week.example": 7, "today.example": 0, "tomorrow.example": -1}
    url = f"sqlite:///{tmp_path}/journal.db"

    async def main() -> tuple[str, ...]:
        async with journal_at(url) as journal:
            for name, days in days_ago.items():
                seen = Observation(shown=Shown.CLEAN, at=NOW - timedelta(days=days))
                await take({name: seen}, {name: POLICY}, journal)
        return await due(url, dict.fromkeys([*days_ago, "never.example"], DAY_S), NOW)

    assert asyncio.run(main()) == (
        "tomorrow.example",  # before the clock was set back
        "never.example",
        "last-week.example",
        "yesterday.example",
    )


def test_of_a_relay_that_no_run_used_nothing_is_said() -> None:
    """It was told to work, where all went straight to the mail exchangers."""
    for relay, parts in ((None, ["catch", "dns", "journal"]), (run().relay, ["relay", "catch", "dns", "journal"])):
        report = replace(CLEAN, run=run(relay=relay))
        assert [one.part for one in _with_own_side(CheckEntry(), [report], NOW).own_side] == parts


def test_one_run_that_fails_for_our_own_side_does_not_end_the_check(tmp_path: Path) -> None:
    async def checked(number: int, failing: int) -> Report:
        async with laboratory(None, {"good": Behaviours.TABLE["good"]}) as lab:
            settings = lab.settings(*lab.targets, wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
            settings = replace(settings, kinds=("unknown-recipient:random",), unattended=True)
            assert settings.relay is not None
            broken = replace(settings, relay=replace(settings.relay, port=1))
            check = Check(
                batches=(*[broken] * failing, settings), watched={name: Watched(policy=POLICY) for name in lab.targets}
            )
            return await run_check(check, f"sqlite:///{tmp_path}/{number}.db", lambda _: None, lambda _: True)

    async def main() -> list[Report]:
        return await asyncio.gather(*(checked(number, failing) for number, failing in enumerate((1, 2))))

    once, twice = asyncio.run(main())
    assert [target.verdict for target in once.targets] == ["clean"]
    assert [target.verdict for target in twice.targets] == ["inconclusive"]
    assert once.exit_code == twice.exit_code == 4  # what failed is told all the same
