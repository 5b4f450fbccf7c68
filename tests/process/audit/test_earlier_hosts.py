"""What an earlier run showed of a target's way back is its hosts' of that day, not that of a name."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bsaudit.audit.way_back import remember
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.run import RunRecord, RunSettings, TargetRecord
from bsaudit.model.way_back import CLOSED, Grade, ShownBy, WayBack
from bsaudit.wiring.tools import journal_at

NOW = datetime.now(UTC)
OLD, NEW = "192.0.2.25", "198.51.100.25"


def run_of(name: str, *addresses: str) -> RunRecord:
    made = RunRecord(
        id=name, key=b"k", started_at=NOW, route=Route.DIRECT, catch_address="me@x.example", settings=RunSettings()
    )
    exchangers = tuple(MailExchanger(host=f"mx{n}.example.org", addresses=(a,)) for n, a in enumerate(addresses))
    made.targets = [TargetRecord(target="example.org", domain="example.org", mail_exchangers=exchangers)]
    return made


@pytest.mark.parametrize(("addresses", "holds"), [((OLD,), True), ((NEW, OLD), True), ((NEW,), False)])
def test_a_new_server_of_a_target_has_to_show_its_own_way_back(
    tmp_path: Path, addresses: tuple[str, ...], holds: bool
) -> None:
    """One that --mx names before it is in use: port 25 may be closed to what it writes, and its silence cleared it."""

    async def main() -> TargetRecord:
        earlier, run = run_of("aaaa", OLD), run_of("bbbb", *addresses)
        (target,) = earlier.targets
        shown_at = NOW - timedelta(hours=1)
        target.way_back = WayBack(grade=Grade.TARGET, shown_by=ShownBy.DSN, at=shown_at, from_=OLD)
        async with journal_at(f"sqlite:///{tmp_path}/journal.db") as journal:
            await journal.begin(earlier)
            live: Any = SimpleNamespace(run=run, tools=SimpleNamespace(journal=journal))
            await remember(live)
        return run.targets[0]

    target = asyncio.run(main())
    assert (target.earlier is not CLOSED) is holds
    assert target.earlier_from == ((OLD,) if holds else ())  # beside it, the new server shows its own
