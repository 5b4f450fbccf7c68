"""Ctrl-C between two things that belong together."""

from __future__ import annotations

import signal
import threading
from typing import Any, Self

# By these somebody ends a command: the last where a terminal was closed, or its connection broke.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Lets Ctrl-C wait for the end of what is `held` together; a second one waits for nothing.

    Where something else than Python's own handler takes the signal (or nothing does, in the background), it stays so.
    """

    def __init__(self) -> None:
        self.held = _Held()
        self._ours = False

    def __enter__(self) -> Self:
        on_main = threading.current_thread() is threading.main_thread()
        self._ours = on_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._ours:
            signal.signal(signal.SIGINT, self.held.interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


class _Held:
    """What is not to be cut in two: `with held:`, for each message, so that it costs next to nothing."""

    def __init__(self) -> None:
        self._is_held = self._came = False

    def __enter__(self) -> None:
        self._is_held = True

    def __exit__(self, *_: object) -> None:
        self._is_held = False
        if self._came:
            raise KeyboardInterrupt

    def interrupt(self, number: int, frame: Any) -> None:
        del number, frame
        if self._came or not self._is_held:
            raise KeyboardInterrupt
        self._came = True
