"""What DNS adds to a survey: own signatures and records, which hosts are on backscatter lists, whom to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from time import monotonic

from msgspec.structs import replace

from bsaudit.adapters.peers import PATIENCE_S, PeerLookup
from bsaudit.adapters.resolver import DnsResolver
from bsaudit.defence.door import Door
from bsaudit.errors import UsageError
from bsaudit.judge.parties import is_qualified, organisation
from bsaudit.model.report import Contacts
from bsaudit.model.standing import Standing, Status
from bsaudit.model.survey import SurveyContact, SurveyHost, SurveyListing, SurveyReport
from bsaudit.standing.asking import ask_contacts
from bsaudit.survey.doors import having_seen, mail_domains
from bsaudit.survey.own import Own
from bsaudit.text import clean_line
from bsaudit.wiring.door import own_door
from bsaudit.wiring.standing import LIFETIME_S, TRY_S, remembering, standings_of

# Lists that hold who writes to forged senders; on other lists hosts stand for other reasons
ZONES = ("ips.backscatterer.org", "backscatter.spameatingmonkey.net", "bl.spamcop.net")
# More would be more than lists are asked for free at once
TOP_HOSTS = 50
# Whoever has more domains looks at the others by `defend --domain`
MOST_DOORS = 10

# Keys that DNS kept us waiting for; a joe-job may name a new one in each message
MOST_SILENCES = 3


class OwnSignatures:
    """Tells whether an own domain signed a message, by the key that DNS has; where DNS has none, it is no signature.

    Goes along into other processes: no loop is kept, only answers.
    """

    def __init__(self, own: Own, resolver: tuple[str, int] | None) -> None:
        self._own = own
        self._lookup = PeerLookup(DnsResolver(resolver, try_s=TRY_S, lifetime_s=LIFETIME_S))
        self._silences = 0

    def __call__(self, copy: bytes) -> bool:
        if self._silences >= MOST_SILENCES:
            return False
        began = monotonic()
        found = asyncio.run(self._lookup.signatures(copy, (), self._own.domains))
        self._silences += monotonic() - began >= PATIENCE_S
        return any(self._own.name(one.domain) for one in found)


async def with_doors(report: SurveyReport, resolver: tuple[str, int] | None) -> SurveyReport:
    """Return the report with what the own domains publish against forged senders; what fails is told as unknown."""
    domains = mail_domains(report.own.domains)[:MOST_DOORS]
    return having_seen(report, await asyncio.gather(*(_door(domain, resolver) for domain in domains)))


async def _door(domain: str, resolver: tuple[str, int] | None) -> Door:
    try:
        return await own_door(domain, resolver)
    except UsageError as error:  # no such domain
        errors = (error.message,)
        return Door(domain=domain, texts=None, dmarc_texts=None, mail_exchangers=None, errors=errors)


async def with_listings(
    report: SurveyReport, resolver: tuple[str, int] | None, journal_url: str | None
) -> SurveyReport:
    """Return the report with what lists and contact databases say of the hosts that sent most."""
    top = [host for host in report.hosts[:TOP_HOSTS] if host.backscatter]
    addresses = list(dict.fromkeys(address for host in top for address in host.addresses))
    domains = list(dict.fromkeys(domain for host in top if (domain := _domain(host))))
    dns = DnsResolver(resolver, try_s=TRY_S, lifetime_s=LIFETIME_S)
    async with remembering(dns, journal_url) as memory:
        asked = standings_of(addresses, ZONES, dns, memory), ask_contacts([*addresses, *domains], dns, memory)
        shown, contacts = await asyncio.gather(*asked)
    known = {one.about: one for one in contacts}
    told = [_told(host, shown, known) if host in top else host for host in report.hosts]
    return replace(report, hosts=tuple(told), gaps=(*report.gaps, *_silence(shown)))


def _told(host: SurveyHost, standings: Sequence[Standing], contacts: dict[str, Contacts]) -> SurveyHost:
    listings = tuple(
        SurveyListing(zone=one.zone, status=one.status.value, text=clean_line(" · ".join(filter(None, _words(one)))))
        for one in standings
        if one.about in host.addresses
    )
    found = {one.address: one for one in (*host.contacts, *_contacts(host, contacts))}
    return replace(host, listings=listings, contacts=tuple(found.values()))


def _words(one: Standing) -> tuple[str, str]:
    return one.text, one.muted_because


def _contacts(host: SurveyHost, known: dict[str, Contacts]) -> Iterator[SurveyContact]:
    """Yield who is in charge of the domain by abuse.net, and of the network by Abusix."""
    sources = [(_domain(host), "domain", "abuse.net"), *((one, "network", "abusix") for one in host.addresses)]
    for about, scope, source in sources:
        found = known.get(about or "")
        if found is not None and (found.registered or scope == "network"):
            for address in found.addresses:
                yield SurveyContact(address=clean_line(address), scope=scope, source=source)


def _domain(host: SurveyHost) -> str | None:
    return organisation(host.host) if is_qualified(host.host) else None


def _silence(standings: Sequence[Standing]) -> Iterator[str]:
    """Yield which lists could not be asked: that is no listing, and no absence of one."""
    for zone in ZONES:
        of_zone = [one for one in standings if one.zone == zone]
        if of_zone and all(one.status not in {Status.LISTED, Status.CLEAN} for one in of_zone):
            yield f"{zone} said nothing: {clean_line(of_zone[0].text) or of_zone[0].status.value}"
