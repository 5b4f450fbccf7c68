"""A tiny authoritative DNS server for the lab's zones, UDP and TCP; it knows no other names and asks nobody."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Iterable
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.reversename
import dns.rrset
from msgspec import Struct

TTL_S = 60
# A question fits into this many octets many times over (RFC 1035 §2.3.4: a name has 255).
QUERY_LIMIT = 4096


class Record(Struct, frozen=True):
    """One resource record; `name` without the final dot, `data` in the form of a zone file."""

    name: str
    kind: str
    data: str


def pointer(address: str, host: str) -> Record:
    """Return the PTR record of a host's address."""
    return Record(dns.reversename.from_address(address).to_text(omit_final_dot=True), "PTR", f"{host}.")


def text(name: str, value: str) -> Record:
    return Record(name, "TXT", f'"{value}"')


class DnsServer:
    """Answers from a table of records."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records: dict[tuple[str, str], list[str]] = {}
        for record in records:
            self._records.setdefault((record.name, record.kind), []).append(record.data)
        self._names = _with_ancestors(name for name, _ in self._records)
        self._tcp: asyncio.Server | None = None
        self._udp: asyncio.DatagramTransport | None = None

    async def listen(self, address: str, port: int) -> None:
        """Begin to answer at `address` and `port`. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._serve, address, port)
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=(address, port))

    async def close(self) -> None:
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
            await self._tcp.wait_closed()

    def answer(self, query: bytes) -> bytes | None:
        """Return the answer to a query in wire format; None for what is no query."""
        try:
            message = dns.message.from_wire(query)
            reply = dns.message.make_response(message)
        except dns.exception.DNSException:
            return None
        if len(message.question) != 1:
            reply.set_rcode(dns.rcode.FORMERR)
            return reply.to_wire()
        reply.flags |= dns.flags.AA | dns.flags.RA
        self._fill(reply, message.question[0])
        return reply.to_wire()

    def _fill(self, reply: dns.message.Message, question: dns.rrset.RRset) -> None:
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        if name not in self._names:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif data := self._records.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(question.name, TTL_S, "IN", kind, *data))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(5):
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                reply = self.answer(await reader.readexactly(min(length, QUERY_LIMIT))) or b""
                writer.write(struct.pack("!H", len(reply)) + reply)
                await writer.drain()
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._server.answer(data)
        if reply is not None:
            self._transport.sendto(reply, addr)


def _with_ancestors(names: Iterable[str]) -> set[str]:
    """Return the names and all above them: RFC 8020, a name exists if one below it does."""
    found: set[str] = set()
    for name in names:
        labels = name.split(".")
        found.update(".".join(labels[start:]) for start in range(len(labels)))
    return found
