"""A DNS server on loopback that knows the laboratory's zones and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

# name (no final dot) → record type → record texts
Zone = Mapping[str, Mapping[str, tuple[str, ...]]]
TTL_S = 5


class DnsServer(asyncio.DatagramProtocol):
    """Answers from `zone`; NXDOMAIN for every other name."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return
        if query.question and self._transport is not None:
            self._transport.sendto(self._answer(query).to_wire(), addr)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA | dns.flags.RA
        question = query.question[0]
        known = self._zone.get(question.name.to_text(omit_final_dot=True).lower())
        if known is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
            return reply
        texts = known.get(dns.rdatatype.to_text(question.rdtype))
        if texts:
            reply.answer.append(dns.rrset.from_text(question.name, TTL_S, "IN", question.rdtype, *texts))
        return reply

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
