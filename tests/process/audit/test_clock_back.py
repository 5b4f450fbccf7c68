"""A clock that was ahead and was set back: what it dated to tomorrow proves nothing today."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bsaudit.audit.way_back import remember
from bsaudit.model.mail import Route
from bsaudit.model.report import Report, Verdict
from bsaudit.model.run import RunRecord, RunSettings
from bsaudit.model.state import CheckEntry, OwnSidePart
from bsaudit.model.way_back import CLOSED, Grade, ShownBy, WayBack
from bsaudit.wiring.checks import TOOL
from bsaudit.wiring.states import of_own_side
from bsaudit.wiring.tools import journal_at


@pytest.mark.parametrize(("hours", "counts"), [(-1, True), (-25, False), (0.1, True), (1, False), (8760, False)])
def test_only_what_was_shown_on_the_day_before_counts(tmp_path: Path, hours: float, counts: bool) -> None:
    """By a run of next year, silence would have cleared for a year."""
    now = datetime.now(UTC)

    def made(name: str, at: datetime) -> RunRecord:
        return RunRecord(
            id=name, key=b"k", started_at=at, route=Route.DIRECT, catch_address="me@x.example", settings=RunSettings()
        )

    async def main() -> WayBack:
        at = now + timedelta(hours=hours)
        earlier, run = made("aaaa", at), made("bbbb", now)
        earlier.way_back = WayBack(grade=Grade.STRANGERS, shown_by=ShownBy.RELAY, at=at)
        async with journal_at(f"sqlite:///{tmp_path}/journal.db") as journal:
            await journal.begin(earlier)
            await journal.update(earlier)
            live: Any = SimpleNamespace(run=run, tools=SimpleNamespace(journal=journal))
            await remember(live)
        return run.earlier

    assert (asyncio.run(main()) is not CLOSED) is counts


@pytest.mark.parametrize(("hours", "counts"), [(-1, True), (-25, False), (0.1, True), (1, False), (8760, False)])
def test_our_own_side_is_in_order_by_a_check_of_the_day_before_only(hours: float, counts: bool) -> None:
    """By one of next year, nobody would have heard for a year that no check is made."""
    now = datetime.now(UTC)
    check = CheckEntry(last_run_at=now + timedelta(hours=hours), own_side=(OwnSidePart(part="relay", ok=True),))
    report = Report(tool=TOOL, run=None, verdict=Verdict.CLEAN, exit_code=0, check=check)
    assert (of_own_side(report, 24 * 3600.0, now).exit_code == 0) is counts
