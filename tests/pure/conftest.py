"""Tests in this folder start no process and open no socket: hundreds a second, and alike on every machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Names of the audit events (https://docs.python.org/3/library/audit_events.html). A socket may be made, as every event
# loop makes a pair of them to wake itself, but it reaches nobody. `gethostname` is no connection: Maildir asks for it.
FORBIDDEN = frozenset(
    {
        *("socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg"),
        *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"),
        *("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "pty.spawn"),
    }
)
HERE = Path(__file__).parent
watching = False
seen: list[str] = []


class ImpureError(BaseException):
    """No Exception: the code under test may catch those."""


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if watching and event in FORBIDDEN:
        seen.append(event)
        raise ImpureError(f"{event}{arguments!r} in tests/pure: such a test belongs to tests/process")


sys.addaudithook(refuse)  # for good: Python offers no way to take it off again


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Watch over a test of this folder, with all its fixtures."""
    global watching  # noqa: PLW0603 -- the hook above belongs to the process too
    watching = HERE in item.path.parents  # pytest asks this hook about every test of the run
    seen.clear()
    try:
        return (yield)
    finally:
        watching = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail the test whose thread, or whose code under test, kept the error to itself."""
    result = yield
    assert not seen, seen
    return result
