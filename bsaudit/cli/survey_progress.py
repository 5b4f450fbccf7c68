"""How far a survey is: messages, their rate, and the time left, on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import click

from bsaudit.adapters.mailboxes import Source
from bsaudit.durations import duration
from bsaudit.text import amount

# Not for what is done at once
AFTER_S = 1.0


class Progress:
    """Counts messages; shares of mailboxes whose size is known tell how long it will take."""

    def __init__(self, boxes: Sequence[Source], *, quiet: bool) -> None:
        totals = [box.total for box in boxes]
        # Octets and files do not add up
        alike = len({box.counts_files for box in boxes}) == 1
        self._total = sum(filter(None, totals)) if alike and None not in totals else 0
        self._shows = not quiet and sys.stderr.isatty()
        self._begun = self._shown_at = time.monotonic()
        self._shown = False
        self._count = self._done = 0

    def step(self, size: int, count: int = 1) -> None:
        """Count messages."""
        self._count += count
        self._done += size
        if self._shows and (now := time.monotonic()) - self._shown_at > AFTER_S:
            self._shown_at, self._shown = now, True
            click.echo(f"\r{self.line(now - self._begun)}\x1b[K", err=True, nl=False)

    def line(self, passed_s: float) -> str:
        """Return what is shown after so long."""
        text = f"{amount(self._count, 'message')}, {self._count / passed_s:.0f}/s"
        if 0 < self._done < self._total:
            left = duration(passed_s * (self._total - self._done) / self._done)
            text += f", {100 * self._done // self._total} %, {left} left"
        return text

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
