"""A TCP proxy that lets one thing go wrong, at a chosen line of the client's: for tests of what clients make of it.

`python -m tests.support.faults HOST PORT < FAULT` is one in a network of its own: it reads the fault as a line of JSON,
prints its port and, the first time that the fault strikes, "struck", and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto

import dns.asyncquery
import dns.flags
import dns.message
import dns.name
import dns.rcode
import msgspec

from tests.support.dns import on_one_port

DRIP_S = 0.004  # between two octets …
DRIPPED = 30  # … of the first of what a server says: on a busy machine each takes its time
LINE_LIMIT = 1 << 22
CONNECTION = b""  # the connection itself, before anything is said


class Do(Enum):
    """What goes wrong. The other end of a line that is cut or stalled stays as it is."""

    CUT = auto()  # the line does not reach the server; the client sees an end of file
    RESET = auto()  # … or a reset
    CUT_REPLY = auto()  # the line reaches the server, its reply cuts the connection
    STALL = auto()  # the line does not reach the server, and nothing happens: half open
    STALL_REPLY = auto()  # the line reaches the server, its reply never reaches the client
    DRIP = auto()  # the beginning of the reply, and of all that follows, comes octet by octet
    SAY = auto()  # the client is told `text`; the server hears nothing of it
    SAY_AND_CUT = auto()
    NOTHING = auto()  # here; whoever waits for it does something elsewhere


@dataclass(frozen=True)
class Fault:
    """`at` is how the client's line begins, whatever its case (CONNECTION: none); the `nth`, or all from there on."""

    at: bytes
    do: Do
    text: bytes = b""
    nth: int = 1
    always: bool = False


class Proxy:
    """Passes everything on to one server, but for the fault. `hits` says how often that happened."""

    def __init__(self, host: str, port: int, fault: Fault) -> None:
        self._server, self._fault = (host, port), fault
        self._at = re.compile(fault.at, re.IGNORECASE)
        self._seen = self.hits = self.connections = 0
        self.struck = asyncio.Event()
        self.lines: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if self._fault.at == CONNECTION and self._strikes():
                if not await self._strike_client(writer):
                    await reader.read()
                return
            with suppress(OSError):
                there, to_server = await asyncio.open_connection(*self._server, limit=LINE_LIMIT)
                await self._pass(_Link(reader, writer, there, to_server))
        finally:
            writer.close()

    async def _pass(self, link: _Link) -> None:
        directions = [asyncio.ensure_future(self._up(link)), asyncio.ensure_future(link.down())]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
            if link.stalled:
                await asyncio.wait(directions)
        finally:
            link.to_server.close()
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)

    async def _up(self, link: _Link) -> None:
        with suppress(OSError):
            while line := await link.reader.readline():
                self.lines.append(line.rstrip())
                if self._fault.at != CONNECTION and self._at.match(line) and self._strikes():
                    if await self._strike(line, link):
                        return
                elif not link.stalled:
                    link.to_server.write(line)

    def _strikes(self) -> bool:
        self._seen += 1
        strikes = self._seen == self._fault.nth or (self._fault.always and self._seen > self._fault.nth)
        self.hits += strikes
        if strikes:
            self.struck.set()
        return strikes

    async def _strike(self, line: bytes, link: _Link) -> bool:
        """Let it go wrong; return whether the connection ends by it."""
        link.stalled = self._fault.do in (Do.STALL, Do.STALL_REPLY)
        if self._fault.do in (Do.CUT_REPLY, Do.STALL_REPLY, Do.DRIP, Do.NOTHING):
            link.doing = self._fault.do
            link.to_server.write(line)
            return False
        return await self._strike_client(link.writer)

    async def _strike_client(self, writer: asyncio.StreamWriter) -> bool:
        match self._fault.do:
            case Do.CUT | Do.RESET | Do.CUT_REPLY:
                if self._fault.do is Do.RESET:
                    writer.transport.abort()
                return True
            case Do.SAY | Do.SAY_AND_CUT:
                writer.write(self._fault.text)
                with suppress(OSError):
                    await writer.drain()
                return self._fault.do is Do.SAY_AND_CUT
        return False


@dataclass
class _Link:
    """One connection from client to server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    there: asyncio.StreamReader
    to_server: asyncio.StreamWriter
    doing: Do | None = None
    stalled: bool = False

    async def down(self) -> None:
        with suppress(OSError):
            while data := await self.there.read(1 << 16):
                if self.doing is Do.CUT_REPLY:
                    return
                if self.doing is Do.DRIP:
                    await self._drip(data)
                elif not self.stalled:
                    self.writer.write(data)
                    await self.writer.drain()

    async def _drip(self, data: bytes) -> None:
        for octet in data[:DRIPPED]:
            self.writer.write(bytes([octet]))
            await self.writer.drain()
            await asyncio.sleep(DRIP_S)
        self.writer.write(data[DRIPPED:])
        await self.writer.drain()


@asynccontextmanager
async def faulty(host: str, port: int, fault: Fault) -> AsyncIterator[Proxy]:
    """Run a proxy in front of `host`:`port`, at another port of the same address."""
    proxy = Proxy(host, port, fault)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):  # the test is over
            await proxy.serve(reader, writer)

    server = await asyncio.start_server(serve, host, 0, limit=LINE_LIMIT)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


class Dns(Enum):
    """What goes wrong with the questions about some names."""

    SERVFAIL = auto()
    REFUSED = auto()
    NXDOMAIN = auto()
    SILENT = auto()
    SLOW = auto()  # the answer takes SLOW_S
    GARBAGE = auto()
    OTHERS = auto()  # an answer to another question comes first
    TRUNCATED = auto()  # over UDP; TCP tells all
    CUT_SHORT = auto()  # truncated over UDP, and TCP is cut


SLOW_S = 0.4


@asynccontextmanager
async def faulty_dns(host: str, port: int, fault: Dns, name: str) -> AsyncIterator[tuple[str, int]]:
    """Run a forwarder in front of a DNS server; what is asked about `name` and below goes wrong."""

    async def ask(query: bytes) -> bytes:
        return (await dns.asyncquery.udp(dns.message.from_wire(query), host, port=port, timeout=5)).to_wire()

    async def answer(query: bytes, *, tcp: bool) -> list[bytes]:
        asked = dns.message.from_wire(query)
        if not asked.question[0].name.is_subdomain(dns.name.from_text(name)):
            return [await ask(query)]
        return await _spoilt(fault, asked, lambda: ask(query), tcp=tcp)

    tasks: set[asyncio.Future[None]] = set()

    class Udp(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            task = asyncio.ensure_future(self.reply(data, addr))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        async def reply(self, data: bytes, addr: tuple[str, int]) -> None:
            for reply in await answer(data, tcp=False):
                self.transport.sendto(reply, addr)  # type: ignore[attr-defined]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError):
            length = int.from_bytes(await reader.readexactly(2), "big")
            for reply in await answer(await reader.readexactly(length), tcp=True):
                writer.write(len(reply).to_bytes(2, "big") + reply)
        writer.close()

    async with on_one_port(serve, Udp) as place:
        yield place


_RCODES = {Dns.SERVFAIL: dns.rcode.SERVFAIL, Dns.REFUSED: dns.rcode.REFUSED, Dns.NXDOMAIN: dns.rcode.NXDOMAIN}
Right = Callable[[], Awaitable[bytes]]


async def _spoilt(fault: Dns, asked: dns.message.Message, right: Right, *, tcp: bool) -> list[bytes]:
    reply = dns.message.make_response(asked)
    if fault is Dns.SLOW:
        await asyncio.sleep(SLOW_S)
    match fault:
        case Dns.SERVFAIL | Dns.REFUSED | Dns.NXDOMAIN:
            reply.set_rcode(_RCODES[fault])
            replies = [reply.to_wire()]
        case Dns.GARBAGE:
            replies = [bytes(7)]
        case Dns.OTHERS:
            other = dns.message.make_response(dns.message.make_query("other.example", "MX"))
            replies = [other.to_wire(), await right()]
        case Dns.TRUNCATED | Dns.CUT_SHORT if not tcp:
            reply.flags |= dns.flags.TC
            replies = [reply.to_wire()]
        case Dns.SILENT | Dns.CUT_SHORT:
            replies = []
        case _:
            replies = [await right()]
    return replies


async def _main(host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    fault = msgspec.json.decode(await loop.run_in_executor(None, sys.stdin.buffer.readline), type=Fault)
    async with faulty(host, port, fault) as proxy:
        print(proxy.port, flush=True)  # noqa: T201 -- for whoever started it
        ended = loop.run_in_executor(None, sys.stdin.buffer.read)
        struck = asyncio.ensure_future(proxy.struck.wait())
        await asyncio.wait([ended, struck], return_when=asyncio.FIRST_COMPLETED)
        if struck.done():
            print("struck", flush=True)  # noqa: T201
        struck.cancel()
        await ended


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
