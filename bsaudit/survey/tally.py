"""Readings → sums, in memory that does not grow with the mailbox. Pure."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TypeVar

from bsaudit.model.survey import Pile, Seen

# Rows of each table: joe-jobs of 10,000 notices came from 3,000 hosts
MOST_HOSTS = 20_000
MOST_SOURCES = 20_000
MOST_CAMPAIGNS = 5_000
# A host has a handful of addresses; role addresses that bounce are one a domain
MOST_ADDRESSES = 8
MOST_ROLES = 10_000
# What changes from mail to mail of one campaign
_VARIABLE = re.compile(r"\d+|\W+")
# Networks as they are given to one holder of an account: RFC 6177 gives a site a /48
_SITE = {4: 24, 6: 48}


T = TypeVar("T")
S = TypeVar("S", bound="Span")


class Span:
    """How many, and the first and last time. Times in ISO 8601 and UTC sort as text."""

    __slots__ = ("count", "first", "last")

    def __init__(self) -> None:
        self.count = 0
        self.first: str | None = None
        self.last: str | None = None

    def add(self, at: str | None) -> None:
        self.count += 1
        if at is not None:
            self.first = at if self.first is None or at < self.first else self.first
            self.last = at if self.last is None or at > self.last else self.last


class Campaign(Span):
    __slots__ = ("subject",)

    def __init__(self) -> None:
        super().__init__()
        self.subject = ""


class HostTally(Span):
    """One host; `count` is of both piles."""

    __slots__ = ("addresses", "backscatter", "causes", "contacts", "products", "returned")

    def __init__(self) -> None:
        super().__init__()
        self.backscatter = 0
        self.addresses: dict[str, None] = {}
        self.contacts: dict[str, None] = {}
        self.causes: Counter[str] = Counter()
        self.returned: Counter[str] = Counter()
        self.products: Counter[str] = Counter()


class Tally:
    """Everything that was seen, message by message."""

    def __init__(self, since: str | None = None) -> None:
        self.since = since
        self.piles: Counter[Pile] = Counter()
        self.shown: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.forged: Counter[str] = Counter()
        self.days: dict[str | None, Counter[Pile]] = {}
        self.hosts: dict[str, HostTally] = {}
        self.sources: dict[str, Span] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.undeliverable: dict[str, None] = {}
        self.notices = Span()
        self.forgeries = self.skipped = self.unreadable = 0
        self.full: set[str] = set()

    @property
    def messages(self) -> int:
        return self.piles.total()

    def add(self, seen: Seen) -> bool:
        """Count a message; tell whether it is one of the period that is asked for."""
        if self.since is not None and seen.at is not None and seen.at < self.since:
            self.skipped += 1
            return False
        self.piles[seen.pile] += 1
        if seen.pile is Pile.OTHER:
            return True
        self.shown[seen.shown.value] += 1
        self.notices.add(seen.at)
        day = seen.at[:10] if seen.at else None
        if day not in self.days:
            self.days[day] = Counter()
        self.days[day][seen.pile] += 1
        if seen.undeliverable and len(self.undeliverable) < MOST_ROLES:
            self.undeliverable[seen.undeliverable] = None
        if seen.forged:
            self.forgeries += 1
            self.forged.update(seen.forged)
        elif seen.pile is not Pile.OWN:
            self._of_host(seen)
        if seen.pile is Pile.BACKSCATTER:
            self._original(seen)
        return True

    def _of_host(self, seen: Seen) -> None:
        host = _row(self.hosts, seen.host or "", HostTally, MOST_HOSTS)
        if host is None:
            self.full.add("hosts")
            return
        host.add(seen.at)
        host.backscatter += seen.pile is Pile.BACKSCATTER
        host.causes[cause_of(seen)] += 1
        host.returned[seen.returned] += 1
        if seen.product:
            host.products[seen.product] += 1
        for known, found in ((host.addresses, seen.address), (host.contacts, seen.contact)):
            if found and len(known) < MOST_ADDRESSES:
                known[found] = None

    def _original(self, seen: Seen) -> None:
        self.causes[cause_of(seen)] += 1
        if seen.source:
            source = _row(self.sources, network_of(seen.source), Span, MOST_SOURCES)
            source.add(seen.at) if source is not None else self.full.add("sources")
        if seen.subject:
            campaign = _row(self.campaigns, _VARIABLE.sub(" ", seen.subject.casefold()), Campaign, MOST_CAMPAIGNS)
            if campaign is None:
                self.full.add("campaigns")
            else:
                campaign.subject = campaign.subject or seen.subject
                campaign.add(seen.at)


def _row(table: dict[str, T], key: str, kind: type[T], most: int) -> T | None:
    """Return the row of a table, None where it is full."""
    row = table.get(key)
    if row is None and len(table) < most:
        row = table[key] = kind()
    return row


def cause_of(seen: Seen) -> str:
    """Return what a notice is counted for: the reason that stands first, else its kind."""
    return seen.causes[0] if seen.causes else seen.kind


@lru_cache(maxsize=1 << 12)
def network_of(address: str) -> str:
    """Return the network of a site that an address lies in."""
    bits = _SITE[ip_address(address).version]
    return str(ip_network(f"{address}/{bits}", strict=False))


def largest(table: dict[str, S], count: int) -> list[tuple[str, S]]:
    """Return the largest rows of a table, largest first."""
    return sorted(table.items(), key=lambda row: (-row[1].count, row[0]))[:count]
