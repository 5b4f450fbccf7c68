"""The pace of what one target is sent: at most so many messages a second, whoever sends them."""

from __future__ import annotations

import asyncio

from bsaudit.ports import Clock


class Pace:
    """At most `rate` messages a second, evenly spaced; `None` sets no pace."""

    def __init__(self, rate: float | None, clock: Clock) -> None:
        self._interval = 1.0 / rate if rate else 0.0
        self._clock = clock
        self._next = 0.0
        self._turn = asyncio.Lock()
        self._coming = 0  # who waits for the turn, or has it

    async def leave(self, room: asyncio.Semaphore) -> None:
        """Wait for the turn, then for a place in `room`, which the caller gives back.

        Only then, so that a place in the relay's queue is not held by a target whose turn has not come. The next one
        comes an interval after this one left, however long it waited for room.
        """
        self._coming += 1
        try:
            async with self._turn:
                wait = self._next - self._clock.monotonic()
                if wait > 0:
                    await self._clock.sleep(wait)
                await room.acquire()
                self._next = max(self._next, self._clock.monotonic()) + self._interval
        finally:
            self._coming -= 1
            if not self._coming:
                self._turn = asyncio.Lock()  # one that was waited for keeps its queue: 0.7 MB for 1,000 targets
