"""`bsaudit catch` full of garbage: it stays small, loses nothing of what it took, and greets others soon."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bsaudit.adapters.catch.session_log import LOG_LIMIT, NAME
from tests.support.installed import COMMAND

ATTACKERS = 198
RESIDENT_KB = 64 << 10
GREETING_S = 1.0
MAIL = b"MAIL FROM:<>\r\nRCPT TO:<probe+%d@catch.example>\r\nDATA\r\n"
GARBAGE = [
    b"MAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nRSET\r\n" * 300,
    b"EHLO " + b"x" * 4000 + b"\r\n",
    b"a" * 65536,
    bytes(range(256)) * 64,
    b"RSET\r\n" * 5000,
    MAIL + b"\r\n" * 32768,
    MAIL + b"y" * 2_000_000 + b"\r\n.\r\n",
    (MAIL + b"Subject: x\r\n\r\nhi\r\n.\r\n") * 20,
    b"STARTTLS\r\n" * 3,
]


@dataclass
class Seen:
    greetings: list[float] = field(default_factory=list)
    acknowledged: int = 0
    resident_kb: int = 0


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(8, id="a moment"),
        pytest.param(3600, id="an hour", marks=[pytest.mark.long, pytest.mark.timeout(4000)]),
    ],
)
def test_it_bears_load_and_garbage(tmp_path: Path, seconds: float) -> None:
    seen = asyncio.run(_load(tmp_path, seconds))
    kept = [file.read_bytes() for file in (tmp_path / "new").iterdir() if file.stat().st_size < 1000]
    assert seen.acknowledged > 0
    assert sum(b"\r\nlegitimate\r\n" in message for message in kept) >= seen.acknowledged
    assert list((tmp_path / "tmp").iterdir()) == []
    assert seen.resident_kb <= RESIDENT_KB
    assert sum(file.stat().st_size for file in tmp_path.glob(f"{NAME}*")) < 2 * LOG_LIMIT + 4096
    if seconds > 60:  # else there are too few, and whatever else this machine does decides
        assert sorted(seen.greetings)[int(len(seen.greetings) * 0.95)] <= GREETING_S


async def _load(maildir: Path, seconds: float) -> Seen:
    words = ["catch", "--listen=127.0.0.1:0", "--address=probe@catch.example", f"--maildir={maildir}"]
    limits = [f"--max-connections={ATTACKERS + 2}", f"--max-per-peer={ATTACKERS}"]
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(COMMAND, *words, *limits, stdout=pipe, stderr=nowhere)
    assert process.stdout is not None
    port = int((await process.stdout.readline()).split(b"127.0.0.1:")[1].split()[0])
    seen = Seen()
    try:
        attackers = [asyncio.create_task(_attack(port, random.Random(number))) for number in range(ATTACKERS)]
        await _bystand(port, process.pid, time.monotonic() + seconds, seen)
        for attacker in attackers:
            attacker.cancel()
        await asyncio.gather(*attackers, return_exceptions=True)
    finally:
        process.terminate()
        await process.wait()
    assert process.returncode == 0
    return seen


async def _attack(port: int, chance: random.Random) -> None:
    while True:
        with contextlib.suppress(OSError, EOFError, TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                async with asyncio.timeout(chance.uniform(1, 10)):
                    await _shout(reader, writer, chance)
            finally:
                writer.transport.abort()
        await asyncio.sleep(0.05)


async def _shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chance: random.Random) -> None:
    writer.write(b"EHLO x\r\n")
    await reader.readuntil(b"250 ")
    if chance.random() < 0.3:
        writer.write(b"STARTTLS\r\n")
        await reader.readuntil(b"220 2.0.0 Ready to start TLS\r\n")
        await writer.start_tls(_anything())
    while not reader.at_eof():
        piece = chance.choice(GARBAGE)
        writer.write(piece.replace(b"%d", b"%d" % chance.randrange(1000)))
        await writer.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.05):  # in DATA there is no reply
                await reader.read(65536)


async def _bystand(port: int, pid: int, until: float, seen: Seen) -> None:
    """Bring mail now and then, from another address than the attackers."""
    while time.monotonic() < until:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        assert (await reader.readline()).startswith(b"220")
        seen.greetings.append(time.monotonic() - began)
        for command in (b"HELO y", MAIL.strip() % 0, b"Subject: x\r\n\r\nlegitimate\r\n."):
            writer.write(command + b"\r\n")
        replies = [(await reader.readline())[:3] for _ in range(5)]
        seen.acknowledged += replies[-1] == b"250"
        writer.transport.abort()
        seen.resident_kb = max(seen.resident_kb, _resident_kb(pid))
        await asyncio.sleep(0.2)


def _resident_kb(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


def _anything() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
