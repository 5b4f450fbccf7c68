"""`bsaudit catch` full of garbage: it stays small, loses nothing of what it took, and greets others soon.

`BSAUDIT_LOAD_S=60` says for how many seconds: .ci/run does it so, beside its linters.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bsaudit.adapters.catch.session_log import LOG_LIMIT, NAME
from tests.support.installed import COMMAND

ATTACKERS = 198
RESIDENT_KB = 64 << 10
GREETING_S = 1.0
MANY = 50  # greetings; of fewer, whatever else this machine does decides the 95th percentile
ADDRESS = "probe@catch.example"
MOMENT_S = float(os.environ.get("BSAUDIT_LOAD_S", "3"))
HOUR_S = 3600.0


@dataclass
class Seen:
    greetings: list[float] = field(default_factory=list)
    acknowledged: int = 0
    put_off: int = 0
    log_octets: int = 0

    def __str__(self) -> str:
        soon = sorted(self.greetings)
        p95, latest = soon[int(len(soon) * 0.95)], soon[-1]
        kept = f"{self.acknowledged} kept, {self.put_off} put off"
        return f"{len(soon)} greetings: p95 {p95:.3f} s, latest {latest:.3f} s; {kept}; log {self.log_octets} octets"


@pytest.mark.timeout(HOUR_S + 600)
@pytest.mark.parametrize(
    "seconds", [pytest.param(MOMENT_S, id="a moment"), pytest.param(HOUR_S, id="an hour", marks=pytest.mark.long)]
)
def test_it_bears_load_and_garbage(tmp_path: Path, seconds: float) -> None:
    seen = Seen()
    with _catch(tmp_path) as (process, port):
        with _attackers(port):
            _bystand(port, tmp_path, time.monotonic() + seconds, seen)
        resident_kb = _most_resident_kb(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    print(f"{seconds:.0f} s: {resident_kb} KiB resident at most; {seen}")  # noqa: T201 -- for `pytest -s`
    assert seen.acknowledged > 0
    assert list((tmp_path / "tmp").iterdir()) == []
    assert resident_kb <= RESIDENT_KB
    assert seen.log_octets < 2 * LOG_LIMIT + 4096
    if len(seen.greetings) >= MANY:
        assert sorted(seen.greetings)[int(len(seen.greetings) * 0.95)] <= GREETING_S


@contextlib.contextmanager
def _catch(maildir: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    words = [COMMAND, "catch", "--listen=127.0.0.1:0", f"--address={ADDRESS}", f"--maildir={maildir}"]
    limits = [f"--max-connections={ATTACKERS + 2}", f"--max-per-peer={ATTACKERS}"]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen([*words, *limits], stdout=pipe, stderr=nowhere, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline().split("127.0.0.1:")[1].split()[0])
        finally:
            process.kill()


@contextlib.contextmanager
def _attackers(port: int) -> Iterator[None]:
    words = [sys.executable, "-m", "tests.support.attackers", str(port), str(ATTACKERS)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, cwd=Path(__file__).parents[3]) as process:
        yield
        process.communicate()
    assert process.returncode == 0


def _bystand(port: int, maildir: Path, until: float, seen: Seen) -> None:
    """Bring mail now and then, from another address than the attackers, and look whether it is there."""
    while time.monotonic() < until:
        _bring(port, maildir, seen)
        seen.log_octets = max(seen.log_octets, sum(file.stat().st_size for file in maildir.glob(f"{NAME}*")))
        _sweep(maildir / "new")
        time.sleep(0.2)


def _bring(port: int, maildir: Path, seen: Seen) -> None:
    message = b"Subject: Undelivered\r\n\r\nlegitimate %d\r\n" % len(seen.greetings)
    began = time.monotonic()
    with smtplib.SMTP("127.0.0.1", port, timeout=30, source_address=("127.0.0.2", 0)) as client:
        seen.greetings.append(time.monotonic() - began)
        client.helo("mx.example")
        client.mail("")
        client.rcpt(ADDRESS)
        code, reply = client.data(message)
    if code == 250:
        stored = maildir / "new" / reply.rpartition(b" ")[2].decode()
        assert stored.read_bytes().endswith(message)
        seen.acknowledged += 1
    else:
        seen.put_off += 1


def _sweep(new: Path) -> None:
    """Make room: an hour of garbage would fill the disk."""
    for file in list(new.iterdir()):
        file.unlink()


def _most_resident_kb(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])
