"""The laboratory itself: up, down, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.mta import hosts, lab

pytestmark = [pytest.mark.mta, pytest.mark.timeout(300)]


def test_every_host_has_an_address_and_a_name_of_its_own() -> None:
    for names in ([host.name for host in hosts.HOSTS], [host.address for host in hosts.HOSTS]):
        assert len(names) == len(set(names))


def test_up_and_down_leave_nothing_behind(ground: lab.Lab, tmp_path: Path) -> None:
    del ground  # its layers are in the cache by now
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    before = traces()

    def command(word: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "tests.mta", word],
            cwd=lab.ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    try:
        assert f"{len(hosts.HOSTS)} hosts are up" in command("up")
        assert command("status").startswith("running")
    finally:
        command("down")
    assert command("status") == "not running\n"
    assert traces() == before
    assert list(tmp_path.iterdir()) == []


def test_a_laboratory_for_tests_ends_with_them() -> None:
    code = "from tests.mta import lab; a = lab.start(tied=True, only=('ns.lab.example',)); "
    code += "print(a.pid, a.began, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=lab.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        pid, began = holder.stdout.readline().split()
        orphan = lab.Lab(int(pid), began)
        assert orphan.alive
        holder.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while orphan.alive and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not orphan.alive


def traces() -> tuple[str, str]:
    """Return what a laboratory could leave; its processes go with its process 1, the kernel sees to it."""
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    return Path("/proc/mounts").read_text(), links
