"""What a message costs whom: the units that are charged for a probe, and what each of them is sent at most. Pure.

Harm is counted where it is felt: at the address that receives, at the organisation that runs it, at the relay. Refused
recipients hurt most: the usual filters ban a client after five in ten minutes (docs/harm.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network

from bsaudit.judge.parties import organisation
from bsaudit.model.domain import is_below
from bsaudit.model.ledger import DAY_S, Charge, Limit
from bsaudit.model.mail import Route
from bsaudit.model.probe import Control, Probe, Role
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import AuditSettings, HostAgreement
from bsaudit.probe.addressing import preferred

REFUSED, REFUSED_S = 4, 600.0
ADDRESS_RATE, ADDRESS_RUN, ADDRESS_DAY = 1.0, 24, 60
ORGANISATION_RATE, ORGANISATION_DAY = 2, 600
RELAY_MINUTE, RELAY_DAY = 30, 200
# From which domain on one host on each gets one nobody only.
CROWD = 3
_REMEMBERED = 1024  # charges: as many as a run has hosts, with some to spare
# Whom a server may refuse; everybody else exists, or has to (RFC 5321 §4.5.1).
_MAY_BE_REFUSED = frozenset({Role.UNKNOWN, Role.DISABLED, Role.FULL, Role.ABUSE})


def receivers(probe: Probe, target: TargetRecord) -> tuple[tuple[str, str], ...]:
    """Return address and name of every host that a probe may reach; by relay any of the most preferred."""
    if probe.route is Route.DIRECT:
        return ((probe.address or "", probe.mail_exchanger or ""),)
    return tuple((address, exchanger.host) for exchanger in preferred(target) for address in exchanger.addresses)


def refusable(probe: Probe) -> int:
    """Return how many recipients of a probe its target may refuse; relaying for our own address it should."""
    if probe.control is Control.TRUSTED:
        return 1
    return sum(recipient.role in _MAY_BE_REFUSED for recipient in probe.recipients)


def charges(probe: Probe, target: TargetRecord | None, settings: AuditSettings, run_id: str) -> tuple[Charge, ...]:
    """Return what a probe costs everybody; of a control, which stays on our own side, what it costs the relay.

    Controls take no place of the run's own limit: without the last of them nothing that the others showed means much.
    """
    relay = tuple(_relay_charge(settings)) if probe.route is Route.RELAY else ()
    if target is None:
        return relay
    run = _charge(f"run:{run_id}", Limit(settings.max_messages, DAY_S))
    return (run, *relay, *_received(probe, target, settings, run_id))


def agreement(settings: AuditSettings, address: str, host: str) -> HostAgreement:
    """Return what the operator of a host agreed to; nothing, where nobody asked."""
    return next((one for one in settings.hosts if _matches(one.match, address, host)), NOTHING_AGREED)


NOTHING_AGREED = HostAgreement(match="", authorized_by="")


def _matches(match: str, address: str, host: str) -> bool:
    try:
        return ip_address(address) in ip_network(match, strict=False)
    except ValueError:  # a name, of a host or an organisation; or no address is known
        return is_below(host.lower().rstrip("."), match.lower().rstrip("."))


def _relay_charge(settings: AuditSettings) -> Iterator[Charge]:
    if settings.relay is not None:
        host = settings.relay.host
        agreed = agreement(settings, host, host)
        minute = max(RELAY_MINUTE, math.ceil((agreed.rate or 0) * 60))
        yield _charge(f"relay:{host}", Limit(minute, 60.0), Limit(max(RELAY_DAY, agreed.budget or 0), DAY_S))


def _received(probe: Probe, target: TargetRecord, settings: AuditSettings, run_id: str) -> Iterator[Charge]:
    egress = settings.relay.host if probe.route is Route.RELAY and settings.relay else "direct"
    organisations: dict[str, HostAgreement] = {}
    for address, host in receivers(probe, target):
        agreed = agreement(settings, address, host)
        organisations.setdefault(organisation(host.lower()) or host.lower(), agreed)
        pace = Limit(1, 1.0 / (agreed.rate or ADDRESS_RATE))
        yield _charge(f"address:{address}", pace, Limit(agreed.budget or ADDRESS_DAY, DAY_S))
        yield _charge(f"run:{run_id}:{address}", Limit(agreed.budget or ADDRESS_RUN, DAY_S))
        if amount := refusable(probe):
            limit = Limit(agreed.refused or REFUSED, REFUSED_S)
            yield _charge(f"refused:{egress}:{address}", limit, amount=amount)
    for name, agreed in organisations.items():
        pace = Limit(max(ORGANISATION_RATE, math.ceil(agreed.rate or 0)), 1.0)
        yield _charge(f"organisation:{name}", pace, Limit(max(ORGANISATION_DAY, agreed.budget or 0), DAY_S))


@lru_cache(_REMEMBERED)
def _charge(unit: str, *limits: Limit, amount: int = 1) -> Charge:
    """Return a charge; ten thousand probes that cost the same share it, which is 15 MB less."""
    return Charge(unit=unit, limits=limits, amount=amount)


def why(unit: str) -> str:
    """Say for whose sake a message is planned out."""
    kind, _, rest = unit.partition(":")
    match kind:
        case "refused":
            return f"{rest.partition(':')[2]} is asked for so few unknown recipients in ten minutes"
        case "address":
            return f"{rest} is sent so few messages a second and a day"
        case "run" if ":" in rest:
            return f"{rest.partition(':')[2]} is sent so few messages a run"
        case "run":
            return "a run sends so few messages"
        case _:
            return f"the {kind} {rest} is sent so few messages a minute and a day"


def crowded(targets: Sequence[TargetRecord], settings: AuditSettings) -> frozenset[str]:
    """Return the targets that come third or later among the domains on one host: each asks for one nobody only.

    Unless its operator agreed to more.
    """
    domains: dict[str, dict[str, None]] = {}
    late: set[str] = set()
    for target in targets:
        for exchanger in target.mail_exchangers:
            for address in exchanger.addresses:
                if agreement(settings, address, exchanger.host).refused:
                    continue
                here = domains.setdefault(address, {})
                here[target.domain] = None
                if list(here).index(target.domain) >= CROWD - 1:
                    late.add(target.target)
    return frozenset(late)
