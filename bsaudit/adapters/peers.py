"""What DNS says of a host that handed us a message: its names both ways, whose SPF vouches for it, who signed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Coroutine, Iterable
from typing import Any, TypeVar

import dns.exception

from bsaudit.adapters.resolver import DnsResolver
from bsaudit.adapters.signatures import LONGEST_MESSAGE, MOST_SIGNATURES, check, key_name, signer
from bsaudit.adapters.spf import SpfEvaluator
from bsaudit.errors import DnsError
from bsaudit.judge.parties import organisation
from bsaudit.model.mail import Signature, Spf, SpfResult, Verified

_UNANSWERED = Spf(result=SpfResult.TEMPERROR)

T = TypeVar("T")

# What came is journalled with what DNS said of its sender, so it waits for that, but no longer.
PATIENCE_S = 5.0
# A host may have a name for each of its customers: RFC 7208 §4.6.4 looks at ten, too.
MOST_NAMES = 10
# A server that was slow once answers the next time; one that never does holds up so many messages of a host.
MOST_TRIES = 3
# Hosts that are remembered: a flood from many addresses must not fill the memory.
MOST_HOSTS = 1000


class PeerLookup:
    """`ports.PeerVerifier`. Asks once about a host, however many messages it brings; again where DNS did not answer."""

    def __init__(self, resolver: DnsResolver, *, patience_s: float = PATIENCE_S) -> None:
        self._resolver, self._spf = resolver, SpfEvaluator(resolver)
        self._patience_s = patience_s
        self._asked: dict[tuple[str, tuple[str, ...]], asyncio.Task[Verified]] = {}
        self._tries: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self._keys: dict[str, asyncio.Task[tuple[str, ...] | None]] = {}

    async def verify(self, address: str, domains: Iterable[str]) -> Verified:
        """Return what DNS says of `address`, and the SPF of `domains`; what it fails to answer is told as that."""
        asked = address, tuple(sorted(domains))
        if asked not in self._asked or self._worth_another(asked):
            if len(self._asked) >= MOST_HOSTS:
                self._asked.clear()
                self._tries.clear()
            self._tries[asked] += 1
            self._asked[asked] = asyncio.ensure_future(self._look(*asked))
        # Whoever stops waiting, because its run ends, leaves the answer to the others.
        return await asyncio.shield(self._asked[asked])

    def _worth_another(self, asked: tuple[str, tuple[str, ...]]) -> bool:
        task = self._asked[asked]
        return task.done() and self._tries[asked] < MOST_TRIES and not _complete(task.result())

    async def signatures(self, raw: bytes, tokens: Collection[str], domains: Iterable[str]) -> tuple[Signature, ...]:
        """Return the good signatures of a message by an organisation of `domains`; what DNS does not answer is none.

        Of others nobody asks: they might be slow to answer, for each message of a flood.
        """
        if len(raw) > LONGEST_MESSAGE:
            return ()
        owners = set(map(organisation, domains)) - {None}
        there = min(raw.lower().count(b"dkim-signature:"), MOST_SIGNATURES)  # most messages bear none
        names = {number: key_name(raw, number) for number in range(there)}
        asked = {number: name for number, name in names.items() if name and organisation(signer(name)) in owners}
        keys = await asyncio.gather(*map(self._key, asked.values()))
        found = (check(raw, number, key, tokens) for number, key in zip(asked, keys, strict=True) if key)
        return tuple(signature for signature in found if signature is not None)

    async def _key(self, name: str) -> str | None:
        """Return the record of a key; what several of them mean is undefined (RFC 6376 §3.6.2.2)."""
        if name not in self._keys:
            if len(self._keys) >= MOST_HOSTS:
                self._keys.clear()
            self._keys[name] = asyncio.ensure_future(self._in_time(self._resolver.texts(name)))
        records = await asyncio.shield(self._keys[name])
        return records[0] if records and len(records) == 1 else None

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


def _complete(verified: Verified) -> bool:
    return verified.names is not None and all(one.result is not SpfResult.TEMPERROR for one in verified.spf.values())


def _holds(known: object, address: str) -> bool:
    return isinstance(known, tuple) and address in known
