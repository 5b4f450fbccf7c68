"""The lists asked: what `bsaudit listed` does, without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import chain

from msgspec.structs import replace

from bsaudit import __version__
from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.domain import literal_address
from bsaudit.adapters.peers import PeerLookup
from bsaudit.adapters.resolver import DnsResolver
from bsaudit.errors import DnsError, Interrupted, JournalError, UsageError
from bsaudit.model.domain import ascii_domain
from bsaudit.model.report import Report, ToolEntry
from bsaudit.model.standing import ListedReport, Standing, Status, Subject
from bsaudit.probe.spelling import is_domain
from bsaudit.standing.asking import ask_contacts, ask_lists, mute_shared, subject_of
from bsaudit.standing.memory import Memory
from bsaudit.standing.of_report import Said, addresses_of, domain_of
from bsaudit.standing.table import Row, Table, chosen, own_table
from bsaudit.text import clean_line
from bsaudit.wiring.tools import journal_at

# A list that has not answered within this will not: a resolver has long asked its servers.
TRY_S, LIFETIME_S = 2.0, 5.0


async def listed(
    asked: Sequence[str],
    *,
    table: Table,
    rows: Sequence[Row],
    resolver: tuple[str, int] | None,
    journal_url: str | None,
    notes: Sequence[str] = (),
    named: bool = False,
    lifetime_s: float | None = None,
    fresh: bool = False,
) -> ListedReport:
    """Ask these lists about all that `asked` stands for, each address once; `named`: the user named the lists.

    What the journal remembers is not asked again, unless `fresh`.

    Raises UsageError where nothing of it exists, DnsError where no list and no name was answered at all.
    """
    lifetime_s = lifetime_s or LIFETIME_S
    dns = DnsResolver(resolver, try_s=min(TRY_S, lifetime_s), lifetime_s=lifetime_s)
    subjects = await asyncio.gather(*(subject_of(one, dns) for one in dict.fromkeys(map(_spelt, asked))))
    _refuse_nothing(subjects)
    things = list(dict.fromkeys(thing for one in subjects for thing in (*one.addresses, one.name) if thing))
    async with remembering(dns, journal_url, fresh=fresh) as memory:
        asked_of = ask_lists(rows, things, dns, memory), ask_contacts(things, dns, memory)
        standings, contacts = await asyncio.gather(*asked_of)
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


@asynccontextmanager
async def remembering(dns: DnsResolver, journal_url: str | None, *, fresh: bool = False) -> AsyncIterator[Memory]:
    """Give what the journal remembers of these servers' answers, nothing if `fresh`; at the end store what is new.

    A journal that fails is no reason not to ask. Raises UsageError for a URL of none.
    """
    async with AsyncExitStack() as closing:
        memory, journal = Memory(now=_now), None
        with suppress(JournalError, DnsError):
            servers = await dns.servers()
            journal = await closing.enter_async_context(journal_at(journal_url))
            memory = Memory(() if fresh else await journal.recall(servers, _now()), now=_now)
        try:
            yield memory
        finally:
            if journal is not None:
                with suppress(JournalError):
                    await journal.remember(servers, memory.new, _now(), alone=fresh)


def _now() -> float:
    return SystemClock().now().timestamp()


async def with_listings(report: Report, resolver: tuple[str, int] | None, journal_url: str | None) -> Report:
    """Return the report with what the default lists, and contact databases, say of its targets; each asked once.

    A list, or a resolver, that fails is `unknown` there: whatever they say, the verdict stands. Raises Interrupted with
    the report as it was.
    """
    try:
        return await _listed(report, DnsResolver(resolver, try_s=TRY_S, lifetime_s=LIFETIME_S), journal_url)
    except asyncio.CancelledError:
        raise Interrupted(
            "interrupted while DNS lists were asked: the verdict stands",
            remedy="bsaudit report prints it.",
            report=report,
        ) from None


async def _listed(report: Report, dns: DnsResolver, journal_url: str | None) -> Report:
    of_target = [addresses_of(target) for target in report.targets]
    addresses = list(dict.fromkeys(chain.from_iterable(of_target)))
    domains = list(dict.fromkeys(map(domain_of, report.targets)))
    async with remembering(dns, journal_url) as memory:
        known = [domain for domain in domains if domain]
        asking = standings_of(addresses, (), dns, memory), ask_contacts([*known, *addresses], dns, memory)
        said = Said(*await asyncio.gather(*asking))
    told = (said.of(target, own) for target, own in zip(report.targets, of_target, strict=True))
    return replace(report, targets=tuple(told))


async def standings_of(
    addresses: Sequence[str], zones: Sequence[str], dns: DnsResolver, memory: Memory
) -> tuple[Standing, ...]:
    """Ask the built-in lists, those of `zones` or by default those that matter, about addresses; each once."""
    table = own_table()
    rows, _ = chosen(table, zones, every=False)
    return await mute_shared(await ask_lists(rows, addresses, dns, memory), table.providers, PeerLookup(dns))


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
