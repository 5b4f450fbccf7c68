"""The log that a configuration names: a file, or else a command that prints it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from bsaudit.adapters.command import running
from bsaudit.adapters.logfiles import BLOCK, LogFile, open_log, whole_lines
from bsaudit.errors import UsageError
from bsaudit.paths import source_name, user_path, words_of
from bsaudit.text import clean_line

Blocks = AsyncIterator[list[bytes]]


def name_of(source: str) -> str:
    """Return what a log is called in reports."""
    return clean_line(source_name(source))


@asynccontextmanager
async def opened(source: str) -> AsyncIterator[tuple[float, Blocks]]:
    """Open a log: when it was last written, and its lines in blocks. Raises UsageError, also while it is read."""
    if user_path(source).exists():
        with ExitStack() as stack:
            log = open_log(str(user_path(source)), stack)
            yield log.modified, _of_file(log)
        return
    words = words_of(source)
    if not words:
        raise _no_log(source, "there is no word in it")
    try:
        async with running(words) as process:
            assert process.stdout is not None
            yield time.time(), _of_command(process.stdout)
            if await process.wait():
                raise _no_log(words[0], f"it exited with {process.returncode}")
    except OSError as error:
        raise _no_log(words[0], error.strerror or str(error)) from error


async def _of_file(log: LogFile) -> Blocks:
    for lines in log.blocks:
        yield lines
        await asyncio.sleep(0)  # an interrupt or a deadline may come between


async def _of_command(stream: asyncio.StreamReader) -> Blocks:
    rest = b""
    while block := await stream.read(BLOCK):
        lines, rest = whole_lines(rest, block)
        if lines:
            yield lines
    if rest:
        yield [rest]


def _no_log(name: str, why: str) -> UsageError:
    return UsageError(f"{clean_line(name)}: neither a file nor a command that works: {clean_line(why)}")
