"""Is what our resolver says what the world is told? Split DNS and stale secondaries tell others another MX."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bsaudit.audit.discover import AT_ONCE
from bsaudit.audit.state import Live
from bsaudit.model.mail import MailExchanger
from bsaudit.probe.tagging import domain_of

# More mail exchangers than a domain of one's own has.
MANY = 8


async def ask_the_zones(live: Live) -> None:
    """Note where a zone's own name servers name other mail exchangers than our resolver does."""
    run = live.run
    domain = domain_of(run.catch_address or "")
    run.catch_elsewhere = await _elsewhere(live, domain, run.catch_exchangers) or await _bogus(live, domain)
    if live.settings.mx is not None:  # named by the user, whatever DNS says
        return
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(index: int) -> None:
        target = run.targets[index]
        async with room:
            target.elsewhere = await _elsewhere(live, target.domain, target.mail_exchangers)

    await asyncio.gather(*map(ask, range(len(run.targets))))


async def _bogus(live: Live, domain: str) -> str | None:
    return await live.tools.authority.bogus(domain) if live.tools.authority is not None else None


async def _elsewhere(live: Live, domain: str, known: Sequence[MailExchanger]) -> str | None:
    authority = live.tools.authority
    if authority is None or all(mx.preference is None for mx in known):  # no MX: an address, and those rotate
        return None
    ours = frozenset(mx.host.lower() for mx in known)
    # Of very long lists the resolver keeps the beginning.
    given = await authority.exchangers(domain)
    other = next((names for names in given if names != ours and not (len(ours) > MANY and ours < names)), None)
    if other is None:
        return None
    return f"a name server of {domain} gives {', '.join(sorted(other)) or 'no MX'}, and our resolver another answer"
