"""What DNS says of a host that handed us a message: forward-confirmed reverse names, and whose SPF vouches for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

import dns.exception

from bsaudit.adapters.resolver import DnsResolver
from bsaudit.adapters.spf import SpfEvaluator
from bsaudit.errors import DnsError
from bsaudit.model.mail import Spf, SpfResult, Verified

_UNANSWERED = Spf(result=SpfResult.TEMPERROR)

T = TypeVar("T")

# What came is journalled with what DNS said of its sender, so it waits for that, but no longer.
PATIENCE_S = 5.0
# A host may have a name for each of its customers: RFC 7208 §4.6.4 looks at ten, too.
MOST_NAMES = 10
# Hosts that are remembered: a flood from many addresses must not fill the memory.
MOST_HOSTS = 1000


class PeerLookup:
    """`ports.PeerVerifier`. Asks once about a host, however many messages it brings."""

    def __init__(self, resolver: DnsResolver, *, patience_s: float = PATIENCE_S) -> None:
        self._resolver, self._spf = resolver, SpfEvaluator(resolver)
        self._patience_s = patience_s
        self._asked: dict[tuple[str, tuple[str, ...]], asyncio.Task[Verified]] = {}

    async def verify(self, address: str, domains: Iterable[str]) -> Verified:
        """Return what DNS says of `address`, and the SPF of `domains`; what it fails to answer is told as that."""
        asked = address, tuple(sorted(domains))
        if asked not in self._asked:
            if len(self._asked) >= MOST_HOSTS:
                self._asked.clear()
            self._asked[asked] = asyncio.ensure_future(self._look(*asked))
        # Whoever stops waiting, because its run ends, leaves the answer to the others.
        return await asyncio.shield(self._asked[asked])

    async def _look(self, address: str, domains: tuple[str, ...]) -> Verified:
        checks = (self._in_time(self._spf.check(address, domain)) for domain in domains)
        names, spf = await asyncio.gather(self._in_time(self._names(address)), asyncio.gather(*checks))
        told = {domain: result or _UNANSWERED for domain, result in zip(domains, spf, strict=True)}
        return Verified(address=address, names=names, spf=told)

    async def _in_time(self, asking: Coroutine[Any, Any, T]) -> T | None:
        try:
            async with asyncio.timeout(self._patience_s):
                return await asking
        except (TimeoutError, DnsError):
            return None

    async def _names(self, address: str) -> tuple[str, ...]:
        """Return the reverse names whose own addresses contain this one (RFC 8601 §2.7.3 calls that iprev)."""
        try:
            names = sorted(await self._resolver.names(address))[:MOST_NAMES]
        except dns.exception.SyntaxError:  # a header may hold anything where an address should stand
            return ()
        found = await asyncio.gather(*map(self._resolver.addresses, names), return_exceptions=True)
        return tuple(name for name, known in zip(names, found, strict=True) if _holds(known, address))


def _holds(known: object, address: str) -> bool:
    return isinstance(known, tuple) and address in known
