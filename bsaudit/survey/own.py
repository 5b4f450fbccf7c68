"""What is the person's own: domains, hosts, addresses, the Sent folder. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.judge.parties import is_qualified, organisation, whose_else
from bsaudit.model.domain import ascii_domain, one_spelling
from bsaudit.ndn.trace import canonical_address
from bsaudit.probe.spelling import is_name

Network = IPv4Network | IPv6Network

# A domain that few of the first messages came to is a list's or an alias elsewhere
_GUESS_SHARE = 0.2
_ADDRESS = re.compile(r"[^\s<>,;\"]+@[^\s<>,;\"]+")


class Own(Struct, frozen=True, kw_only=True):
    """`domains` with all below them; `named`: hosts or addresses among them, so that own mail is known to pass there.

    `sent` holds the Message-IDs of the Sent folder, `makers` the hosts that gave them: what stands behind their @;
    `written_to` to whom its messages went.
    """

    domains: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    guessed: bool = False
    sent: frozenset[str] = frozenset()
    makers: frozenset[str] = frozenset()
    written_to: frozenset[str] = frozenset()

    @property
    def named(self) -> bool:
        return bool(self.networks) or any(map(is_host, self.domains))

    def name(self, name: str | None) -> bool:
        """Tell whether a host name is an own one."""
        if not name:
            return False
        if not name.isascii():
            name = one_spelling(name)
        while name not in self.domains:
            _, dot, name = name.partition(".")
            if not dot:
                return False
        return True

    def mail_domain(self, name: str | None) -> bool:
        """Tell whether a name is an own domain that mail is sent from, and no host's."""
        return name in self.domains and not is_host(name or "")

    def in_text(self, text: str) -> bool:
        """Tell whether an own name or address may stand in a text: cheaper than to read it."""
        return bool(self.networks) or not text.isascii() or any(map(text.lower().__contains__, self.domains))

    def sibling(self, name: str | None) -> bool:
        """Tell whether a host is of the organisation of an own domain: a department sends by the university's relay."""
        if not name or not name.endswith(_organisations(self.domains)):
            return False
        return organisation(name) in _organisations(self.domains)

    def address(self, address: str | None) -> bool:
        """Tell whether an IP address is an own one."""
        if not address or not self.networks:
            return False
        found = ip_address(address)
        return any(found in network for network in self.networks)

    def having_sent(self, messages: Iterable[tuple[str | None, Iterable[str]]]) -> Own:
        """Return this with what lies in the Sent folder: Message-IDs, and to whom each went."""
        sent: set[str] = set()
        written_to: set[str] = set()
        for message_id, recipients in messages:
            sent.update((message_id,) if message_id else ())
            written_to.update(recipients)
        makers = frozenset(filter(None, map(id_host, sent)))
        return replace(self, sent=frozenset(sent), makers=makers, written_to=frozenset(written_to))

    def never_wrote_to(self, recipients: Iterable[str]) -> bool:
        """Tell whether the Sent folder shows that nothing went to any of these; not where none of them is known.

        Many a provider gives what it sends another Message-ID, and what a program sends lies in no folder.
        """
        known = frozenset(recipients) if self.written_to else frozenset[str]()
        return bool(known) and self.written_to.isdisjoint(known)

    def maker(self, host: str) -> bool:
        """Tell whether a Message-ID's host is one that own mail bears: no mail domain, which anybody writes there."""
        return (host in self.makers and host not in self.domains) or (self.name(host) and is_host(host))


@lru_cache(maxsize=4)  # one survey has one
def _organisations(domains: frozenset[str]) -> tuple[str, ...]:
    return tuple({found for one in domains if (found := organisation(one))})


@lru_cache(maxsize=1 << 10)
def is_host(name: str) -> bool:
    """Tell the name of a host from a domain that mail is sent from: it stands below one."""
    return is_qualified(name) and organisation(name) not in {None, name}


def own_from(named: Iterable[str]) -> Own:
    """Return what `--own` names: IP addresses and networks, hosts, domains, mail addresses. Raises ValueError."""
    domains: set[str] = set()
    networks: list[Network] = []
    for text in named:
        word = text.strip().strip("[]").lower()
        network = _network(word)
        if network is not None:
            networks.append(network)
            continue
        domain = word.rpartition("@")[2].strip(".")
        # What no host is called would count as a relay that was named, and the real one as a stranger
        if "." not in domain or not is_name(domain):
            raise ValueError(f"{text}: this names no domain, host or address")
        name = ascii_domain(domain)
        if others := whose_else(name):
            raise ValueError(f"{text}: {others}")
        domains.add(name)
    return Own(domains=frozenset(domains), networks=tuple(networks))


def _network(word: str) -> Network | None:
    try:
        return ip_network(canonical_address(word) or word, strict=False)
    except ValueError:
        return None


def guessed(addressees: Iterable[str]) -> Own:
    """Return what the addresses that mail was delivered to make likely: the domains of more than a few."""
    counted = Counter(one_spelling(address.rpartition("@")[2]).strip(".") for address in addressees if "@" in address)
    enough = _GUESS_SHARE * counted.total()
    return Own(
        domains=frozenset(name for name, count in counted.items() if count >= enough and "." in name), guessed=True
    )


def addresses_in(values: Iterable[str]) -> frozenset[str]:
    """Return the mail addresses that stand in fields, in lower case."""
    return frozenset([one.lower() for value in values for one in _ADDRESS.findall(value)])


def id_host(message_id: str | None) -> str | None:
    """Return what stands behind the @ of a Message-ID."""
    if not message_id or "@" not in message_id:
        return None
    return message_id.rpartition("@")[2].strip("<>[] ").lower().rstrip(".") or None
