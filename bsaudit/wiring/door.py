"""What a domain publishes against forged senders, looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from bsaudit.adapters.domain import ascii_domain
from bsaudit.adapters.resolver import DnsResolver
from bsaudit.defence.door import Door
from bsaudit.errors import DnsError, UsageError


async def own_door(domain: str, resolver: tuple[str, int] | None) -> Door:
    """Look up SPF, DMARC and MX of a domain; what fails is named. Raises UsageError where the domain does not exist."""
    dns, name = DnsResolver(resolver), ascii_domain(domain)
    errors: list[str] = []

    async def asked(owner: str, kind: str) -> Sequence[Any] | None:
        try:
            found = await dns.query(owner, kind)
        except DnsError as error:
            errors.append(error.message)
            return None
        if found is None and owner == name:
            raise UsageError(f"the domain {name} does not exist (NXDOMAIN)", remedy="Check the spelling.")
        return found or ()

    questions = asked(name, "TXT"), asked(f"_dmarc.{name}", "TXT"), asked(name, "MX")
    texts, dmarc, exchangers = await asyncio.gather(*questions)
    return Door(
        domain=name,
        texts=texts and _texts(texts),
        dmarc_texts=dmarc and _texts(dmarc),
        mail_exchangers=exchangers and _hosts(exchangers),
        errors=tuple(errors),
    )


def _hosts(records: Sequence[Any]) -> tuple[str, ...]:
    preferred = sorted(records, key=lambda record: record.preference)
    return tuple(record.exchange.to_text().rstrip(".") or "." for record in preferred)


def _texts(records: Sequence[Any]) -> tuple[str, ...]:
    return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in records)
