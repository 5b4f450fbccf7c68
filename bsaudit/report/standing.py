"""What DNS lists say, in words: listings first, with what they cost; then what nobody could tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import msgspec

from bsaudit.model.report import Contacts, Listing, TargetEntry
from bsaudit.model.standing import ListedReport, Standing, Status, Subject
from bsaudit.report.formats import Look
from bsaudit.report.line import Line
from bsaudit.text import clean_line

MOST_LINKED = 3
_INDENT = "  "
# What readers are told to look at, and a program cannot ask. DNSstuff's lookup is none of them: no source that we have
# says that its page is still there.
_LINKS = (
    "https://talosintelligence.com/reputation_center/lookup?search={}  (Cisco Talos, formerly SenderBase)",
    "https://mxtoolbox.com/SuperTool.aspx?action=blacklist%3a{}",
)
_ABUSE_NET = "https://www.abuse.net/"


def printed(report: ListedReport, look: Look) -> bytes:
    """Return the answers as text."""
    lines = [line for subject in report.subjects for line in _subject(subject, report)]
    lines += _no_word(report.listings)
    lines += _contacts(report.contacts, {subject.name for subject in report.subjects})
    lines += [f"Note: {clean_line(note)}" for note in report.notes]
    lines += _links(report)
    return "".join(f"{line}\n" for line in lines).encode(look.encoding, "replace")


def _subject(subject: Subject, report: ListedReport) -> Iterator[str]:
    addresses = ", ".join(subject.addresses) or "no address"
    yield clean_line(subject.asked if subject.asked in subject.addresses else f"{subject.asked}: {addresses}")
    if subject.error is not None:
        yield f"{_INDENT}NOT ASKED: {clean_line(subject.error.message)}"
        return
    mine = [one for one in report.listings if one.about in {*subject.addresses, subject.name}]
    yield from map(_indented, _listings(mine))
    for one in mine:
        if one.status is Status.CLEAN and one.meaning is not None:
            words = clean_line(f"{one.meaning}: {one.text}" if one.text else one.meaning)
            yield f"{_INDENT}no listing: {one.about} is on {one.zone} ({words})"
    yield from map(_indented, _tally(mine))


def _indented(line: Line) -> str:
    return f"{_INDENT * (1 + line.point)}{line.text}"


def in_report(target: TargetEntry) -> Iterator[Line]:
    """Tell what lists say of a target: where it is listed and what that costs, and of how many nobody could tell."""
    mine = [_standing(one) for one in target.listings]
    yield from _listings(mine)
    yield from _tally(mine)
    yield from map(Line, _contacts(target.contacts, {target.domain}))


def _standing(one: Listing) -> Standing:
    """Return an answer as `bsaudit listed` has it, whose words a report shares."""
    fields = msgspec.to_builtins(one)
    return msgspec.convert(fields | {"about": fields.pop("address")}, Standing)


def _listings(mine: Sequence[Standing]) -> Iterator[Line]:
    """Tell the listings, what they cost and how they end; those that say nothing of this host alone come last."""
    for one in sorted((one for one in mine if one.status is Status.LISTED), key=lambda one: one.muted):
        yield from _listing(one)


def _listing(one: Standing) -> Iterator[Line]:
    head = "listed, but" if one.muted else "LISTED"
    because = f" {one.muted_because};" if one.muted else ""
    policy = ", policy and no abuse" if one.meaning == "policy" else ""
    said = clean_line(f": {one.text}") if one.text else ""
    yield Line(f"{head}{because} {one.about} on {one.zone} ({one.class_}{policy}){said}")
    if one.muted:
        return
    for title, text in (("what it costs", one.impact), ("removal", one.removal)):
        if text:
            yield Line(f"{title}: {clean_line(text)}", point=True)


def _tally(mine: Sequence[Standing]) -> Iterator[Line]:
    """Say for each address on how many lists it is, on how many not, and of how many that is not known."""
    for about in dict.fromkeys(one.about for one in mine):
        counts = Counter(one.status for one in mine if one.about == about)
        silent = counts.total() - counts[Status.CLEAN] - counts[Status.LISTED]
        unknown = f"; not known of {silent}" if silent else ""
        yield Line(f"{about}: listed on {counts[Status.LISTED]}, not on {counts[Status.CLEAN]}{unknown}")


def _no_word(listings: tuple[Standing, ...]) -> Iterator[str]:
    told = [one for one in listings if one.status not in (Status.LISTED, Status.CLEAN)]
    if told:
        yield "No word from these lists, which says nothing about anybody:"
    for zone, status, text, removal in dict.fromkeys((one.zone, one.status, one.text, one.removal) for one in told):
        page = next((word for word in removal.split() if word.startswith("https://")), None)
        look = f"; look at {page}" if page else ""
        yield f"{_INDENT}{zone}: {status}" + clean_line(f": {text}" if text else "") + clean_line(look)


def _contacts(contacts: Sequence[Contacts], domains: Collection[str | None]) -> Iterator[str]:
    for one in contacts:
        if one.addresses:
            yield clean_line(f"Others write about {one.about} to {', '.join(one.addresses)}")
        if one.registered is False and one.about in domains:
            yield clean_line(f"abuse.net has no contact of {one.about}'s own: register one at {_ABUSE_NET}")


def _links(report: ListedReport) -> Iterator[str]:
    addresses = list(dict.fromkeys(address for subject in report.subjects for address in subject.addresses))
    if addresses and len(addresses) <= MOST_LINKED:
        yield "Look yourself, too:"
        yield from (f"{_INDENT}{link.format(address)}" for address in addresses for link in _LINKS)
