"""The vocabulary of the proving ground: a host is a row of data, a service says how to make it one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

OUTSIDE = "198.51.100"  # RFC 5737: never routed, and never leaves the namespaces
INSIDE = "192.168.7"  # hosts behind a gateway
FIRST_ADDRESS = 10


@dataclass(frozen=True)
class Setup:
    """What makes a bare machine into this server.

    `layers` are package layers (`layers.LAYERS`), uppermost first. `files` are written before the start, by absolute
    path; a text that begins with `#!` is made executable. `script` is run by /bin/sh as root inside the host and must
    leave its daemons in the background. `users` are system accounts beside those of the packages. `ports` must
    answer before the host counts as up.
    """

    layers: tuple[str, ...]
    script: str
    files: Mapping[str, str] = field(default_factory=dict)
    users: tuple[str, ...] = ()
    ports: tuple[int, ...] = (25,)

    def __or__(self, other: Setup) -> Setup:
        """Return one host that does both; where both say something, `other` is started later and wins."""
        return Setup(
            layers=tuple(dict.fromkeys(self.layers + other.layers)),
            script=f"{self.script}\n{other.script}",
            files={**self.files, **other.files},
            users=tuple(dict.fromkeys(self.users + other.users)),
            ports=self.ports + other.ports,
        )


@dataclass(frozen=True)
class Host:
    """One machine: its name, what runs on it, and the domains that it receives mail for.

    `mail_for` are domains with this host as MX, each with its preference. `serves` are domains that its server
    takes mail for whether or not an MX points here (inner hosts); empty means those of `mail_for`.
    `calls_itself` is the name it uses in SMTP where that is not its name in DNS.
    """

    name: str
    service: Service
    mail_for: Mapping[str, int] = field(default_factory=dict)
    serves: tuple[str, ...] = ()
    calls_itself: str = ""
    inside: bool = False
    address: str = ""

    @property
    def domains(self) -> tuple[str, ...]:
        return self.serves or tuple(self.mail_for)

    @property
    def inner(self) -> str:
        """The host behind this one, where it is a gateway."""
        return f"inner.{self.domains[0]}"

    @property
    def hostname(self) -> str:
        return self.calls_itself or self.name


Service = Callable[[Host], Setup]


def both(*services: Service) -> Service:
    """Return the service that runs all of `services` on one host, started in this order."""

    def run(host: Host) -> Setup:
        setups = [service(host) for service in services]
        whole = setups[0]
        for setup in setups[1:]:
            whole |= setup
        return whole

    return run
