"""Ask the lists: each its test entries first, each address once, no list more often than it may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from bsaudit.errors import BsauditError, DnsError, NoMailHost, TargetRefused
from bsaudit.model.report import ErrorEntry
from bsaudit.model.standing import Contacts, Meaning, Standing, Status, Subject
from bsaudit.ports import ListLookup, PeerVerifier
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


class _Pace:
    """Turns, evenly apart."""

    def __init__(self, per_second: float) -> None:
        self._apart_s = 1 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + self._apart_s
        await asyncio.sleep(at - now)


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
        return Subject(asked=asked, error=ErrorEntry(where="target", message=error.message, remedy=error.remedy))
    return Subject(asked=asked, name=asked, addresses=found)


async def ask_lists(rows: Sequence[Row], things: Sequence[str], dns: ListLookup) -> tuple[Standing, ...]:
    """Return what each list says of each of these addresses and names, in the order of the lists."""
    told = await asyncio.gather(*(_ask_list(row, things, dns) for row in rows))
    return tuple(standing for standings in told for standing in standings)


async def _ask_list(row: Row, things: Sequence[str], dns: ListLookup) -> list[Standing]:
    pace = _Pace(PER_SECOND)
    found: list[Standing] = []
    for kind in row.kind:
        # A list of names is not asked about addresses, nor one of IPv4 about IPv6.
        fitting = [thing for thing in things if kind_of(thing) is kind]
        if not fitting:
            continue
        doubt = not_asked(row) or await _test(row, kind, pace, dns)
        if doubt is not None:
            found += [_standing(row, thing, doubt) for thing in fitting]
        else:
            found += await _ask_all(row, fitting, pace, dns)
    return found


async def _test(row: Row, kind: Kind, pace: _Pace, dns: ListLookup) -> Reading | None:
    """Return why the list cannot be believed, None where it passed (RFC 5782 §5)."""
    listed, clean = [await _answer(question(entry, row.zone), pace, dns) for entry in own_entries(row, kind)]
    doubt = disbelieved(row, listed, clean)
    if doubt is not None and doubt.status in _ABSENT and not await _exists(row.zone, pace, dns):
        return Reading(Status.UNKNOWN, text="there is no such zone (NXDOMAIN): misspelt, gone, or hidden from here")
    return doubt


async def _exists(zone: str, pace: _Pace, dns: ListLookup) -> bool:
    await pace.turn()
    try:
        return await dns.exists(zone)
    except DnsError:
        return True  # nobody said that it does not


async def _ask_all(row: Row, things: Sequence[str], pace: _Pace, dns: ListLookup) -> list[Standing]:
    tasks = []
    async with asyncio.TaskGroup() as group:
        for thing in things:
            await pace.turn()
            tasks.append(group.create_task(_ask(row, thing, pace, dns)))
    return [task.result() for task in tasks]


async def _ask(row: Row, thing: str, pace: _Pace, dns: ListLookup) -> Standing:
    name = question(thing, row.zone)
    answer = await _looked_up(name, dns)
    if isinstance(answer, DnsError):
        return _standing(row, thing, Reading(Status.UNKNOWN, text=answer.message))
    standing = replace(_standing(row, thing, read_answers(row, answer)), codes=answer)
    if standing.status is Status.LISTED:
        said = await _reason(name, pace, dns)
        standing = replace(standing, text=" · ".join(filter(None, (standing.text, said))))
    return standing


async def _reason(name: str, pace: _Pace, dns: ListLookup) -> str:
    """Return what the list says about its entry (RFC 5782 §2.1)."""
    await pace.turn()
    try:
        return " ".join(await dns.texts(name))
    except DnsError:
        return ""


async def _answer(name: str, pace: _Pace, dns: ListLookup) -> Answer:
    await pace.turn()
    return await _looked_up(name, dns)


async def _looked_up(name: str, dns: ListLookup) -> Answer:
    try:
        return await dns.answers(name)
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


async def ask_contacts(things: Sequence[str], dns: ListLookup) -> tuple[Contacts, ...]:
    """Return whom others will write to about each address (Abusix) and name (abuse.net)."""
    paces = {True: _Pace(PER_SECOND), False: _Pace(PER_SECOND)}
    tasks = []
    async with asyncio.TaskGroup() as group:
        for thing in things:
            named = kind_of(thing) is Kind.NAME
            await paces[named].turn()
            tasks.append(group.create_task(_contacts(thing, dns, named=named)))
    return tuple(task.result() for task in tasks)


async def _contacts(thing: str, dns: ListLookup, *, named: bool) -> Contacts:
    try:
        texts = await dns.texts(question(thing, ABUSE_NET if named else ABUSIX))
    except DnsError:
        return Contacts(about=thing)
    found = tuple(text for text in texts if "@" in text)
    # abuse.net answers postmaster@ for domains that nobody registered there.
    return Contacts(about=thing, addresses=found, registered=bool(set(found) - {f"postmaster@{thing}"}))
