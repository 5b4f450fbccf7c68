"""What the commands that run the audit's machinery share: adapters wired together, the event loop, the observers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bsaudit.cli.exit_codes import INTERRUPTED
from bsaudit.cli.interrupts import ENDING
from bsaudit.cli.output import use_color
from bsaudit.config.layers import Effective
from bsaudit.config.values import Color
from bsaudit.model.event import Event
from bsaudit.ports import Observer
from bsaudit.text import clean_line

if TYPE_CHECKING:
    from bsaudit.report.progress import Lines, Screen  # rich is slow to load

Result = TypeVar("Result")
# An interrupted command has five seconds, these included, to write down where it stood and to say so.
STOP_S = 4.5


def run(main: Coroutine[object, object, Result]) -> Result:
    """Run `main` to its end; SIGTERM and SIGHUP stop it as Ctrl-C does: cancelled, so that it can write down all.

    Where that takes more than STOP_S the process ends: what was sent is in the journal, as after a power cut.
    """
    stopping = _Stopping()
    result: list[Result] = []

    async def stoppable() -> None:
        # Nothing is returned: asyncio, when it takes its signal handlers back, writes out the repr of the finished task
        # several times, which for a report of thousands of targets takes seconds.
        with stopping:
            result.append(await main)

    try:
        asyncio.run(stoppable())
        return result[0]
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        stopping.done()


class _Stopping:
    """What the signals do that end a command: they cancel its task, and see that it comes to an end."""

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._last_resort: threading.Timer | None = None

    def __enter__(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if threading.current_thread() is threading.main_thread():
            ending = set(ENDING)
            if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # by nohup(1)
                ending.remove(signal.SIGHUP)
            self._before = {number: signal.signal(number, self._stop) for number in ending}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def done(self) -> None:
        if self._last_resort is not None:
            self._last_resort.cancel()

    def _stop(self, *_: object) -> None:
        # Not a signal handler of the loop's: one that never sleeps would never come to it.
        if self._last_resort is None:
            self._last_resort = threading.Timer(STOP_S, os._exit, (INTERRUPTED,))
            self._last_resort.daemon = True
            self._last_resort.start()
        assert self._task is not None
        self._loop.call_soon_threadsafe(self._task.cancel)


class Progress:
    """Where progress is shown, and the question that interrupts it."""

    def __init__(self, config: Effective) -> None:
        self._show = (
            None if config.values.quiet else shown_on_stderr(config.values.color, verbose=config.values.verbose)
        )

    def __call__(self, event: Event) -> None:
        if self._show is not None:
            with contextlib.suppress(OSError):  # nobody looks any more: that is no reason to stop
                self._show(event)

    def pause(self) -> None:
        if self._show is not None:
            with contextlib.suppress(OSError):
                self._show.pause()

    @property
    def confirm(self) -> Callable[[str], bool] | None:
        """The question to a person; None where nobody is there to answer."""
        return self._ask if sys.stdin.isatty() and sys.stderr.isatty() else None

    def _ask(self, question: str) -> bool:
        self.pause()
        # The event loop turns Ctrl-C into a cancellation, which a question that blocks it would never see.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return click.confirm(clean_line(question), default=False, err=True)
        finally:
            signal.signal(signal.SIGINT, before)


def shown_on_stderr(color: Color, *, verbose: bool = False) -> Lines | Screen:
    """Return the observer that shows progress: a live table on a terminal, plain lines elsewhere.

    `verbose`: a line for everything that happens.
    """
    from bsaudit.report.progress import Lines, Screen

    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return Lines(sys.stderr, verbose=verbose)
    return Screen(sys.stderr, _stderr_size, color=use_color(color, sys.stderr))


def _stderr_size() -> os.terminal_size:
    try:
        return os.get_terminal_size(sys.stderr.fileno())
    except OSError:
        return shutil.get_terminal_size()


def all_of(observers: Sequence[Observer]) -> Observer:
    """Return one observer that tells all of these."""

    def tell(event: Event) -> None:
        for observer in observers:
            observer(event)

    return tell
