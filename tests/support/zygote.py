"""A process that has imported everything and forks for each order: a fork costs milliseconds, an interpreter a second.

Speaks JSON lines: reads an order, says the child's process number, and when the child is gone the signal that ended
it, or its exit code as a negative number.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any


def serve(work: Callable[[dict[str, Any]], Coroutine[Any, Any, None]]) -> None:
    """Do `work` for each order, in a child."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(work(json.loads(line)))
            os._exit(0)
        _say(pid)
        _, status = os.waitpid(pid, 0)
        _say(os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
