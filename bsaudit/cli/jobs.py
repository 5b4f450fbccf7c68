"""Messages on all cores: batches go to other processes, what becomes of them comes back in order.

The first messages are read at once and here, so that a single bounce starts nothing. Whole files travel by name
and are opened where they are read; only an mbox and standard input are read here, and travel by the stretch.
"""

from __future__ import annotations

import os
import signal
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bsaudit.adapters.mailfiles import CHUNK, STDIN, Stored, StoredMessage, Waiting, apart, messages, stored

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

# As many are read before processes are started: these take as long to start as two hundred messages to read
ALONE = 256
# What one process takes at a time: enough that handing over does not count, …
BATCH = 128
# … and little memory, where messages travel: each keeps at most ndn.mime.READ_WINDOW
BATCH_SIZE = 1024 * 1024
# Batches under way for each process: one is read, one waits for it
AHEAD = 3

Item = str | Stored  # a file by its name, or what is read already


Did = TypeVar("Did")
Do = Callable[[Iterable[Item]], Did]


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Jobs(Generic[Did]):
    """Does something with items in `count` processes (1: here alone) and hands that to `put`, in order of `add`."""

    def __init__(self, do: Do[Did], put: Callable[[Did], None], count: int) -> None:
        self._do = do
        self._put = put
        self._count = count
        self._alone = 0
        self._batch: list[Item] = []
        self._size = 0
        self._pool: ProcessPoolExecutor | None = None
        self._sent: deque[Future[Did]] = deque()

    def run(self, paths: Iterable[str], waiting: Waiting) -> None:
        """Take all messages of `paths`; `waiting` is called before a read that may block, with all handed over."""
        try:
            drained = partial(self.drain, waiting)
            for path in paths:
                if self._many() and _is_short_file(path):
                    self.add(path)
                else:
                    for item in stored([path], waiting=drained):
                        self.add(item)
            self.drain()
        finally:
            self.close()

    def close(self) -> None:
        """End the processes; what they have not begun is left."""
        if self._pool is not None:
            # Waited for: an interpreter that ends meanwhile writes into a pipe that was just closed (Python 3.12).
            self._pool.shutdown(cancel_futures=True)

    def _many(self) -> bool:
        return self._count > 1 and self._alone >= ALONE

    def add(self, item: Item) -> None:
        if not self._many():
            for one in [item] if isinstance(item, str) else apart([item]):  # so that what is done is put at once
                self._alone += 1
                self._put(self._do([one]))
            return
        self._batch.append(item)
        self._size += 0 if isinstance(item, str) else item.size
        if len(self._batch) >= BATCH or self._size >= BATCH_SIZE:
            self._send()

    def begin(self) -> None:
        """Start the processes at once: for whoever will have threads, which do not live through a fork."""
        if self._count > 1:
            self._alone = ALONE
            self._sent.append(self._processes().submit(_done, []))

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            # forked, so that what is known and loaded need not travel; this process has no threads yet
            self._pool = ProcessPoolExecutor(self._count, get_context("fork"), _begin, (self._do,))
        return self._pool

    def _send(self) -> None:
        if not self._batch:
            return
        self._sent.append(self._processes().submit(_done, self._batch))
        self._batch, self._size = [], 0
        if len(self._sent) > self._count * AHEAD:
            self._take()

    def drain(self, then: Waiting = lambda: None) -> None:
        """Hand over all that is under way, in order, and do `then`."""
        self._send()
        while self._sent:
            self._take()
        then()

    def _take(self) -> None:
        self._put(self._sent.popleft().result())


def _is_short_file(path: str) -> bool:
    """Tell a file whose messages may be explained, and answered for, all at once."""
    if path == STDIN:
        return False
    try:
        state = os.stat(path)  # noqa: PTH116 -- of every file, in the one process that feeds the others
    except OSError:
        return True  # whoever opens it says why
    return stat.S_ISREG(state.st_mode) and state.st_size <= CHUNK


def opened(items: Iterable[Item], *, unpack: bool = False) -> Iterator[StoredMessage]:
    """Yield the messages of items; `unpack` as `mailfiles.messages` has it."""
    for item in items:
        if isinstance(item, str):
            yield from messages([item], unpack=unpack)
        else:
            yield from apart([item])


# --- in the other processes

_doing: list[Do[Any]] = []


def _begin(do: Do[Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal interrupts all of them; the first one ends the others
    _doing.append(do)


def _done(batch: list[Item]) -> Any:
    return _doing[0](batch)
