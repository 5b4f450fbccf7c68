"""What DNS lists answered, kept as long as it holds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, or_, select

from bsaudit.adapters.journal import rows
from bsaudit.adapters.journal.tables import answers
from bsaudit.model.standing import LONGEST_MEMORY_S, Remembered

# Some 3 MB: 200 addresses at 80 lists are 16,000.
MOST_ANSWERS = 20_000


def recall(connection: Connection, servers: str, now: float) -> list[Remembered]:
    """Return what holds, the latest answer to a question last. What holds too long is from before a clock was set."""
    holds = (answers.c.until > now) & (answers.c.until <= now + LONGEST_MEMORY_S)
    found = select(answers.c.data).where(answers.c.servers == servers, holds).order_by(answers.c.seq)
    return [rows.decode(row.data, Remembered) for row in connection.execute(found)]


def remember(
    connection: Connection, servers: str, new: Sequence[Remembered], now: float, *, alone: bool = False
) -> None:
    """Store answers; forget what no longer holds, what they replace, and the oldest of too many."""
    over = or_(answers.c.until <= now, answers.c.until > now + LONGEST_MEMORY_S)
    connection.execute(delete(answers).where(or_(over, answers.c.servers == servers) if alone else over))
    if new:
        values = [{"servers": servers, "until": one.until, "data": rows.encode(one)} for one in new]
        connection.execute(insert(answers), values)
    latest = select(answers.c.seq).order_by(answers.c.seq.desc())
    last = connection.execute(latest.offset(MOST_ANSWERS).limit(1)).scalar()
    if last is not None:
        connection.execute(delete(answers).where(answers.c.seq <= last))
