"""Lists and the report of an audit: about which addresses of a target they are asked, and how that is told. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from itertools import chain

from msgspec.structs import replace

from bsaudit.judge.findings_contacts import contact_finding
from bsaudit.judge.parties import is_private
from bsaudit.model.notification import Attribution
from bsaudit.model.report import Contacts, Listing, TargetEntry
from bsaudit.model.standing import Standing
from bsaudit.ndn.trace import canonical_address
from bsaudit.probe.spelling import is_domain
from bsaudit.text import clean_line


def addresses_of(target: TargetEntry) -> tuple[str, ...]:
    """Return the addresses of its mail exchangers, and those from which it wrote to us: each once.

    Those of loopback and private networks are left out: no list can know them, and they are nobody else's business.
    """
    canonical = map(canonical_address, (*_taking(target), *_writing(target)))
    return tuple(dict.fromkeys(one for one in canonical if one and not _is_inside(one)))


def _is_inside(address: str) -> bool:
    """Say whether it is nobody's on the Internet; a list's own test entry is a loopback address (RFC 5782 §5)."""
    return is_private(address) or ip_address(address).is_loopback


def _taking(target: TargetEntry) -> Iterator[str]:
    for exchanger in target.mail_exchangers:
        yield from exchanger.addresses


def _writing(target: TargetEntry) -> Iterator[str]:
    """Yield the egress seen in notifications: only of those that the target itself was shown to have written."""
    for probe in target.probes:
        for one in probe.notifications:
            if one.attribution is Attribution.TARGET:
                yield from filter(None, (one.handed_over_by.address, one.written_by.address))


def domain_of(target: TargetEntry) -> str | None:
    """Return the domain about whose operator others would ask; None where it has no address outside."""
    literal = target.domain.startswith("[")
    return target.domain if addresses_of(target) and is_domain(target.domain) and not literal else None


class Said:
    """What lists and contact databases said of addresses and domains."""

    def __init__(self, standings: Sequence[Standing], contacts: Sequence[Contacts]) -> None:
        self._listings: dict[str, list[Listing]] = {}
        for one in standings:
            self._listings.setdefault(one.about, []).append(listing_of(one))
        self._contacts = {one.about: _shown(one) for one in contacts}

    def of(self, target: TargetEntry, addresses: Sequence[str]) -> TargetEntry:
        """Return a target with what was said of its addresses and its domain, and the finding that nobody is there."""
        about = [*filter(None, [domain_of(target)]), *addresses]
        told = replace(
            target,
            listings=tuple(chain.from_iterable(self._listings.get(one, ()) for one in addresses)),
            contacts=tuple(self._contacts[one] for one in about if one in self._contacts),
        )
        found = contact_finding(told)
        return replace(told, findings=(*told.findings, found)) if found else told


def _shown(one: Contacts) -> Contacts:
    return replace(one, addresses=tuple(map(clean_line, one.addresses)))


def listing_of(one: Standing) -> Listing:
    """Return a list's word as the report of an audit has it; what the list itself wrote is sanitised."""
    return Listing(
        zone=one.zone,
        address=one.about,
        status=one.status.value,
        codes=one.codes,
        text=clean_line(one.text),
        class_=one.class_,
        meaning=one.meaning.value if one.meaning else None,
        muted=one.muted,
        muted_because=one.muted_because,
        impact=one.impact,
        removal=one.removal,
        as_of=one.as_of,
    )
