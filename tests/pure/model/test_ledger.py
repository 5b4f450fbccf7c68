"""When the next message may go out, checked against a recount of every window."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from bsaudit.model.ledger import Booked, Booking, Charge, Ledger, Limit

NOW = 1_000_000.0


def booking(*charges: Charge, wait: float = 0.0) -> Booking:
    return Booking(charges=charges, latest=NOW + wait)


def test_what_exceeds_a_rate_waits_and_what_would_wait_too_long_is_not_booked() -> None:
    ledger = Ledger()
    one = Charge(unit="a", limits=(Limit(1, 1.0), Limit(3, 600.0)))
    assert [ledger.book(booking(one, wait=60), NOW).at for _ in range(4)] == [NOW, NOW + 1, NOW + 2, None]
    assert ledger.book(booking(one, wait=700), NOW).at == NOW + 600


def test_a_unit_that_has_no_room_is_named_and_no_other_is_charged() -> None:
    ledger = Ledger({"full": [NOW]})
    free, full = Charge(unit="free", limits=(Limit(1, 9.0),)), Charge(unit="full", limits=(Limit(1, 9.0),))
    assert ledger.book(booking(free, full), NOW) == Booked(at=None, unit="full", room_at=NOW + 9)
    assert ledger.book(booking(free), NOW).at == NOW


def test_more_at_once_than_is_ever_allowed_does_not_fit() -> None:
    five = Charge(unit="a", limits=(Limit(4, 600.0),), amount=5)
    assert Ledger().book(booking(five, wait=9e9), NOW) == Booked(at=None, unit="a", room_at=math.inf)


def test_a_gap_before_what_waits_is_used() -> None:
    ledger = Ledger({"refused": [NOW] * 4})
    both = (Charge(unit="address", limits=(Limit(1, 1.0),)), Charge(unit="refused", limits=(Limit(4, 600.0),)))
    assert ledger.book(booking(*both, wait=900), NOW).at == NOW + 600
    assert ledger.book(booking(both[0]), NOW).at == NOW


def test_what_is_tied_together_is_booked_together_or_not_at_all() -> None:
    free, full = (Charge(unit=unit, limits=(Limit(1, 9.0),)) for unit in ("free", "full"))
    ledger = Ledger({"full": [NOW]})
    one, other = booking(free), booking(full)
    tied = Booking(charges=other.charges, latest=other.latest, tied=True)
    also = Booking(charges=(Charge(unit="c", limits=(Limit(1, 9.0),)),), latest=NOW, tied=True)
    lost = Booked(at=None, unit="full", room_at=NOW + 9)
    assert ledger.book_all([one, tied, also, one], NOW) == [lost, lost, lost, Booked(at=NOW)]


CHARGES = st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2, unique=True)


@given(
    st.lists(st.tuples(CHARGES, st.integers(1, 2), st.floats(0, 50), st.floats(0, 30)), max_size=30),
    st.integers(2, 4),
    st.floats(0.5, 20),
)
@example([(["a"], 1, 2e-06, 0.0), (["a"], 2, 1.0, 0.0)], 2, 1.0)  # sums that differ in the last bit
def test_no_window_ever_holds_more_than_its_limit(
    asked: list[tuple[list[str], int, float, float]], most: int, seconds: float
) -> None:
    ledger, times = Ledger(), dict[str, list[float]]()
    limits = (Limit(most, seconds), Limit(2, 0.5))
    for units, amount, later, wait in sorted(asked, key=lambda one: one[2]):
        charges = tuple(Charge(unit=unit, limits=limits, amount=amount) for unit in units)
        told = ledger.book(Booking(charges=charges, latest=NOW + later + wait), NOW + later)
        if told.at is not None:
            assert NOW + later <= told.at <= NOW + later + wait
            for unit in units:
                times.setdefault(unit, []).extend([told.at] * amount)
    for booked in times.values():
        for start in booked:
            for limit in limits:
                assert sum(start <= time < start + limit.seconds - 0.001 for time in booked) <= limit.most


LIMITS = {"a": (Limit(3, 7.0), Limit(1, 0.5)), "b": (Limit(2, 5.0),), "c": (Limit(6, 60.0),)}
ASKED = st.tuples(st.lists(st.sampled_from("abc"), min_size=1, unique=True), st.integers(1, 3), st.floats(0, 40))


@given(st.lists(st.tuples(ASKED, st.booleans(), st.integers(0, 9)), max_size=40))
def test_what_was_found_full_before_changes_no_answer(
    asked: list[tuple[tuple[list[str], int, float], bool, int]],
) -> None:
    ledger, booked = Ledger(), dict[str, list[float]]()
    for (units, amount, wait), tied, later in asked:
        now = NOW + later
        charges = tuple(Charge(unit=unit, limits=LIMITS[unit], amount=amount) for unit in units)
        messages = [Booking(charges=charges, latest=now + wait)]
        messages += [Booking(charges=charges[:1], latest=now + 1, tied=True)] * tied
        told = ledger.book_all(messages, now)
        assert told == Ledger(booked).book_all(messages, now)
        for message, one in zip(messages, told, strict=True):
            for charge in message.charges if one.at is not None else ():
                booked.setdefault(charge.unit, []).extend([one.at or 0.0] * amount)
