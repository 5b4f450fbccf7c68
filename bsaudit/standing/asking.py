"""Ask the lists: each its test entries first, each address once, no list more often than it may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from bsaudit.errors import BsauditError, DnsError, NoMailHost, NoSuchDomain, TargetRefused
from bsaudit.model.report import Contacts, ErrorEntry
from bsaudit.model.standing import Meaning, Standing, Status, Subject
from bsaudit.ports import ListLookup, PeerVerifier
from bsaudit.probe.spelling import is_address
from bsaudit.standing.memory import Memory
from bsaudit.standing.reading import (
    Answer,
    Reading,
    disbelieved,
    kind_of,
    not_asked,
    own_entries,
    question,
    read_answers,
)
from bsaudit.standing.table import Kind, Provider, Row, provider_of

# Lists are free as long as nobody asks them too much.
PER_SECOND = 20
# What a zone that does not exist looks like
_ABSENT = frozenset({Status.UNTESTABLE, Status.REGISTRATION})
ABUSE_NET, ABUSIX = "contacts.abuse.net", "abuse-contacts.abusix.zone"


class _Questions:
    """To one zone: what is remembered is not asked again, the others go out evenly apart."""

    def __init__(self, dns: ListLookup, memory: Memory) -> None:
        self._dns = dns
        self._memory = memory
        self._next = 0.0

    async def turn(self, name: str, kind: str) -> None:
        """Wait until this may be asked."""
        if self._memory.recall(name, kind) is None:
            now, apart = asyncio.get_running_loop().time(), 1 / PER_SECOND
            # Half a turn late is made up for, or each delay of this busy loop would add to all the others.
            at = max(now - apart / 2, self._next)
            self._next = at + apart
            await asyncio.sleep(max(0.0, at - now))

    async def records(self, name: str, kind: str) -> tuple[str, ...] | None:
        """Return the answer, None where there is no such name. Raises DnsError."""
        known = self._memory.recall(name, kind)
        if known is not None:
            return known.records
        told = await self._dns.told(name, kind)
        self._memory.note(name, kind, told)
        return told.records

    def forget(self, names: Sequence[str]) -> None:
        """Drop what was not believed."""
        for name in names:
            self._memory.forget(name, "A")

    async def in_turn(self, name: str, kind: str) -> tuple[str, ...] | None:
        """Do both."""
        await self.turn(name, kind)
        return await self.records(name, kind)


async def subject_of(asked: str, dns: ListLookup) -> Subject:
    """Return what `asked` stands for: an address itself, a name its mail exchangers' addresses, or else its own."""
    if kind_of(asked) is not Kind.NAME:
        return Subject(asked=asked, addresses=(asked,))
    try:
        try:
            exchangers = await dns.mail_exchangers(asked)
            found = tuple(dict.fromkeys(address for mx in exchangers for address in mx.addresses))
        except (TargetRefused, NoMailHost):  # takes no mail; its name, and its own address, may be listed
            found = await dns.addresses(asked)
    except BsauditError as error:
        where = "target" if isinstance(error, NoSuchDomain) else error.where
        return Subject(asked=asked, error=ErrorEntry(where=where, message=error.message, remedy=error.remedy))
    return Subject(asked=asked, name=asked, addresses=found)


async def ask_lists(
    rows: Sequence[Row], things: Sequence[str], dns: ListLookup, memory: Memory
) -> tuple[Standing, ...]:
    """Return what each list says of each of these addresses and names, in the order of the lists."""
    told = await asyncio.gather(*(_ask_list(row, things, _Questions(dns, memory)) for row in rows))
    return tuple(standing for standings in told for standing in standings)


async def _ask_list(row: Row, things: Sequence[str], zone: _Questions) -> list[Standing]:
    found: list[Standing] = []
    for kind in row.kind:
        # A list of names is not asked about addresses, nor one of IPv4 about IPv6.
        fitting = [thing for thing in things if kind_of(thing) is kind]
        if not fitting:
            continue
        doubt = not_asked(row) or await _test(row, kind, zone)
        if doubt is not None:
            found += [_standing(row, thing, doubt) for thing in fitting]
        else:
            found += await _ask_all(row, fitting, zone)
    return found


async def _test(row: Row, kind: Kind, zone: _Questions) -> Reading | None:
    """Return why the list cannot be believed, None where it passed (RFC 5782 §5)."""
    entries = [question(entry, row.zone) for entry in own_entries(row, kind)]
    listed, clean = [await _answer(name, zone) for name in entries]
    doubt = disbelieved(row, listed, clean)
    if doubt is not None:
        zone.forget(entries)
    if doubt is not None and doubt.status in _ABSENT and not await _exists(row.zone, zone):
        return Reading(Status.UNKNOWN, text="there is no such zone (NXDOMAIN): misspelt, gone, or hidden from here")
    return doubt


async def _exists(name: str, zone: _Questions) -> bool:
    """Say whether there is a zone of this name: whatever it holds, its name is there."""
    try:
        return await zone.in_turn(name, "SOA") is not None
    except DnsError:
        return True  # nobody said that it does not


async def _ask_all(row: Row, things: Sequence[str], zone: _Questions) -> list[Standing]:
    tasks = []
    async with asyncio.TaskGroup() as group:
        for thing in things:  # in turn already here: so few tasks are there at once
            await zone.turn(question(thing, row.zone), "A")
            tasks.append(group.create_task(_ask(row, thing, zone)))
    return [task.result() for task in tasks]


async def _ask(row: Row, thing: str, zone: _Questions) -> Standing:
    name = question(thing, row.zone)
    try:
        answer = await zone.records(name, "A") or ()
    except DnsError as error:
        return _standing(row, thing, Reading(Status.UNKNOWN, text=error.message))
    standing = replace(_standing(row, thing, read_answers(row, answer)), codes=answer)
    if standing.status is Status.LISTED:
        said = await _reason(name, zone)
        standing = replace(standing, text=" · ".join(filter(None, (standing.text, said))))
    return standing


async def _reason(name: str, zone: _Questions) -> str:
    """Return what the list says about its entry (RFC 5782 §2.1)."""
    try:
        return " ".join(await zone.in_turn(name, "TXT") or ())
    except DnsError:
        return ""


async def _answer(name: str, zone: _Questions) -> Answer:
    try:
        return await zone.in_turn(name, "A") or ()
    except DnsError as error:
        return error


def _standing(row: Row, thing: str, reading: Reading) -> Standing:
    network = reading.meaning is Meaning.ESCALATION
    return Standing(
        zone=row.zone,
        about=thing,
        status=reading.status,
        class_=row.class_,
        meaning=reading.meaning,
        text=reading.text,
        muted=network,
        muted_because="names the network, not this host" if network else "",
        impact=row.impact,
        removal=row.removal,
        as_of=row.as_of,
    )


async def mute_shared(
    standings: Sequence[Standing], providers: Sequence[Provider], peers: PeerVerifier
) -> tuple[Standing, ...]:
    """Mute the listings of large providers' shared egress, known by verified reverse names."""
    listed = sorted({one.about for one in standings if one.status is Status.LISTED and kind_of(one.about) != Kind.NAME})
    verified = await asyncio.gather(*(peers.verify(address, ()) for address in listed))
    shared = {host.address: provider_of(host.names or (), providers) for host in verified}
    return tuple(map(partial(_muted, shared), standings))


def _muted(shared: dict[str, str | None], one: Standing) -> Standing:
    provider = shared.get(one.about)
    if provider is None or one.status is not Status.LISTED:
        return one
    return replace(one, muted=True, muted_because=f"shared egress of {provider}: says nothing of one customer")


async def ask_contacts(things: Sequence[str], dns: ListLookup, memory: Memory) -> tuple[Contacts, ...]:
    """Return whom others will write to about each address (Abusix) and name (abuse.net)."""
    zones = {zone: _Questions(dns, memory) for zone in (ABUSE_NET, ABUSIX)}
    tasks = []
    async with asyncio.TaskGroup() as group:
        for thing in things:
            zone = ABUSE_NET if kind_of(thing) is Kind.NAME else ABUSIX
            await zones[zone].turn(question(thing, zone), "TXT")
            tasks.append(group.create_task(_contacts(thing, question(thing, zone), zones[zone])))
    found = [task.result() for task in tasks]
    empty = {one.about for one in found if one.registered is False and not one.addresses}
    # abuse.net answers for every domain, if only its default: without an answer, nothing is known.
    silent = {about for about in empty if kind_of(about) is Kind.NAME}
    if empty - silent and not await _is_there(ABUSIX, zones[ABUSIX]):
        silent = empty
    return tuple(replace(one, registered=None) if one.about in silent else one for one in found)


async def _is_there(name: str, zone: _Questions) -> bool:
    """Say whether a zone was shown to exist: one that is hidden from here has "no" for everybody."""
    try:
        return await zone.in_turn(name, "SOA") is not None
    except DnsError:
        return False


async def _contacts(thing: str, name: str, zone: _Questions) -> Contacts:
    try:
        texts = await zone.records(name, "TXT") or ()
    except DnsError:
        return Contacts(about=thing)
    # One address each: what stands here goes into the header of a mail, where a comma begins another addressee.
    found = tuple(one for text in texts for one in text.replace(",", " ").split() if is_address(one))
    # abuse.net answers postmaster@ for domains that nobody registered there.
    return Contacts(about=thing, addresses=found, registered=bool(set(found) - {f"postmaster@{thing}"}))
