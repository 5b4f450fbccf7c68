"""When the next message may go out: sliding windows over what was booked before. Pure; the journal keeps the bookings.

One rule serves rates and numbers: "one a second" and "60 a day" are windows of different width. What does not fit into
one waits; what would wait longer than it may is not booked.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from msgspec import Struct

DAY_S = 86_400.0
# Times are floats of seconds since 1970: a difference of two is exact to less than this.
_EXACT_S = 2e-6


class Limit(Struct, frozen=True):
    """At most `most` within any `seconds`."""

    most: int
    seconds: float


class Charge(Struct, frozen=True, kw_only=True):
    """What a message costs one unit: a receiving address, an organisation, a relay, a run."""

    unit: str
    limits: tuple[Limit, ...]
    amount: int = 1


class Lane(Struct, frozen=True, kw_only=True):
    """How a unit sees sessions of ours: at most so many at once, and none sooner than `pace_s` after another began."""

    unit: str
    most: int
    pace_s: float


class Booking(Struct, frozen=True, kw_only=True):
    """A message that is to go out, at `latest` (seconds since 1970) or not at all.

    One that is `tied` goes out together with those before it, up to the last that is not, or none of them does.
    """

    charges: tuple[Charge, ...]
    latest: float
    tied: bool = False


class Booked(Struct, frozen=True, kw_only=True):
    """When it may go out; None: not in time, for the sake of `unit`, which has room from `room_at` on (inf: never)."""

    at: float | None
    unit: str | None = None
    room_at: float | None = None


class Ledger:
    """What was booked for some units, and what is booked now."""

    def __init__(self, booked: Mapping[str, Iterable[float]] | None = None) -> None:
        self._times = {unit: sorted(times) for unit, times in (booked or {}).items()}
        # Where a unit had no room for so many, from when to when: what is booked since makes none. Without it, each of
        # ten thousand messages walks past all those before it.
        self._full: dict[str, dict[tuple[Limit, int], tuple[float, float]]] = {}

    def book_all(self, bookings: Sequence[Booking], now: float) -> list[Booked]:
        """Book messages in this order, each with those that it is tied to."""
        told: list[Booked] = []
        first = 0  # of those that are tied together
        for place, booking in enumerate(bookings):
            first = first if booking.tied else place
            lost = booking.tied and told[-1].at is None
            told.append(told[-1] if lost else self.book(booking, now))
            if told[-1].at is None and not lost:
                for other in range(first, place):
                    self._take_back(bookings[other], told[other])
                    told[other] = told[-1]
        return told

    def _take_back(self, booking: Booking, told: Booked) -> None:
        for charge in booking.charges:
            for _ in range(charge.amount):
                self._times[charge.unit].remove(told.at)  # type: ignore[arg-type]  # it was booked
            self._full.pop(charge.unit, None)

    def book(self, booking: Booking, now: float) -> Booked:
        """Book a message for the earliest moment at which every unit has room for it, if that is in time."""
        at = self._earliest(booking.charges, now, booking.latest)
        if at is None:
            full = (charge for charge in booking.charges if self._earliest((charge,), now, booking.latest) is None)
            first = next(full, booking.charges[-1])
            return Booked(at=None, unit=first.unit, room_at=self._earliest((first,), now, math.inf))
        for charge in booking.charges:
            for _ in range(charge.amount):
                insort(self._times.setdefault(charge.unit, []), at)
        return Booked(at=at)

    def _earliest(self, charges: Sequence[Charge], now: float, latest: float) -> float | None:
        """Return the first moment at which all have room: each in turn puts it off, until none does."""
        at, before = now, None
        while at != before and at <= latest:
            before = at
            for charge in charges:
                for limit in charge.limits:
                    at = self._room(charge, limit, at, latest)
        return at if at <= latest else None

    def _room(self, charge: Charge, limit: Limit, at: float, latest: float) -> float:
        """Return the first moment, from `at` on, at which a unit has room by one of its limits."""
        full, key = self._full.setdefault(charge.unit, {}), (limit, charge.amount)
        since, until = full.get(key, (at, at))
        if not since <= at <= until:
            since = until = at
        found = _next(self._times.get(charge.unit, ()), charge.amount, limit, until, latest)
        full[key] = since, found
        return found


def _next(times: Sequence[float], amount: int, limit: Limit, at: float, latest: float) -> float:
    """Return the first moment, from `at` on, at which `amount` more leave no window with more than it may hold.

    Room is made at no other moments than those at which something booked leaves a window.
    """
    if amount > limit.most:
        return math.inf
    while len(times) + amount > limit.most and at <= latest and not _fits(times, amount, limit, at):
        at = times[bisect_left(times, True, key=partial(_in_window, limit=limit, until=at))] + limit.seconds  # noqa: FBT003
    return at


def _in_window(time: float, limit: Limit, until: float) -> bool:
    """Whether a window holds both; in one place, since sums that should be alike differ in the last bit."""
    return until - time <= limit.seconds - _EXACT_S


def _fits(times: Sequence[float], amount: int, limit: Limit, at: float) -> bool:
    place = bisect_right(times, at)
    near = [*times[max(0, place - limit.most) : place], *[at] * amount, *times[place : place + limit.most]]
    return not any(_in_window(earlier, limit, later) for earlier, later in zip(near, near[limit.most :], strict=False))
