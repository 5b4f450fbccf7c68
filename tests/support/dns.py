"""A DNS server on loopback, UDP and TCP, that answers from a table and misbehaves on demand."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

# What may stand in the table instead of records
SERVFAIL, REFUSED, SILENT, TRUNCATED = "SERVFAIL", "REFUSED", "SILENT", "TRUNCATED"
LOOPBACK = "127.0.0.1"
PORTS_TRIED = 20

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Zone = dict[str, dict[str, list[str]] | str]
TTL_S = 60
# What a zone holds that says for how long there is nothing: half a minute
SOA = {"SOA": ["ns.test. hostmaster.test. 1 7200 900 86400 30"]}


class Counted(dict[str, Any]):
    """A zone that counts what it is asked."""

    def __init__(self, zone: Zone) -> None:
        super().__init__(zone)
        self.asked: Counter[str] = Counter()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked[name] += 1
        return super().get(name, default)


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self.zone = zone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = _answer(self.zone, data, tcp=False)
        if reply is not None:
            self.transport.sendto(reply, addr)


@asynccontextmanager
async def dns_server(zone: Zone) -> AsyncIterator[tuple[str, int]]:
    """Serve `zone`: names (without final dot) to records by type, or to one of the misbehaviours above."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        reply = _answer(zone, await reader.readexactly(length), tcp=True) or b""
        writer.write(struct.pack("!H", len(reply)) + reply)
        writer.close()

    async with on_one_port(serve, lambda: _Udp(zone)) as address:
        yield address


@asynccontextmanager
async def on_one_port(serve: Serve, protocol: Callable[[], asyncio.DatagramProtocol]) -> AsyncIterator[tuple[str, int]]:
    """Answer at one port of the loopback by TCP and UDP: one that is free by TCP may be another's by UDP."""
    tcp, udp = await _both(serve, protocol)
    try:
        yield LOOPBACK, tcp.sockets[0].getsockname()[1]
    finally:
        udp.close()
        tcp.close()
        await tcp.wait_closed()


async def _both(
    serve: Serve, protocol: Callable[[], asyncio.DatagramProtocol]
) -> tuple[asyncio.Server, asyncio.DatagramTransport]:
    loop = asyncio.get_running_loop()
    for _ in range(PORTS_TRIED):
        tcp = await asyncio.start_server(serve, LOOPBACK, 0)
        try:
            udp, _ = await loop.create_datagram_endpoint(protocol, local_addr=tcp.sockets[0].getsockname())
        except OSError:
            tcp.close()
        else:
            return tcp, udp
    raise AssertionError("no port is free by TCP and UDP")


@contextmanager
def dns_thread(zone: Zone) -> Iterator[str]:
    """Serve `zone` in a thread of its own, for commands that have their own event loop; the server's HOST:PORT."""
    loop, ready, done = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[tuple[str, int]] = []

    async def serve() -> None:
        async with dns_server(zone) as address:
            found.append(address)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield f"{found[0][0]}:{found[0][1]}"
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def _answer(zone: Zone, query: bytes, *, tcp: bool) -> bytes | None:
    message = dns.message.from_wire(query)
    question = message.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    reply = dns.message.make_response(message)
    reply.flags |= dns.flags.AA | dns.flags.RA
    known = zone.get(name)
    if known == SILENT:
        return None
    if known == TRUNCATED and not tcp:
        reply.flags |= dns.flags.TC
        return reply.to_wire()
    if known is None or isinstance(known, str):
        reply.set_rcode({SERVFAIL: dns.rcode.SERVFAIL, REFUSED: dns.rcode.REFUSED}.get(known or "", dns.rcode.NXDOMAIN))
        known = zone.get(f"tcp:{name}") if known == TRUNCATED else None
    if isinstance(known, dict):
        reply.set_rcode(dns.rcode.NOERROR)
        _fill(reply, question, known)
    if not reply.answer:
        _deny(reply, question.name, zone)
    return reply.to_wire()


def _deny(reply: dns.message.Message, name: dns.name.Name, zone: Zone) -> None:
    """Say for how long there is nothing, where the table has the zone's SOA (RFC 2308 §3)."""
    while name != dns.name.root:
        known = zone[text] if (text := name.to_text(omit_final_dot=True).lower()) in zone else None
        if isinstance(known, dict) and "SOA" in known:
            reply.authority.append(dns.rrset.from_text(name, TTL_S, "IN", "SOA", *known["SOA"]))
            return
        name = name.parent()


def _fill(reply: dns.message.Message, question: dns.rrset.RRset, known: dict[str, list[str]]) -> None:
    kind = dns.rdatatype.to_text(question.rdtype)
    records = known.get(kind)
    if records:
        reply.answer.append(dns.rrset.from_text(question.name, TTL_S, "IN", kind, *records))
