"""The one thread that talks to the database.

Group commit: whatever callers ask for while a commit is under way waits together and becomes the next transaction, so
that a dozen connections share the cost of one fsync. A caller is answered after the commit that holds its work, and
never before. A caller that is cancelled meanwhile is answered first, and cancelled when it next awaits anything else:
otherwise it could not know whether the record of a message just sent is there.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bsaudit.adapters.journal.database import translated
from bsaudit.adapters.journal.owner import HEARTBEAT_S
from bsaudit.errors import BsauditError, JournalError

T = TypeVar("T")
Operation = Callable[[Connection], T]

# Callers in one transaction: bounds how long the first of them waits for the last.
_GROUP_LIMIT = 256
# A commit for one caller costs as much as for twelve, most of it in handing the interpreter to and fro: with a few, a
# moment is given to others (2,000 messages over four connections take 1.1 s of CPU, not 1.7 s).
_ENOUGH = 12
_LINGER_S = 0.003


@dataclass(slots=True, eq=False)
class _Job:
    operation: Operation[Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BsauditError | None = None


class Worker:
    """Runs operations, each a function of the connection, in transactions on a thread of its own."""

    def __init__(self, engine: Engine, heartbeat: Operation[None]) -> None:
        self._engine = engine
        self._heartbeat = heartbeat
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopped = False

    async def do(self, operation: Operation[T]) -> T:
        """Run `operation` and return its result once it is durable. Raises what it raised, else JournalError."""
        if self._stopped:
            raise JournalError("the journal is closed")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="bsaudit-journal", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        job = _Job(operation, loop, loop.create_future())
        self._queue.put(job)
        if self._stopped:  # since we looked
            self._abandon([])
        result: T = await _uninterrupted(job.future)
        return result

    def close(self) -> None:
        """Finish what is waiting, end the thread and close the connection. May be called twice."""
        self._stopped = True
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        self._engine.dispose()

    def _run(self) -> None:
        group: list[_Job | None] = []
        try:
            beat_at = monotonic() + HEARTBEAT_S
            while None not in group:
                group = self._waiting(beat_at - monotonic())
                if jobs := [job for job in group if job is not None]:
                    self._commit(jobs)
                    _answer(jobs)
                if monotonic() >= beat_at:
                    self._beat()
                    beat_at = monotonic() + HEARTBEAT_S
        finally:  # by way of an error that nobody foresaw: no caller may wait for ever
            self._stopped = True
            self._abandon(group)

    def _waiting(self, timeout: float) -> list[_Job | None]:
        """Return everything that waits, a moment after there is something; nothing after `timeout` seconds."""
        try:
            group = [self._queue.get(timeout=max(timeout, 0))]
        except Empty:
            return []
        self._drain(group)
        if len(group) < _ENOUGH and None not in group:
            sleep(_LINGER_S)
            self._drain(group)
        return group

    def _drain(self, group: list[_Job | None]) -> None:
        with suppress(Empty):
            while len(group) < _GROUP_LIMIT:
                group.append(self._queue.get_nowait())

    def _commit(self, jobs: Sequence[_Job]) -> None:
        """Run the jobs in one transaction; if one of them fails, each in its own, so that it fails alone."""
        if self._attempt(jobs) or len(jobs) == 1:
            return
        for job in jobs:
            self._attempt([job])

    def _attempt(self, jobs: Sequence[_Job]) -> bool:
        """Run the jobs in one transaction. False: one of them failed before the commit, and nothing was done."""
        committing = False
        try:
            with self._engine.connect() as connection, connection.begin():
                for job in jobs:
                    job.result, job.error = job.operation(connection), None
                committing = True
        except (SQLAlchemyError, UnicodeDecodeError) as error:
            # A commit whose answer is lost may have happened: running it again could do it twice.
            _fail(jobs, translated(error, self._engine.url))
            return committing
        except BsauditError as error:
            _fail(jobs, error)
            return False
        return True

    def _beat(self) -> None:
        # The next record will meet the same trouble, and has a caller to tell.
        with suppress(SQLAlchemyError), self._engine.begin() as connection:
            self._heartbeat(connection)

    def _abandon(self, group: Sequence[_Job | None]) -> None:
        left = [*group, *self._waiting(0)]
        jobs = [job for job in left if job is not None]
        _fail(jobs, JournalError("the journal stopped"))
        _answer(jobs)


def _fail(jobs: Sequence[_Job], error: BsauditError) -> None:
    for job in jobs:
        job.result, job.error = None, error


async def _uninterrupted(future: asyncio.Future[T]) -> T:
    """Wait for `future` whatever happens; a cancellation comes through when the caller next awaits anything else."""
    interrupted = False
    while not future.done():
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            interrupted = True
        except BsauditError:  # the future's own: raised below
            break
    task = asyncio.current_task()
    if interrupted and task is not None:
        task.uncancel()  # the count stays what it was, by which `asyncio.timeout` knows its own
        task.cancel()
    return future.result()


def _answer(jobs: Sequence[_Job]) -> None:
    """Answer the callers, all of one loop at once: waking a loop from another thread costs more than the rest."""
    for loop in {job.loop for job in jobs}:
        with suppress(RuntimeError):  # the callers' loop is closed: nobody is left to hear
            loop.call_soon_threadsafe(_resolve, [job for job in jobs if job.loop is loop])


def _resolve(jobs: Sequence[_Job]) -> None:
    """Answer callers; runs in their loop."""
    for job in jobs:
        if job.future.done():  # cancelled, or answered before the thread stopped
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)
