"""Forged senders are not authenticated; ours may be. What SPF and DMARC say of our own reverse-paths.

Some servers bounce only what passes SPF. A second catch address whose domain does not vouch for the relay shows
whether a target would have bounced to a forged sender as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from bsaudit.audit.own_mail import exchange
from bsaudit.audit.state import Live
from bsaudit.errors import DnsError, TargetRefused
from bsaudit.judge.learn import delivered_itself
from bsaudit.judge.parties import organisation
from bsaudit.model import dmarc
from bsaudit.model.mail import MailExchanger, Route, SpfResult
from bsaudit.model.probe import Control, ProbeRecord
from bsaudit.probe.addressing import Sender, Way
from bsaudit.probe.own_side import plan_second_catch_controls
from bsaudit.probe.tagging import domain_of

# What SPF says of forged mail that still gets through: nothing, or nothing definite (RFC 7208 §2.6).
_UNVOUCHED = frozenset({SpfResult.NONE, SpfResult.NEUTRAL, SpfResult.SOFTFAIL})
_ENFORCING = frozenset({"reject", "quarantine"})
PATIENCE_S = 30.0


async def run_second_identity(live: Live, sender: Sender, way: Way) -> None:
    """Find out what SPF makes of our catch addresses, and try the second one if it looks as a forged one would."""
    # SPF judges whom the target sees; where mail is submitted may be another machine.
    learned = live.learned
    spf, addresses = live.tools.spf, [learned.egress] if learned.egress else sorted(learned.relay.addresses)
    if spf is None or sender.route is not Route.RELAY or not addresses:
        return
    first = await _results(live, sender.catch_address, addresses)
    live.run.authenticated = first == {SpfResult.PASS}
    for second in live.settings.catch_addresses[1:]:
        unvouched = await _results(live, second, addresses) <= _UNVOUCHED and not await _enforces(live, second)
        if unvouched and await _is_taken_by_the_same_hosts(live, second):
            live.run.second_address = second
            break
    else:
        return
    ndn = any(map(_carries_notifications, live.run.probes))
    controls = plan_second_catch_controls(sender, live.numbers, live.run.second_address, way, ndn=ndn)
    await exchange(live, controls, patience_s=min(PATIENCE_S, live.settings.wait_s))


async def _is_taken_by_the_same_hosts(live: Live, address: str) -> bool:
    """Say whether the way that was shown to the first catch address is that of another, too.

    A bounce that is lost on one of its own would be silence, and that takes the accusation from a guilty server.
    """
    try:
        exchangers = await live.tools.resolver.mail_exchangers(domain_of(address), live.settings.catch_mx_port)
    except (DnsError, TargetRefused):
        return False
    return _addresses(exchangers) == _addresses(live.run.catch_exchangers) != set()


def _addresses(exchangers: Iterable[MailExchanger]) -> set[str]:
    return {address for exchanger in exchangers for address in exchanger.addresses}


def _carries_notifications(record: ProbeRecord) -> bool:
    """Say whether the relay passed our own notification on: many take none from <> of whoever submits mail."""
    probe = record.probe
    return probe.control is Control.NDN and probe.route is Route.RELAY and delivered_itself(record) is not None


async def _results(live: Live, address: str, relay: list[str]) -> set[SpfResult]:
    assert live.tools.spf is not None
    return {(await live.tools.spf.check(egress, domain_of(address))).result for egress in relay}


async def _enforces(live: Live, address: str) -> bool:
    """Say whether DMARC asks receivers to refuse what is not aligned; of a subdomain its organisation may (§6.6.3)."""
    domain = domain_of(address).lower()
    above = organisation(domain)
    for name in dict.fromkeys(filter(None, (domain, above))):
        try:
            texts = await live.tools.resolver.texts(f"_dmarc.{name}")
        except DnsError:
            continue
        if records := dmarc.records(texts):
            return any(enforces(text, for_subdomain=name != domain) for text in records)
    return False


def enforces(record: str, *, for_subdomain: bool) -> bool:
    """Say whether a DMARC record asks receivers to refuse or to file what is not aligned (RFC 7489 §6.3)."""
    return dmarc.policy(record, for_subdomain=for_subdomain) in _ENFORCING
