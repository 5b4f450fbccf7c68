"""The laboratory as a whole, all on loopback: DNS, a relay, a target of every behaviour, a place for the catch MX."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct

from bsaudit.adapters.resolver import DnsResolver
from bsaudit.errors import ServiceError
from bsaudit.lab.dns import DnsServer
from bsaudit.lab.host import Host, Network
from bsaudit.lab.relay import Relay, RelayHabits
from bsaudit.lab.targets import Behaviours
from bsaudit.model.settings import AuditSettings, CatchKind, CatchSettings, RelaySettings, Secret, Tls

# All of 127/8 is the loopback interface on Linux; this block keeps clear of what other programs use.
NETWORK = "127.77.0"
CATCH_DOMAIN = "catch.test"
CATCH_ADDRESS = f"audit@{CATCH_DOMAIN}"
RELAY_NAME = "mail.relay.test"
PORT_TRIES = 50


class Lab(Struct, frozen=True, kw_only=True):
    """Where everything listens. `mx_port` is the port of every mail exchanger, the catch MX's included."""

    resolver: tuple[str, int]
    relay: tuple[str, int]
    mx_port: int
    catch: str
    targets: tuple[str, ...]

    def settings(self, *targets: str, wait_s: float, grace_s: float, rate: float) -> AuditSettings:
        """Return settings that aim an audit at `targets` of this laboratory."""
        return AuditSettings(
            targets=targets,
            port=self.mx_port,
            relay=RelaySettings(
                host=self.relay[0], port=self.relay[1], tls=Tls.NONE, user=Relay.user, password=Secret(Relay.password)
            ),
            catch=CatchSettings(kind=CatchKind.SINK, host=self.catch, port=self.mx_port, tls=Tls.NONE),
            catch_addresses=(CATCH_ADDRESS,),
            resolver=self.resolver,
            authorized_by="the laboratory, for itself",
            relay_permission="the laboratory's own relay",
            wait_s=wait_s,
            grace_s=grace_s,
            rate=rate,
            helo_name="auditor.test",
        )


def _addresses() -> Iterator[str]:
    return (f"{NETWORK}.{number}" for number in range(2, 250))


def domain(label: str) -> str:
    return f"{label}.test"


@asynccontextmanager
async def laboratory(habits: RelayHabits | None = None) -> AsyncIterator[Lab]:
    """Run the laboratory. Raises ServiceError where only 127.0.0.1 exists, or no common port is free."""
    addresses = _addresses()
    relay_address, catch_address = next(addresses), next(addresses)
    places = {label: next(addresses) for label in Behaviours.TABLE}
    port = _common_port([relay_address, catch_address, *places.values()])
    async with AsyncExitStack() as stack:
        dns_port = await _start_dns(stack, _zone(relay_address, catch_address, places))
        network = Network(DnsResolver((f"{NETWORK}.1", dns_port)), port)
        stack.push_async_callback(network.close)
        hosts: list[Host] = [Relay(RELAY_NAME, relay_address, network, habits or RelayHabits())]
        hosts += [
            Behaviours.TABLE[label][0](f"mx.{domain(label)}", address, network) for label, address in places.items()
        ]
        for host in hosts:
            await host.start(port)
            stack.push_async_callback(host.close)
        yield Lab(
            resolver=(f"{NETWORK}.1", dns_port),
            relay=(relay_address, port),
            mx_port=port,
            catch=catch_address,
            targets=tuple(domain(label) for label in places),
        )


async def _start_dns(stack: AsyncExitStack, zone: dict[str, dict[str, tuple[str, ...]]]) -> int:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(lambda: DnsServer(zone), local_addr=(f"{NETWORK}.1", 0))
    stack.callback(server.close)
    return int(transport.get_extra_info("sockname")[1])


def _zone(relay: str, catch: str, places: dict[str, str]) -> dict[str, dict[str, tuple[str, ...]]]:
    hosts = {RELAY_NAME: relay, f"mx.{CATCH_DOMAIN}": catch}
    hosts |= {f"mx.{domain(label)}": address for label, address in places.items()}
    zone: dict[str, dict[str, tuple[str, ...]]] = {name: {"A": (address,)} for name, address in hosts.items()}
    for name, address in hosts.items():
        reverse = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
        zone[reverse] = {"PTR": (f"{name}.",)}
    for mail_domain in (CATCH_DOMAIN, *map(domain, places)):
        zone[mail_domain] = {"MX": (f"10 mx.{mail_domain}.",)}
    # Mail rewritten by the relay (SRS) comes back to the relay's own name.
    zone[RELAY_NAME] |= {"MX": (f"10 {RELAY_NAME}.",)}
    return zone


def _common_port(addresses: list[str]) -> int:
    """Return a port that is free at every address: without privileges there is no port 25, but there is `--port`."""
    for _ in range(PORT_TRIES):
        port = 0
        sockets: list[socket.socket] = []
        try:
            for address in addresses:
                sockets.append(socket.create_server((address, port)))
                port = sockets[0].getsockname()[1]
        except OSError as error:
            if not sockets:
                raise ServiceError(
                    f"the laboratory needs loopback addresses beside 127.0.0.1, and {addresses[0]} is not there: "
                    f"{error.strerror}",
                    remedy="Run it on Linux, where all of 127/8 is local.",
                    where="lab",
                ) from error
        else:
            return port
        finally:
            for sock in sockets:
                sock.close()
    raise ServiceError("no port is free on all loopback addresses of the laboratory", remedy="Try again.", where="lab")
