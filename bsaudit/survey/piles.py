"""Is a notice an answer to the person's own mail, backscatter, or can that not be told? Pure.

Neither pile is a rest: each needs positive evidence, and what speaks for both is in none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum, auto

from msgspec import Struct

from bsaudit.model.survey import Pile, Shown
from bsaudit.survey.journey import Journey, Way
from bsaudit.survey.own import Own, id_host

Sorted = tuple[Pile, Shown]


class _Named(Enum):
    """Who gave the original its Message-ID."""

    MAKER = auto()  # an own host
    DOMAIN = auto()  # somebody who wrote an own domain there, as joe-jobs do
    STRANGER = auto()
    NOBODY = auto()


class Answered(Struct, frozen=True):
    """What a notice is about: how the message was named, and to whom it went."""

    message_ids: tuple[str, ...] = ()
    recipients: frozenset[str] = frozenset()


def sort(about: Answered, way: Journey, own: Own, signed: Callable[[], bool | None]) -> Sorted:
    """Return the pile of a notice about a message that went this way.

    `signed`, asked where nothing shows it yet, tells whether the returned copy bears a good signature by an own domain;
    None where it bears one that was not found good. That proves nothing, but whoever forges senders seldom writes one.
    """
    if not own.sent.isdisjoint(about.message_ids):
        return Pile.OWN, Shown.SENT_FOLDER
    if way.way is Way.OWN:
        return Pile.OWN, Shown.OWN_RELAY
    signature = signed()
    if signature:
        return Pile.OWN, Shown.SIGNATURE
    found = _by_way(about, way, own)
    return (Pile.CANNOT_TELL, Shown.CLAIM) if signature is None and found[0] is Pile.BACKSCATTER else found


def _by_way(about: Answered, way: Journey, own: Own) -> Sorted:
    if way.way is Way.CLAIMED:
        return _claimed(way, own)
    named = _named(about.message_ids, own)
    found = _from_a_stranger(way, named, own) if way.way is Way.STRANGER else _by_name(named)
    if found[0] is Pile.CANNOT_TELL and named is _Named.STRANGER and own.never_wrote_to(about.recipients):
        return Pile.BACKSCATTER, Shown.FOREIGN_MESSAGE_ID
    return found


def _by_name(named: _Named) -> Sorted:
    """No line came back that can be believed. Anybody can write a Message-ID: it may only speak against backscatter."""
    if named is _Named.MAKER:
        return Pile.CANNOT_TELL, Shown.OWN_MESSAGE_ID
    return Pile.CANNOT_TELL, Shown.CLAIM if named is _Named.DOMAIN else Shown.NOTHING_RETURNED


def _claimed(way: Journey, own: Own) -> Sorted:
    """Own names in a greeting or below a break: whoever knows all own addresses knows that this is none of them."""
    if own.networks and way.source is not None and way.unnamed:
        return Pile.BACKSCATTER, Shown.FOREIGN_SOURCE
    return Pile.CANNOT_TELL, Shown.CLAIM


def _from_a_stranger(way: Journey, named: _Named, own: Own) -> Sorted:
    """Sort what a stranger's host handed over: perhaps it is a relay of one's own that nobody named."""
    if named is _Named.MAKER:
        return Pile.CANNOT_TELL, Shown.CONTRADICTION
    if way.borrowed and not (own.named and way.unnamed):
        return Pile.CANNOT_TELL, Shown.CLAIM
    if not own.domains and not own.networks:
        return _UNKNOWN
    # No relay is without a name: what its address handed over came from no server that a person sends by.
    if own.named or (way.unnamed and not (own.guessed and named is _Named.DOMAIN)):
        return Pile.BACKSCATTER, Shown.FOREIGN_SOURCE
    if named is _Named.DOMAIN:
        return Pile.CANNOT_TELL, Shown.CONTRADICTION
    return _UNKNOWN


_UNKNOWN = Pile.CANNOT_TELL, Shown.RELAY_UNKNOWN


def _named(ids: Iterable[str], own: Own) -> _Named:
    hosts = [host for one in ids if (host := id_host(one))]
    known = [host for host in hosts if own.name(host) or host in own.makers]
    if not known:
        return _Named.STRANGER if hosts else _Named.NOBODY
    return _Named.MAKER if any(map(own.maker, known)) else _Named.DOMAIN
