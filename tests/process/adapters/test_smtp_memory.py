"""What strangers send into DATA, and how much memory it takes: little, whatever the lines look like."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import ssl
import tracemalloc
from pathlib import Path
from typing import IO

import pytest

from bsaudit.adapters.smtpd import Handler, Options, Server, Session
from bsaudit.adapters.smtpd.connection import Connection
from bsaudit.adapters.smtpd.syntax import Transaction
from tests.support.certificates import Authority

SIZE_LIMIT = 2 << 20
# A message's beginning in memory, the stream's buffer, and what one piece is copied into; far below SIZE_LIMIT.
MEMORY_BOUND = 768 << 10

SHAPES = {
    "one line without an end": b"a" * 65536,
    "empty lines": b"\r\n" * 32768,
    "lines of one octet": b"x\r\n" * 21845,
    "dots only": b"..\r\n" * 16384,
    "lone dots behind bare LF": b".\n" * 32768,
    "big lines": b"y" * 32766 + b"\r\n" + b"z" * 32766 + b"\r\n",
    "NUL": b"\0" * 65536,
}


class Measuring(Handler):
    def __init__(self) -> None:
        self.sizes: list[int] = []

    async def data(self, session: Session, transaction: Transaction, content: IO[bytes]) -> str | None:
        self.sizes.append(content.seek(0, os.SEEK_END))
        return None


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_message_above_the_limit_is_drained_and_refused(shape: bytes) -> None:
    handler, replies, peak = asyncio.run(_send(shape, 4 * SIZE_LIMIT))
    assert replies[-1].startswith("552 5.3.4")
    assert handler.sizes == []
    assert peak < MEMORY_BOUND


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_message_below_the_limit_is_taken_and_not_kept_in_memory(shape: bytes) -> None:
    handler, replies, peak = asyncio.run(_send(shape, SIZE_LIMIT - len(shape)))
    assert replies[-1].startswith("250")
    (size,) = handler.sizes
    assert SIZE_LIMIT // 2 < size <= SIZE_LIMIT
    assert peak < MEMORY_BOUND


def test_a_command_without_an_end_is_not_kept() -> None:
    async def run() -> int:
        async with Server(Handler(), Options(hostname="mx.example.org")) as server:
            tracemalloc.start()
            try:
                await asyncio.to_thread(_shout, await server.listen("127.0.0.1"))
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    assert asyncio.run(run()) < MEMORY_BOUND


async def _send(shape: bytes, octets: int) -> tuple[Measuring, list[str], int]:
    """Send a message and return what became of it, the replies, and the peak of memory."""
    handler = Measuring()
    async with Server(handler, Options(hostname="mx.example.org", size_limit=SIZE_LIMIT)) as server:
        address = await server.listen("127.0.0.1")
        tracemalloc.start()
        try:
            replies = await asyncio.to_thread(_converse, address, shape, octets)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    return handler, replies, peak


def _converse(address: tuple[str, int], shape: bytes, octets: int) -> list[str]:
    with socket.create_connection(address, timeout=30) as client, client.makefile("rb") as answers:
        replies = [answers.readline().decode()]
        for command in (b"HELO x", b"MAIL FROM:<>", b"RCPT TO:<a@b>", b"DATA"):
            client.sendall(command + b"\r\n")
            replies.append(answers.readline().decode())
        for _ in range(octets // len(shape)):
            client.sendall(shape)
        client.sendall(b"\r\n.\r\n")
        replies.append(answers.readline().decode())
    return replies


def _shout(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=30) as client, client.makefile("rb") as answers:
        answers.readline()
        for _ in range(64):
            client.sendall(b"a" * 65536)
        client.sendall(b"\r\nNOOP\r\n")
        assert answers.readline().startswith(b"500")
        assert answers.readline().startswith(b"250")


def test_tls_takes_little_of_each_connection(tmp_path: Path) -> None:
    """asyncio's TLS has a buffer of 256 KiB for each connection, all of which is touched."""
    authority = Authority(tmp_path)
    trusting = ssl.create_default_context(cafile=authority.file)
    options = Options(hostname="mx.example.org", tls=authority.server("mx.example.org"))

    async def run() -> int:
        async with Server(Handler(), options) as server:
            address = await server.listen("127.0.0.1")
            with contextlib.ExitStack() as connections:
                await asyncio.to_thread(lambda: connections.enter_context(_secured(address, trusting)))
                tracemalloc.start()
                try:
                    for _ in range(10):
                        await asyncio.to_thread(lambda: connections.enter_context(_secured(address, trusting)))
                    return tracemalloc.get_traced_memory()[0]
                finally:
                    tracemalloc.stop()

    assert asyncio.run(run()) < 10 * (28 << 10)


def _secured(address: tuple[str, int], trusting: ssl.SSLContext) -> socket.socket:
    client = socket.create_connection(address, timeout=30)
    for command in (b"", b"EHLO x\r\n", b"STARTTLS\r\n"):
        client.sendall(command)
        client.recv(4096)
    return trusting.wrap_socket(client, server_hostname="mx.example.org")


ENDS = (b"", b"QUIT\r\n", b"STARTTLS\r\n")  # cut, a farewell, a handshake that breaks
VISITS = [*((end, tls, 100) for end in ENDS for tls in (False, True)), (b"", False, 0)]


@pytest.mark.parametrize(("end", "tls", "room"), VISITS)
def test_a_connection_that_is_over_is_freed_without_the_collector(
    tmp_path: Path, end: bytes, *, tls: bool, room: int
) -> None:
    """The collector looks at what is old only now and then, and a flood leaves hundreds of connections meanwhile."""
    authority = Authority(tmp_path)
    trusting = ssl.create_default_context(cafile=authority.file) if tls else None

    async def main() -> None:
        options = Options(hostname="mx.example.org", tls=authority.server("mx.example.org"), connections=room)
        async with Server(Handler(), options) as server:
            address = await server.listen("127.0.0.1")
            gc.collect()
            gc.disable()
            others = connections()  # of other tests, for which somebody may still have a use
            for _ in range(5):
                await asyncio.to_thread(_visit, address, trusting, end)
            async with asyncio.timeout(60):
                while len(connections()) > len(others):  # noqa: ASYNC110 -- no event tells
                    await asyncio.sleep(0.01)

    try:
        asyncio.run(main())
    finally:
        gc.enable()


def connections() -> list[Connection]:
    return [each for each in gc.get_objects() if type(each) is Connection]


def _visit(address: tuple[str, int], trusting: ssl.SSLContext | None, end: bytes) -> None:
    with (
        contextlib.suppress(OSError),
        _secured(address, trusting) if trusting else socket.create_connection(address, 30) as stranger,
    ):
        stranger.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\n" + end)
        stranger.shutdown(socket.SHUT_WR)
        while end and stranger.recv(4096):
            pass
