"""A journal whose process dies at a chosen call, as by `kill -9`: for tests only."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Any, NoReturn

from bsaudit.adapters.journal import SqlJournal

WRITES = frozenset({"begin", "update", "target", "plan", "move", "arrived", "session"})


class When(StrEnum):
    """Where in the call death comes: before it, with the record on its way, or when the record is on disk."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class MortalJournal:
    """Passes every call on; dies at the writing call number `at` (from 0). `calls` counts them."""

    def __init__(self, journal: SqlJournal, at: int, when: When) -> None:
        self._journal, self._at, self._when = journal, at, when
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._journal, name)
        return self._mortal(method) if name in WRITES else method

    def _mortal(self, method: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Coroutine[Any, Any, None]]:
        async def call(*args: Any, **named: Any) -> None:
            mine, self.calls = self.calls == self._at, self.calls + 1
            if mine and self._when is When.BEFORE:
                die()
            record = asyncio.ensure_future(method(*args, **named))
            if mine and self._when is When.DURING:
                await asyncio.sleep(0)  # it is in the worker's queue now
                die()
            await record
            if mine:
                die()

        return call


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("dead")
