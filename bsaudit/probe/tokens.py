"""Keyed tokens: what ties a returned message to the probe that caused it.

A token is an HMAC over run, probe and place, under a key that never leaves the journal: whoever forges a bounce
cannot know one. It is letters and digits only, reads the same in either case (mail systems fold the case of
local-parts and of ENVIDs) and is short enough for a local-part of 64 octets (RFC 5321 §4.5.3.1.1).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from bsaudit.model.mail import Arrival
from bsaudit.model.notification import Kind, Notification
from bsaudit.model.probe import Place, Probe, Reached

# 80 bits: unguessable within the life of a run, and 16 characters of base32.
MAC_OCTETS = 10
TOKEN_LENGTH = 1 + 16
# A letter in front, so that a token may begin a local-part or a label.
_PREFIX = "b"
_TOKEN = re.compile(rb"b[a-z2-7]{16}(?![a-z2-7])", re.IGNORECASE)
_SOFT_BREAK = re.compile(rb"=\r?\n")
# A returned body stands behind the report; a token further down than this is not looked for.
SEARCH_LIMIT = 1 << 20


def derive(key: bytes, run_id: str, probe_id: str, purpose: str) -> str:
    """Return the token of one purpose of one probe."""
    mac = hmac.new(key, f"{run_id}\0{probe_id}\0{purpose}".encode(), hashlib.sha256).digest()
    return _PREFIX + base64.b32encode(mac[:MAC_OCTETS]).decode("ascii").lower()


def tokens_for(key: bytes, run_id: str, probe_id: str) -> dict[Place, str]:
    """Return the tokens of a probe, in the order of `Place`: different ones, which tell to where an answer came."""
    return {place: derive(key, run_id, probe_id, place.value) for place in Place}


def tokens_in(text: bytes) -> Iterator[str]:
    """Yield what reads like a token, also where a quoted-printable line was broken within one (RFC 2045 §6.7)."""
    for whole in (text, _SOFT_BREAK.sub(b"", text)):
        for hit in _TOKEN.finditer(whole):
            yield hit[0].lower().decode("ascii")


class Match(Struct, frozen=True, kw_only=True):
    """`place` is where the strongest token was found; `reached` which of our addresses the message came to."""

    probe_id: str
    place: Place
    reached: Reached


_REACHED = {
    Place.REVERSE_PATH: Reached.REVERSE_PATH,
    Place.FROM: Reached.FROM,
    Place.REPLY_TO: Reached.REPLY_TO,
}


# What is written about one message; other kinds answer whoever sent it.
REPORTS = frozenset({Kind.NDN, Kind.DELAY, Kind.SUCCESS, Kind.RELAYED})


class TokenIndex:
    """All tokens that a run has issued, for finding the probe that an arrival belongs to."""

    def __init__(self, probes: Iterable[Probe] = ()) -> None:
        # The probe's own strings and the probe itself: for ten thousand probes, pairs of their own would be 8 MB.
        self._owners: dict[str, Probe] = {}
        self._probes: dict[str, Probe] = {}
        self._again: dict[str, set[str]] = {}  # probes that others repeat from the same addresses
        for probe in probes:
            self.add(probe)

    def add(self, probe: Probe) -> None:
        if probe.repeats is not None:
            self._again.setdefault(probe.repeats, {probe.repeats}).add(probe.id)
        self._probes[probe.id] = probe
        for token in probe.tokens:
            self._owners[token] = probe

    def owner(self, address: str) -> Probe | None:
        """Return the probe of which `address` holds a token."""
        found = map(self._owners.get, tokens_in(address.encode("utf-8", "surrogateescape")))
        return next(filter(None, found), None)

    def match(self, arrival: Arrival, notification: Notification) -> Match | None:
        """Return the probe that `arrival` answers, or None if it is nobody's.

        A message that came to an address of a target's probe is about that probe, whatever its writer calls it. Else
        one with a Message-ID of ours is our own message come through, whatever address a relay made of the rest. Else
        searched in the order of what is hardest to lose: the address it was delivered to, ENVID, the returned
        Message-ID, References, and at last the whole text. Of two probes from the same addresses a report
        belongs to the one whose message it names; an answer is given to a sender, and stays with the first.
        """
        for probe_id, place in self._candidates(arrival, notification):
            reached = self._reached(arrival, notification, probe_id)
            if notification.kind in REPORTS and probe_id in self._again:
                return Match(probe_id=self._named(arrival, probe_id), place=place, reached=reached)
            return Match(probe_id=probe_id, place=place, reached=reached)
        return None

    def also(self, arrival: Arrival, notification: Notification, match: Match) -> Iterator[Match]:
        """Return the other probes of targets to whose addresses the same message came: it is no silence for them."""
        known = {match.probe_id}.union(*(group for group in self._again.values() if match.probe_id in group))
        for probe_id, place in self._find_in(*_delivered_to(arrival, notification)):
            if place in _REACHED and probe_id not in known and self._probes[probe_id].target is not None:
                known |= self._again.get(probe_id, {probe_id})
                yield Match(probe_id=probe_id, place=place, reached=_REACHED[place])

    def _named(self, arrival: Arrival, probe_id: str) -> str:
        """Return which of the probes that share their addresses a report names by what each has for itself."""
        found = self._find(arrival.raw[:SEARCH_LIMIT])
        own = (owner for owner, place in found if place not in _REACHED and owner in self._again[probe_id])
        return next(own, probe_id)

    def _candidates(self, arrival: Arrival, notification: Notification) -> Iterator[tuple[str, Place]]:
        delivered_to = _delivered_to(arrival, notification)
        itself = list(self._find_in(notification.message_id))
        if not itself or not any(self._belies(probe_id, itself[0][0]) for probe_id, _ in self._find_in(*delivered_to)):
            yield from itself
        said = (*delivered_to, notification.envid, notification.original_message_id, *notification.references)
        yield from self._find_in(*said)
        yield from self._find(arrival.raw[:SEARCH_LIMIT])

    def _belies(self, reached: str, named: str) -> bool:
        """Say whether a message that came to one probe's address cannot be the probe that its Message-ID names.

        A target can write whatever Message-ID it has seen. Among our own controls a relay may mix up the addresses,
        and probes that repeat each other share theirs.
        """
        return self._probes[reached].target is not None and named not in self._again.get(reached, {reached})

    def _find_in(self, *texts: str | None) -> Iterator[tuple[str, Place]]:
        for text in texts:
            yield from self._find((text or "").encode("utf-8", "surrogateescape"))

    def _find(self, text: bytes) -> Iterator[tuple[str, Place]]:
        for token in tokens_in(text):
            owner = self._owners.get(token)
            if owner is not None:
                yield owner.id, owner.place_of(token)

    def _reached(self, arrival: Arrival, notification: Notification, probe_id: str) -> Reached:
        for address in _delivered_to(arrival, notification):
            for owner, place in self._find(address.encode("utf-8", "surrogateescape")):
                if owner == probe_id and place in _REACHED:
                    return _REACHED[place]
        return Reached.UNKNOWN


def _delivered_to(arrival: Arrival, notification: Notification) -> tuple[str, ...]:
    """Return the envelope recipients where our own server saw them, else what the header records of them."""
    return arrival.envelope_to or notification.delivered_to
