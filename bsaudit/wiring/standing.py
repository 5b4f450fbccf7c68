"""The lists asked: what `bsaudit listed` does, without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import chain

from msgspec.structs import replace

from bsaudit import __version__
from bsaudit.adapters.domain import ascii_domain, literal_address
from bsaudit.adapters.peers import PeerLookup
from bsaudit.adapters.resolver import DnsResolver
from bsaudit.errors import DnsError, UsageError
from bsaudit.model.report import Listing, Report, ToolEntry
from bsaudit.model.standing import ListedReport, Standing, Status, Subject
from bsaudit.probe.spelling import is_domain
from bsaudit.standing.asking import ask_contacts, ask_lists, mute_shared, subject_of
from bsaudit.standing.of_report import addresses_of, listing_of
from bsaudit.standing.table import Row, Table, chosen, own_table
from bsaudit.text import clean_line

# A list that has not answered within this will not: a resolver has long asked its servers.
TRY_S, LIFETIME_S = 2.0, 5.0


async def listed(
    asked: Sequence[str],
    *,
    table: Table,
    rows: Sequence[Row],
    resolver: tuple[str, int] | None,
    notes: Sequence[str] = (),
    named: bool = False,
    lifetime_s: float | None = None,
) -> ListedReport:
    """Ask these lists about all that `asked` stands for, each address once; `named`: the user named the lists.

    Raises UsageError where nothing of it exists, DnsError where no list and no name was answered at all.
    """
    lifetime_s = lifetime_s or LIFETIME_S
    dns = DnsResolver(resolver, try_s=min(TRY_S, lifetime_s), lifetime_s=lifetime_s)
    subjects = await asyncio.gather(*(subject_of(one, dns) for one in dict.fromkeys(map(_spelt, asked))))
    _refuse_nothing(subjects)
    things = list(dict.fromkeys(thing for one in subjects for thing in (*one.addresses, one.name) if thing))
    standings, contacts = await asyncio.gather(ask_lists(rows, things, dns), ask_contacts(things, dns))
    _refuse_silence(standings)
    return ListedReport(
        tool=ToolEntry(name="bsaudit", version=__version__),
        at=datetime.now(UTC),
        subjects=tuple(subjects),
        listings=await mute_shared(standings, table.providers, PeerLookup(dns)),
        contacts=contacts,
        notes=(*notes, *_notes(things), *_idle(rows, standings, named=named)),
        errors=tuple(one.error for one in subjects if one.error),
    )


async def with_listings(report: Report, resolver: tuple[str, int] | None) -> Report:
    """Return the report with what the default lists say of its targets' addresses, each asked about once.

    A list, or a resolver, that fails is `unknown` there: whatever they say, nothing else changes.
    """
    of_target = [addresses_of(target) for target in report.targets]
    addresses = list(dict.fromkeys(chain.from_iterable(of_target)))
    standings = await standings_of(addresses, (), DnsResolver(resolver, try_s=TRY_S, lifetime_s=LIFETIME_S))
    found: dict[str, list[Listing]] = {}
    for one in standings:
        found.setdefault(one.about, []).append(listing_of(one))
    targets = (
        replace(target, listings=tuple(chain.from_iterable(found.get(address, ()) for address in own)))
        for target, own in zip(report.targets, of_target, strict=True)
    )
    return replace(report, targets=tuple(targets))


async def standings_of(addresses: Sequence[str], zones: Sequence[str], dns: DnsResolver) -> tuple[Standing, ...]:
    """Ask the built-in lists, those of `zones` or by default those that matter, about addresses; each once."""
    table = own_table()
    rows, _ = chosen(table, zones, every=False)
    return await mute_shared(await ask_lists(rows, addresses, dns), table.providers, PeerLookup(dns))


def _spelt(asked: str) -> str:
    literal = literal_address(asked) or asked
    try:
        return str(ip_address(literal))
    except ValueError:
        if not is_domain(asked) or asked.startswith("["):
            raise UsageError(
                f"{clean_line(asked)} is no address, host or domain", remedy="Name an IP address, a host or a domain."
            ) from None
        return ascii_domain(asked)


def _refuse_nothing(subjects: Sequence[Subject]) -> None:
    errors = [one.error for one in subjects]
    first = errors[0]
    if first is None or not all(errors):
        return
    kind = UsageError if first.where == "target" else DnsError
    raise kind(first.message, remedy=first.remedy, where=first.where)


def _refuse_silence(standings: Sequence[Standing]) -> None:
    unanswered = [one.text for one in standings if one.status is Status.UNKNOWN and not one.codes]
    # A list that wants registration may be silent towards us alone: it does not show that DNS works.
    silent = sum(one.status is Status.REGISTRATION and not one.codes for one in standings)
    if unanswered and len(unanswered) + silent == len(standings):
        first = unanswered[0]
        raise DnsError(f"no list could be asked: {first}", remedy="Ask another DNS server with --resolver HOST[:PORT].")


def _notes(things: Sequence[str]) -> list[str]:
    return [f"{thing} is no public address: lists do not hold it" for thing in things if _is_private(thing)]


def _is_private(thing: str) -> bool:
    try:
        return not ip_address(thing).is_global
    except ValueError:
        return False


def _idle(rows: Sequence[Row], standings: Sequence[Standing], *, named: bool) -> list[str]:
    """Say which of the lists that were named were not asked, because they list other things."""
    told = {one.zone for one in standings}
    idle = [row for row in rows if row.zone not in told] if named else []
    return [f"{row.zone} lists {' and '.join(_LISTS[kind] for kind in row.kind)}: not asked" for row in idle]


_LISTS = {"ip4": "IPv4 addresses", "ip6": "IPv6 addresses", "name": "names"}
