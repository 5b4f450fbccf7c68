"""`explain` on all cores: batches of messages go to other processes, what they say comes back in order.

The first messages are explained at once and here, so that a single bounce starts nothing. Whole files travel by name
and are read where they are explained; only what has to be parted (an mbox, standard input) is read here.
"""

from __future__ import annotations

import os
import signal
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bsaudit.adapters.mailfiles import CHUNK, STDIN, StoredMessage, Waiting, messages

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

# As many are explained before processes are started: these take as long to start as two hundred messages to explain
ALONE = 256
# What one process takes at a time: enough that handing over does not count, …
BATCH = 64
# … and little memory, where messages travel: each keeps at most ndn.mime.READ_WINDOW
BATCH_SIZE = 256 * 1024
# Batches under way for each process: one is explained, one waits for it
AHEAD = 3

Item = str | StoredMessage  # a file by its name, or a message that is read already


class Told(NamedTuple):
    """What messages come to: their renderings, how many, which of them are backscatter, why some cannot be read."""

    shown: bytes
    messages: int
    backscatter: frozenset[bool | None]
    errors: tuple[str, ...] = ()


Tell = Callable[[StoredMessage], Told]


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Jobs:
    """Explains items in `count` processes (1: here alone) and hands what they say to `put`, in the order of `add`."""

    def __init__(self, tell: Tell, put: Callable[[Told], None], count: int, between: bytes = b"") -> None:
        self._tell = partial(_told, tell, between)
        self._put = put
        self._count = count
        self._alone = 0
        self._batch: list[Item] = []
        self._size = 0
        self._pool: ProcessPoolExecutor | None = None
        self._sent: deque[Future[Told]] = deque()

    def run(self, paths: Iterable[str], waiting: Waiting) -> None:
        """Explain all messages of `paths`; `waiting` is called before a read that may block, with all handed over."""
        try:
            for path in paths:
                for item in self._items(path, partial(self.drain, waiting)):
                    self._add(item)
            self.drain()
        finally:
            if self._pool is not None:
                # Waited for: an interpreter that ends meanwhile writes into a pipe that was just closed (Python 3.12).
                self._pool.shutdown(cancel_futures=True)

    def _items(self, path: str, waiting: Waiting) -> Iterator[Item]:
        if self._many() and _is_short_file(path):
            yield path
        else:
            yield from messages([path], waiting=waiting)

    def _many(self) -> bool:
        return self._count > 1 and self._alone >= ALONE

    def _add(self, item: Item) -> None:
        if not self._many():
            self._alone += 1
            self._put(self._tell([item]))
            return
        self._batch.append(item)
        self._size += 0 if isinstance(item, str) else len(item.raw)
        if len(self._batch) >= BATCH or self._size >= BATCH_SIZE:
            self._send()

    def _send(self) -> None:
        if not self._batch:
            return
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            # forked, so that what is known and loaded need not travel; this process has no threads yet
            self._pool = ProcessPoolExecutor(self._count, get_context("fork"), _begin, (self._tell,))
        self._sent.append(self._pool.submit(_explained, self._batch))
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
        state = Path(path).stat()
    except OSError:
        return True  # whoever opens it says why
    return stat.S_ISREG(state.st_mode) and state.st_size <= CHUNK


def _told(tell: Tell, between: bytes, items: Iterable[Item]) -> Told:
    found: list[Told] = []
    for item in items:
        found += map(tell, messages([item])) if isinstance(item, str) else [tell(item)]
    if len(found) == 1:
        return found[0]
    return Told(
        between.join(told.shown for told in found),
        len(found),
        frozenset().union(*(told.backscatter for told in found)),
        tuple(error for told in found for error in told.errors),
    )


# --- in the other processes

_telling: list[Callable[[Iterable[Item]], Told]] = []


def _begin(tell: Callable[[Iterable[Item]], Told]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal interrupts all of them; the first one ends the others
    _telling.append(tell)


def _explained(batch: list[Item]) -> Told:
    return _telling[0](batch)
