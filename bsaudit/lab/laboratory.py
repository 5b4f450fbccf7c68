"""The laboratory as a whole, all on loopback: DNS, a relay, a target of every behaviour, a place for the catch MX."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct

from bsaudit.lab.delivery import Network
from bsaudit.lab.dns import DnsServer, Record, pointer, text
from bsaudit.lab.host import Host
from bsaudit.lab.loopback import PREFIX, free_port
from bsaudit.lab.mail import Place
from bsaudit.lab.relay import Relay, RelayHabits
from bsaudit.lab.targets import Behaviours, Site
from bsaudit.model.settings import AuditSettings, CatchKind, CatchSettings, HostAgreement, RelaySettings, Secret, Tls
from bsaudit.wiring.tools import resolver_at

CATCH_DOMAIN = "catch.test"
CATCH_ADDRESS = f"audit@{CATCH_DOMAIN}"
DNS = f"{PREFIX}.1"
RELAY = Place("mail.relay.test", f"{PREFIX}.2")
CATCH = Place(f"mx.{CATCH_DOMAIN}", f"{PREFIX}.3")
# In the lab's DNS, but nobody listens there.
UNREACHABLE = Place(f"unreachable.{CATCH_DOMAIN}", f"{PREFIX}.4")
FIRST_TARGET = 10
# The laboratory is nobody else's: haste harms none of its hosts.
UNLIMITED = 1_000_000
AGREEMENT = HostAgreement(
    match=f"{PREFIX}.0/24",
    authorized_by="the laboratory, for itself",
    rate=10_000.0,
    budget=UNLIMITED,
    refused=UNLIMITED,
    connections=100,
)


class Lab(Struct, frozen=True, kw_only=True):
    """Where everything listens. `mx_port` is the port of every mail exchanger, the catch MX's included."""

    resolver: tuple[str, int]
    relay: tuple[str, int]
    mx_port: int
    catch: str
    targets: tuple[str, ...]

    def settings(self, *targets: str, wait_s: float, grace_s: float, rate: float) -> AuditSettings:
        """Return settings that aim an audit at `targets` of this laboratory; its journal ends with it."""
        return AuditSettings(
            targets=targets,
            port=self.mx_port,
            relay=RelaySettings(
                host=self.relay[0], port=self.relay[1], tls=Tls.NONE, user=Relay.user, password=Secret(Relay.password)
            ),
            catch=CatchSettings(kind=CatchKind.SINK, host=self.catch, port=self.mx_port, tls=Tls.NONE),
            catch_addresses=(CATCH_ADDRESS,),
            catch_mx_port=self.mx_port,
            resolver=self.resolver,
            authorized_by="the laboratory, for itself",
            relay_permission="the laboratory's own relay",
            max_messages=UNLIMITED,
            hosts=(AGREEMENT,),
            wait_s=wait_s,
            grace_s=grace_s,
            rate=rate,
            helo_name="auditor.test",
            journal_url="sqlite:///:memory:",
        )


def domain(label: str) -> str:
    return f"{label}.test"


@asynccontextmanager
async def laboratory(
    habits: RelayHabits | None = None, sites: Mapping[str, Site] | None = None, records: Iterable[Record] = ()
) -> AsyncIterator[Lab]:
    """Run the laboratory; `sites` are targets by label (all of the table), `records` stand in its DNS beside the rest.

    Raises LabError where it cannot run.
    """
    sites = sites or Behaviours.TABLE
    places = _places(sites)
    async with AsyncExitStack() as stack:
        names = DnsServer([*_records(sites, places), *records])
        stack.push_async_callback(names.close)
        port = await _listening(names, [RELAY.address, CATCH.address, *(place.address for place in places.values())])
        network = Network(resolver=await stack.enter_async_context(resolver_at((DNS, port))), port=port)
        for host in (Relay(RELAY, network, habits or RelayHabits()), *_hosts(sites, places, network)):
            await host.start(port)
            stack.push_async_callback(host.close)
        yield Lab(
            resolver=(DNS, port),
            relay=(RELAY.address, port),
            mx_port=port,
            catch=CATCH.address,
            targets=tuple(map(domain, sites)),
        )


async def _listening(names: DnsServer, others: Iterable[str]) -> int:
    """Let the DNS server listen on a port that is free on the `others`, too, and return it. Raises LabError.

    Every laboratory has that address: who listens there has the port. Another one may take it after it was found free.
    """
    addresses = (DNS, *others)
    while True:
        port = free_port(addresses)
        try:
            await names.listen(DNS, port)
        except OSError as error:
            await names.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return port


def _places(sites: Mapping[str, Site]) -> dict[tuple[str, str], Place]:
    """Return name and address of every machine, by label of the site and of the machine."""
    keys = [(label, machine.label) for label, site in sites.items() for machine in site.machines]
    return {
        (label, machine): Place(f"{machine}.{domain(label)}", f"{PREFIX}.{number}")
        for number, (label, machine) in enumerate(keys, FIRST_TARGET)
    }


def _hosts(sites: Mapping[str, Site], places: Mapping[tuple[str, str], Place], network: Network) -> Iterator[Host]:
    for label, site in sites.items():
        for machine in site.machines:
            inner = places[label, machine.passes_to] if machine.passes_to else None
            yield machine.behaviour(places[label, machine.label], network, inner)


def _records(sites: Mapping[str, Site], places: Mapping[tuple[str, str], Place]) -> Iterator[Record]:
    for place in (RELAY, CATCH, UNREACHABLE, *places.values()):
        yield Record(place.name, "A", place.address)
        yield pointer(place.address, place.name)
    yield Record(CATCH_DOMAIN, "MX", f"10 {CATCH.name}.")
    yield text(CATCH_DOMAIN, f"v=spf1 ip4:{RELAY.address} -all")
    # Mail rewritten by the relay (SRS) comes back to the relay's own name.
    yield Record(RELAY.name, "MX", f"10 {RELAY.name}.")
    for label, site in sites.items():
        yield text(domain(label), "v=spf1 mx -all")
        # The targets allow audits from the lab's catch domain, as a real one may.
        yield text(f"_bsaudit.{domain(label)}", f"v=bsaudit1; catch={CATCH_DOMAIN}")
        for machine in site.machines:
            if machine.preference is not None:
                yield Record(domain(label), "MX", f"{machine.preference} {places[label, machine.label].name}.")
