"""A command of the user's own, run without a shell, for what it prints."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process, SubprocessStreamProtocol
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct

# As `asyncio.create_subprocess_exec` has it: what is read ahead of whoever reads.
STREAM_LIMIT = 1 << 16


class Printed(Struct, frozen=True):
    """What a command left."""

    output: bytes
    complaint: bytes  # on stderr
    code: int


@asynccontextmanager
async def running(words: Sequence[str], stderr: int | None = None) -> AsyncIterator[Process]:
    """Run a command whose output is read; what it complains of goes where ours does. Raises OSError.

    It does not outlive the block, however that ends, nor is anything read then of what it has started itself: a shell's
    pipeline goes on, and so does ssh that keeps its connection for the next time.
    """
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(
        lambda: SubprocessStreamProtocol(limit=STREAM_LIMIT, loop=loop),
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
    )
    process = Process(transport, protocol, loop)
    try:
        yield process
    except BaseException:
        # Kills it and closes the pipes: as long as somebody else holds these, Python 3.11 waits for the process.
        transport.close()
        await process.wait()
        raise


async def printed(words: Sequence[str], seconds: float) -> Printed:
    """Run a command and return what it printed. Raises OSError, and TimeoutError after so many seconds."""
    async with running(words, asyncio.subprocess.PIPE) as process, asyncio.timeout(seconds):
        output, complaint = await process.communicate()
    return Printed(output, complaint, process.returncode or 0)
