"""Journalled moves a second with the callers of an audit, and their ratio to bare SQLite commits on the same disk.

A message costs two moves (`sending`, then what became of it). A bare commit is one insert in WAL mode with
`synchronous=FULL`: what a journal without group commit could reach at best. Rounds alternate, so that a busy machine
slows both; the median round counts.

    python benchmarks/journal.py [--journal URL]
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from uuid import uuid4

from bsaudit.adapters.journal import SqlJournal, open_journal
from bsaudit.model.mail import Exchange, Reply, Route, Submission
from bsaudit.model.probe import Place, Probe, Recipient, Role, State
from bsaudit.model.run import RunRecord

CALLERS = 24
PROBES = 1000
COMMITS = 1000
ROUNDS = 5

NOW = datetime.now(UTC)
TRANSCRIPT = tuple(
    Exchange(at=NOW, command=command, code=250, text="2.0.0 Ok: queued as 4ZxYw12345")
    for command in (
        "EHLO auditor.example.com",
        "MAIL FROM:<probe+k2j4@example.com>",
        "RCPT TO:<x@example.org>",
        "DATA",
        ".",
    )
)
SUBMISSION = Submission(accepted=True, submitted_at=NOW, finished_at=NOW, reply=Reply(code=250), transcript=TRANSCRIPT)


def probe(number: int) -> Probe:
    address = f"probe+k2j4h5g6k7l8{number}@example.com"
    return Probe(
        id=f"p{number}",
        kind="unknown-recipient",
        route=Route.RELAY,
        recipients=(Recipient(address="qz4kd8w1@example.org", role=Role.UNKNOWN),),
        reverse_path=address,
        from_address=address,
        reply_to=address,
        message_id=f"<{address}>",
        envid=f"k2j4h5g6k7l8{number}",
        tokens=(f"k2j4h5g6k7l8{number}",) * len(Place),
        content="ordinary",
    )


async def caller(journal: SqlJournal, run_id: str, numbers: range) -> None:
    for number in numbers:
        await journal.move(run_id, f"p{number}", State.SENDING)
        await journal.move(run_id, f"p{number}", State.SENT, submission=SUBMISSION)


async def moves_a_second(url: str) -> float:
    journal = open_journal(url)
    run = RunRecord(id=uuid4().hex, key=b"", started_at=NOW, route=Route.RELAY)
    await journal.begin(run)
    await journal.plan(run.id, [probe(number) for number in range(PROBES)])
    started = perf_counter()
    await asyncio.gather(*(caller(journal, run.id, range(first, PROBES, CALLERS)) for first in range(CALLERS)))
    seconds = perf_counter() - started
    await journal.close()
    return 2 * PROBES / seconds


def commits_a_second(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL").close()
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS bare (number INTEGER PRIMARY KEY, data TEXT)")
    started = perf_counter()
    for _ in range(COMMITS):
        connection.execute("INSERT INTO bare (data) VALUES ('sending')")
    seconds = perf_counter() - started
    connection.close()
    return COMMITS / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--journal", metavar="URL", help="measure this journal (it is written to) instead of a new file"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:  # /tmp may be memory
        url = asked.journal or f"sqlite:///{directory}/journal.db"
        rounds = [
            (asyncio.run(moves_a_second(url)), commits_a_second(Path(directory, "bare.db"))) for _ in range(ROUNDS)
        ]
    moves, commits = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(moves / commits for moves, commits in rounds)
    print(f"journal: {moves:.0f} moves/s with {CALLERS} callers; bare commits: {commits:.0f}/s; ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
