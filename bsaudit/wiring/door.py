"""What a domain publishes against forged senders, looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from bsaudit.adapters.resolver import DnsResolver
from bsaudit.defence.door import Door
from bsaudit.errors import DnsError, UsageError
from bsaudit.judge.parties import organisation
from bsaudit.model import dmarc
from bsaudit.model.domain import ascii_domain

T = TypeVar("T")


async def own_door(domain: str, resolver: tuple[str, int] | None) -> Door:
    """Look up SPF, DMARC and MX of a domain; what fails is named. Raises UsageError where the domain does not exist."""
    dns, name = DnsResolver(resolver), ascii_domain(domain)
    errors: list[str] = []

    async def asked(question: Awaitable[T]) -> T | None:
        try:
            return await question
        except DnsError as error:
            errors.append(error.message)
            return None

    questions = asked(dns.texts(name)), asked(dns.texts(f"_dmarc.{name}")), asked(_exchangers(dns, name))
    texts, dmarc_texts, exchangers = await asyncio.gather(*questions)
    parent = None
    if dmarc_texts is not None and not dmarc.records(dmarc_texts) and (above := organisation(name)) not in {None, name}:
        parent, dmarc_texts = above, await asked(dns.texts(f"_dmarc.{above}"))
    return Door(
        domain=name,
        texts=texts,
        dmarc_texts=dmarc_texts,
        parent=parent,
        mail_exchangers=exchangers,
        errors=tuple(errors),
    )


async def _exchangers(dns: DnsResolver, name: str) -> tuple[str, ...]:
    """Return the MX set as it is published, without a domain's own addresses; `.` is the null MX (RFC 7505 §3)."""
    records = await dns.query(name, "MX")
    if records is None:
        raise UsageError(f"the domain {name} does not exist (NXDOMAIN)", remedy="Check the spelling.")
    preferred = sorted(records, key=lambda record: record.preference)
    return tuple(record.exchange.to_text().rstrip(".") or "." for record in preferred)
