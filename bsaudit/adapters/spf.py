"""SPF (RFC 7208), evaluated by spftrace over our own resolver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import spftrace
from spftrace.resolver import NOERROR, NXDOMAIN, SERVFAIL, TIMEOUT

from bsaudit.adapters.resolver import DnsResolver
from bsaudit.errors import DnsError, DnsTimeout, NoSuchDomain
from bsaudit.model.domain import ascii_domain
from bsaudit.model.mail import Spf, SpfResult
from bsaudit.text import clean_line

# RFC 7208 §4.6.4 asks for at least 20 s; its limits of 10 terms and 2 void lookups are spftrace's defaults.
EVALUATION_S = 20.0


class SpfEvaluator:
    """`ports.SpfChecker`."""

    def __init__(self, resolver: DnsResolver) -> None:
        self._lookups = _Lookups(resolver)

    async def check(self, address: str, domain: str) -> Spf:
        """Return what the SPF of `domain` says of mail from `address`; the local-part is "postmaster" (§4.3)."""
        limits = spftrace.Limits(time_limit=EVALUATION_S)
        outcome = await spftrace.Evaluator(self._lookups, limits).evaluate(address, ascii_domain(domain))
        matches = [event for event in outcome.trace.events if event.kind == "mech_match"]
        if not matches:
            return Spf(result=SpfResult(outcome.result))
        # The last match is the outermost: an include matches after what it includes.
        last = matches[-1]
        return Spf(result=SpfResult(outcome.result), term=clean_line(str(last.data["raw"])), own=last.depth == 0)


class _Lookups(spftrace.BaseResolver):
    """spftrace's DNS transport, made of our resolver: the same servers, time limits and errors."""

    def __init__(self, resolver: DnsResolver) -> None:
        self._resolver = resolver

    async def _lookup(self, name: str, rtype: str) -> tuple[str, list[str]]:
        try:
            records = await self._resolver.query(name, rtype)
        except DnsTimeout:
            return TIMEOUT, []
        except DnsError as error:
            return (NXDOMAIN if isinstance(error, NoSuchDomain) else SERVFAIL), []
        if records is None:
            return NXDOMAIN, []
        return NOERROR, [_ANSWERS[rtype](record) for record in records]


_ANSWERS: dict[str, Callable[[Any], str]] = {
    "A": lambda record: str(record.address),
    "AAAA": lambda record: str(record.address),
    "MX": lambda record: str(record.exchange).rstrip("."),
    "PTR": lambda record: str(record.target).rstrip("."),
    "TXT": lambda record: b"".join(record.strings).decode("utf-8", "replace"),  # RFC 7208 §3.3
}
