"""Real time, behind `ports.Clock`."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock and the event loop's sleep."""

    def now(self) -> datetime:
        return self.wall()

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SteadyClock(SystemClock):
    """The machine's time when this was made, counted on by its monotonic clock: for a run.

    A clock that is set while a run goes on would else end its waiting early, and make silence of a few seconds count as
    silence of minutes.
    """

    def __init__(self) -> None:
        self._began, self._began_at = datetime.now(UTC), time.monotonic()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._began_at)
