"""Sessions with receiving hosts, of all runs that share the journal: how many at once, and how close together."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, or_, select, text, update

from bsaudit.adapters.journal.tables import lanes
from bsaudit.judge.condition import AHEAD
from bsaudit.model.ledger import Lane

# A session whose run has died is over after this: RFC 5321 §4.5.3.2 waits no longer for any one answer.
LONGEST_S = 600.0
# What ends later is from before a clock was set back: those of machines that share a journal differ by no more.
LATEST_S = LONGEST_S + AHEAD.total_seconds()


def enter(connection: Connection, holder: str, wanted: Sequence[Lane], now: float) -> float:
    """Take a place in every lane and return 0, or take none and return after how many seconds to ask again."""
    if connection.dialect.name == "postgresql":  # SQLite's transactions exclude each other anyway
        connection.execute(text("LOCK TABLE bsaudit_lanes IN EXCLUSIVE MODE"))
    connection.execute(delete(lanes).where(or_(lanes.c.until < now, lanes.c.until > now + LATEST_S)))
    wait = max((_wait(connection, lane, now) for lane in wanted), default=0.0)
    if wait > 0:
        return wait
    rows = [
        {"unit": one.unit, "holder": holder, "begun": now, "until": now + LONGEST_S, "pace": one.pace_s, "held": True}
        for one in wanted
    ]
    connection.execute(insert(lanes), rows)
    return 0.0


def leave(connection: Connection, holder: str) -> None:
    """Give the places back; when the session began still counts for the pace."""
    until = lanes.c.begun + lanes.c.pace
    connection.execute(update(lanes).where(lanes.c.holder == holder).values(held=False, until=until))


def _wait(connection: Connection, lane: Lane, now: float) -> float:
    found = connection.execute(select(lanes.c.begun, lanes.c.held).where(lanes.c.unit == lane.unit)).all()
    if sum(row.held for row in found) >= lane.most:
        return lane.pace_s
    begun = (row.begun for row in found if row.begun <= now + lane.pace_s)  # of a time to come nothing is known
    return max((at + lane.pace_s - now for at in begun), default=0.0)
