"""Whose addresses a probe carries, and where it goes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from itertools import count

from msgspec import Struct

from bsaudit.errors import UsageError
from bsaudit.model.domain import ascii_domain, is_ip
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.probe import Place, Probe
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import Tagging
from bsaudit.probe.spelling import is_address, is_domain
from bsaudit.probe.tagging import domain_of, tagged
from bsaudit.probe.tokens import tokens_for
from bsaudit.text import clean_line


class Sender(Struct, frozen=True, kw_only=True):
    """Whose addresses the probes carry, and the key of their tokens."""

    run_id: str
    key: bytes
    catch_address: str
    tagging: Tagging
    route: Route


class Numbers:
    """The ids of a run's messages, each given once: c01 … to controls of our own side, p01 … to what a target gets."""

    def __init__(self) -> None:
        self._controls, self._probes = count(1), count(1)

    def control(self) -> str:
        return f"c{next(self._controls):02}"

    def probe(self) -> str:
        return f"p{next(self._probes):02}"


class Way(Struct, frozen=True, kw_only=True):
    """Where a probe goes: by the relay (nothing set), or to one address of one mail exchanger."""

    exchanger: MailExchanger | None = None
    address: str | None = None

    @property
    def host(self) -> str | None:
        return self.exchanger.host if self.exchanger else None


def addressed(probe_id: str, sender: Sender, *, null_reverse_path: bool = False, **fields: object) -> Probe:
    """Return a probe with its tokens in place: different ones in reverse-path, From and Reply-To."""
    tokens = tokens_for(sender.key, sender.run_id, probe_id)
    domain = domain_of(sender.catch_address)

    def address(place: Place) -> str:
        return tagged(sender.catch_address, tokens[place], sender.tagging)

    return Probe(
        id=probe_id,
        route=fields.pop("route", sender.route),  # type: ignore[arg-type]
        reverse_path="" if null_reverse_path else address(Place.REVERSE_PATH),
        from_address=address(Place.FROM),
        reply_to=address(Place.REPLY_TO),
        message_id=f"<{tokens[Place.MESSAGE_ID]}@{domain.strip('[]')}>",
        envid=tokens[Place.ENVID],
        tokens=tuple(tokens.values()),
        **fields,  # type: ignore[arg-type]
    )


def ways(target: TargetRecord, route: Route) -> tuple[Way, ...]:
    """Return where probes go: by the relay, to each mail exchanger directly, or by the relay and to the others."""
    match route:
        case Route.RELAY:
            return (Way(),)
        case Route.BOTH:
            return (Way(), *_direct_ways(mx for mx in target.mail_exchangers if mx not in preferred(target)))
        case _:
            return _direct_ways(target.mail_exchangers)


def refuse_detour(route: Route, mx: str | None) -> None:
    """Raise UsageError where a relay carries probes and `mx` names a host: it goes where DNS sends it.

    What others do would then be reported as done by that host.
    """
    if mx is not None and route.relayed:
        raise UsageError(
            f"--mx {clean_line(mx)} belongs to the direct route: a relay goes where DNS sends it",
            remedy="Set --route direct as well (in the configuration: route, beside mx), or leave mx out.",
        )


def preferred(target: TargetRecord) -> tuple[MailExchanger, ...]:
    """Return the mail exchangers that a relay goes to: the most preferred, in any order (RFC 5321 §5.1)."""
    return most_preferred(target.mail_exchangers)


def most_preferred(exchangers: Sequence[MailExchanger]) -> tuple[MailExchanger, ...]:
    best = min((mx.preference or 0 for mx in exchangers), default=0)
    return tuple(mx for mx in exchangers if (mx.preference or 0) == best)


def asked_ways(target: TargetRecord, route: Route) -> Iterator[Way]:
    """Return where by both routes it is only asked at RCPT: at the hosts that get the relay's mail, each once."""
    hosts = preferred(target) if route is Route.BOTH else ()
    return (Way(exchanger=mx, address=mx.addresses[0]) for mx in hosts if mx.addresses)


def _direct_ways(exchangers: Iterable[MailExchanger]) -> tuple[Way, ...]:
    """Return each host once, and by each address family, before any again."""
    found: list[tuple[int, Way]] = []
    for exchanger in exchangers:
        seen = Counter[bool]()
        for address in exchanger.addresses:
            found.append((seen[":" in address], Way(exchanger=exchanger, address=address)))
            seen[":" in address] += 1
    found.sort(key=lambda ranked: ranked[0])
    return tuple(way for _, way in found)


def canonical(target: str) -> str:
    """Return a target so that two spellings of one domain are one target, with one budget. Raises UsageError."""
    local_part, at, _ = target.strip().rpartition("@")
    return f"{local_part}{at}{domain_of_target(target)}"


def canonical_host(named: str) -> str:
    """Return a `--target-host`, a host name or an address, as it is compared. Raises UsageError for neither."""
    host = ascii_domain(named.strip().strip("[]"))
    if is_ip(host):
        return ip_address(host).compressed
    if not is_domain(host) or "." not in host or host.replace(".", "").isdigit():
        raise UsageError(
            f"--target-host {clean_line(named)!r} is neither a host name nor an address",
            remedy="Write the address that the message came from (192.0.2.40), or the name that it has in DNS.",
        )
    return host


def domain_of_target(target: str) -> str:
    """Return the domain of a target given as a domain or as one address. Raises UsageError for neither."""
    named = target.strip()
    domain = named.rpartition("@")[2].rstrip(".")
    if is_ip(domain):
        raise UsageError(
            f"{domain} is the address of a host, not a mail domain",
            remedy=f"Name a domain whose mail it takes: bsaudit probe example.org --route direct --mx {domain}",
        )
    if not is_domain(domain) or ("@" in named and not is_address(named)):
        remedy = "Name a mail domain (example.org) or one address in it."
        raise UsageError(f"{clean_line(target)!r} is not a domain", remedy=remedy)
    return ascii_domain(domain)
