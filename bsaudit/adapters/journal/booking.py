"""The ledger: whoever books holds it alone, so that two runs at once keep to one budget."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from sqlalchemy import Connection, delete, insert, select, text

from bsaudit.adapters.journal.tables import ledger
from bsaudit.model.ledger import DAY_S, Booked, Booking, Ledger

# Units asked for at once: SQLite takes 32766 parameters a statement.
_AT_ONCE = 10_000
_ROWS = 1000  # written at once: those of ten thousand messages would take 20 MB


def book(connection: Connection, bookings: Sequence[Booking], now: float) -> list[Booked]:
    """Book what has room in time, and write it down."""
    if connection.dialect.name == "postgresql":  # SQLite's transactions exclude each other anyway
        connection.execute(text("LOCK TABLE bsaudit_ledger IN EXCLUSIVE MODE"))
    connection.execute(delete(ledger).where(ledger.c.at < now - DAY_S))
    known = Ledger(_booked(connection, sorted({charge.unit for one in bookings for charge in one.charges})))
    found = known.book_all(bookings, now)
    rows = (
        {"unit": charge.unit, "at": told.at}
        for one, told in zip(bookings, found, strict=True)
        for charge in one.charges
        for _ in range(charge.amount if told.at is not None else 0)
    )
    while some := list(islice(rows, _ROWS)):
        connection.execute(insert(ledger), some)
    return found


def _booked(connection: Connection, units: Sequence[str]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for first in range(0, len(units), _AT_ONCE):
        some = ledger.c.unit.in_(units[first : first + _AT_ONCE])
        for unit, at in connection.execute(select(ledger.c.unit, ledger.c.at).where(some)):
            times.setdefault(unit, []).append(at)
    return times
