"""The guard of tests/pure works: what starts a process or reaches a socket fails there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

GUARD = Path(__file__).parents[1] / "pure" / "conftest.py"

IMPURE = """
import asyncio, os, socket, subprocess, threading
import pytest

def swallowed(work):
    try:
        work()
    except BaseException:
        pass

def bind():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))

def connect():
    with socket.socket() as one:
        one.connect(("127.0.0.1", 9))

def send():
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.sendto(b"x", ("127.0.0.1", 9))

def in_a_thread():
    thread = threading.Thread(target=swallowed, args=(bind,))
    thread.start()
    thread.join()

def coroutine():
    asyncio.run(asyncio.create_subprocess_exec("true"))

@pytest.fixture
def fixture():
    subprocess.run(["true"])

WAYS = [
    bind, connect, send, in_a_thread, coroutine,
    lambda: swallowed(bind),
    lambda: subprocess.run(["true"]),
    lambda: os.system("true"),
    lambda: os.posix_spawn("/bin/true", ["true"], {}),
    lambda: os.fork() or os._exit(0),
    lambda: socket.getaddrinfo("localhost", 25),
]

@pytest.mark.parametrize("way", WAYS)
def test_impure(way):
    way()

def test_impure_fixture(fixture):
    pass
"""

PURE = """
import asyncio

def test_pure(tmp_path):
    (tmp_path / "file").write_text("x")
    asyncio.run(asyncio.to_thread(asyncio.run, asyncio.sleep(0)))
"""


def test_the_guard_of_the_pure_tests_sees_sockets_and_processes(tmp_path: Path) -> None:
    shutil.copy(GUARD, tmp_path)
    (tmp_path / "test_impure.py").write_text(IMPURE)
    (tmp_path / "test_pure.py").write_text(PURE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    told = set(re.findall(r"^(?:FAILED|ERROR) (test_\S+)", done.stdout, re.MULTILINE))
    assert len(told) == 12, done.stdout
    assert done.stdout.splitlines()[-1].startswith("11 failed, 1 passed, 1 error"), done.stdout
