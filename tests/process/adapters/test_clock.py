"""A clock that is set while a run goes on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bsaudit.adapters import clock
from bsaudit.adapters.clock import SteadyClock, SystemClock
from bsaudit.model.mail import Route
from bsaudit.model.settings import AuditSettings, CatchKind, CatchSettings, Tls
from bsaudit.wiring.tools import tools_for

DAY = timedelta(days=1)


class Set(datetime):
    """The machine's clock, a day ahead."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        return datetime.now(UTC) + DAY


def test_a_run_waits_as_long_as_it_should_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    steady = SteadyClock()
    before = steady.now()
    monkeypatch.setattr(clock, "datetime", Set)
    assert SystemClock().now() - before > DAY / 2
    assert timedelta(0) <= steady.now() - before < timedelta(minutes=1)
    assert steady.now() <= steady.now()


def test_an_audit_goes_by_the_steady_clock(tmp_path: Path) -> None:
    settings = AuditSettings(
        targets=("example.org",),
        route=Route.DIRECT,
        catch=CatchSettings(kind=CatchKind.SINK, host="127.0.0.1", port=0, tls=Tls.NONE),
        catch_addresses=("probe@catch.example",),
        journal_url=f"sqlite:///{tmp_path}/journal.db",
    )

    async def kind() -> type:
        async with tools_for(settings) as tools:
            return type(tools.clock)

    assert asyncio.run(kind()) is SteadyClock
