"""A command of the user's own, run without a shell, for what it prints."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from msgspec import Struct


class Printed(Struct, frozen=True):
    """What a command left."""

    output: bytes
    complaint: bytes  # on stderr
    code: int


async def printed(words: Sequence[str], seconds: float) -> Printed:
    """Run a command and return what it printed. Raises OSError, and TimeoutError after so many seconds.

    It does not outlive this call, however that ends.
    """
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            output, complaint = await process.communicate()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return Printed(output, complaint, process.returncode or 0)
