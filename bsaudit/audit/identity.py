"""Forged senders are not authenticated; ours may be. What SPF and DMARC say of our own reverse-paths.

Some servers bounce only what passes SPF. A second catch address whose domain does not vouch for the relay shows
whether a target would have bounced to a forged sender as well.
"""

from __future__ import annotations

import re

from bsaudit.audit.addressing import Sender, Way
from bsaudit.audit.own_mail import exchange
from bsaudit.audit.plan_own import plan_second_catch_control
from bsaudit.audit.state import Live
from bsaudit.errors import DnsError
from bsaudit.model.mail import Route, SpfResult
from bsaudit.probe.tagging import domain_of

# What SPF says of forged mail that still gets through: nothing, or nothing definite (RFC 7208 §2.6).
_UNVOUCHED = frozenset({SpfResult.NONE, SpfResult.NEUTRAL, SpfResult.SOFTFAIL})
_ENFORCING = re.compile(r"v=DMARC1\b.*\bp\s*=\s*(?:reject|quarantine)", re.IGNORECASE | re.DOTALL)
PATIENCE_S = 30.0


async def run_second_identity(live: Live, sender: Sender, way: Way) -> None:
    """Find out what SPF makes of our catch addresses, and try the second one if it looks as a forged one would."""
    spf, addresses = live.tools.spf, sorted(live.learned.relay.addresses)
    if spf is None or sender.route is not Route.RELAY or not addresses:
        return
    first = await _results(live, sender.catch_address, addresses)
    live.run.authenticated = first == {SpfResult.PASS}
    for second in live.settings.catch_addresses[1:]:
        if await _results(live, second, addresses) <= _UNVOUCHED and not await _enforces(live, second):
            live.run.second_address = second
            break
    else:
        return
    control = plan_second_catch_control(sender, live.run.second_address, way, first=len(live.run.probes) + 1)
    await exchange(live, [control], patience_s=min(PATIENCE_S, live.settings.wait_s))


async def _results(live: Live, address: str, relay: list[str]) -> set[SpfResult]:
    assert live.tools.spf is not None
    return {(await live.tools.spf.check(egress, domain_of(address))).result for egress in relay}


async def _enforces(live: Live, address: str) -> bool:
    """Say whether the domain's DMARC asks receivers to refuse what is not aligned (RFC 7489 §6.3)."""
    try:
        texts = await live.tools.resolver.texts(f"_dmarc.{domain_of(address)}")
    except DnsError:
        return False
    return any(_ENFORCING.match(text) for text in texts)
