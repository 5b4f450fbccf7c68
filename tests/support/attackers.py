"""Clients that load an SMTP server with garbage: `python -m tests.support.attackers PORT COUNT`.

A process of their own, so that whoever measures beside them is not held up. They speak from 127.0.0.1, come again
whenever they are cut off, and end with their standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
import sys

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


def _anything() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _main(port: int, count: int) -> None:
    attackers = [asyncio.create_task(_attack(port, random.Random(number))) for number in range(count)]
    await asyncio.to_thread(sys.stdin.buffer.read)
    for attacker in attackers:
        attacker.cancel()
    await asyncio.gather(*attackers, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(_main(*map(int, sys.argv[1:])))
