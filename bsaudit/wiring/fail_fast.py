"""`--fail-fast`: end an audit with the first probe that came back, as Ctrl-C would, and tell what is known by then."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from bsaudit.errors import Interrupted
from bsaudit.model.event import Event, Settled
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import Report


class FailFast:
    """An observer that ends the audit it is given: backscatter is proven at once, and no verdict comes before it."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Report] | None = None
        self.ended = False  # by what came back, and not by anything else

    def __call__(self, event: Event) -> None:
        if not isinstance(event, Settled) or event.probe.target is None or self._task is None:
            return
        if event.settlement.counts_as is CountsAs.BACKSCATTER and not self.ended:
            self.ended = True
            self._task.cancel()

    async def until_proven(self, audit: Coroutine[Any, Any, Report]) -> Report:
        """Return the report of an audit that ran to its end, or until a probe came back. Raises what it raises."""
        self._task = asyncio.ensure_future(audit)
        try:
            return await self._task
        except Interrupted as stopped:
            if self.ended and isinstance(stopped.report, Report):
                return stopped.report
            raise
