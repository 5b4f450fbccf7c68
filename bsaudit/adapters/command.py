"""A command of the user's own, run without a shell, for what it prints."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct


class Printed(Struct, frozen=True):
    """What a command left."""

    output: bytes
    complaint: bytes  # on stderr
    code: int


@asynccontextmanager
async def running(words: Sequence[str], stderr: int | None = None) -> AsyncIterator[Process]:
    """Run a command whose output is read; what it complains of goes where ours does. Raises OSError.

    It does not outlive the block, however that ends.
    """
    process = await asyncio.create_subprocess_exec(
        *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=stderr
    )
    try:
        yield process
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise


async def printed(words: Sequence[str], seconds: float) -> Printed:
    """Run a command and return what it printed. Raises OSError, and TimeoutError after so many seconds."""
    async with running(words, asyncio.subprocess.PIPE) as process, asyncio.timeout(seconds):
        output, complaint = await process.communicate()
    return Printed(output, complaint, process.returncode or 0)
