"""Every writing call, and every move of a probe, with the journal failing under it: an error, and nothing half done."""

from __future__ import annotations

import asyncio
import random
import resource
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from bsaudit.adapters.journal import SqlJournal, open_journal
from bsaudit.errors import JournalError, UsageError
from tests.support.disk import no_room_on, small_disk
from tests.support.journal_acts import ACTS, RUN, Act, fill
from tests.support.journal_contract import with_journal


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a journal with a probe in every state, and an old run."""
    path = tmp_path_factory.mktemp("journal") / "journal.db"

    with_journal(f"sqlite:///{path}", fill)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, written: bytes) -> Path:
    path = tmp_path / "journal.db"
    path.write_bytes(written)
    return path


def content(path: Path) -> dict[str, list[object]]:
    """Return all that is recorded, but for the heartbeat."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in sorted(names)}
        found["bsaudit_runs"] = connection.execute("SELECT seq, id, state, data FROM bsaudit_runs").fetchall()
    return found


@contextmanager
def no_room(path: Path) -> Iterator[None]:
    """No file may grow, as when a quota is used up; SQLite's log has to."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = path.with_name(f"{path.name}-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size if log.exists() else 0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def as_it_is(_: Path) -> Iterator[None]:
    yield


FAULTS = {
    "no room": (no_room, "", "reading or writing the journal failed|disk is full"),
    "locked": (locked, "busy_timeout = 20", "another program keeps the journal locked"),
    "read-only": (as_it_is, "query_only = ON", "cannot be written"),
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with small_disk(tmp_path_factory.mktemp("small") / "disk", 4 << 20) as path:
        yield path


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_call_that_fails_changes_nothing_and_can_be_made_again(path: Path, act: Act, fault: str) -> None:
    failing, pragma, problem = FAULTS[fault]

    async def work(journal: SqlJournal) -> None:
        await journal.runs()
        before = content(path)
        await _pragma(journal, pragma)
        with failing(path), pytest.raises(JournalError, match=problem) as caught:
            await act(journal)
        assert caught.value.remedy
        assert caught.value.exit_code == 4
        assert content(path) == before
        await _pragma(journal, "query_only = OFF")
        await act(journal)
        assert content(path) != before

    asyncio.run(_as_one_process(path, work))


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_disk_that_is_full_changes_nothing_and_costs_nothing_once_there_is_room(
    disk: Path, written: bytes, act: Act
) -> None:
    """As above, but the disk is full for all that SQLite keeps beside its file, too."""
    (disk / "new").mkdir()
    path = disk / "new" / "journal.db"
    path.write_bytes(written)
    try:
        asyncio.run(_as_one_process(path, lambda journal: _fill_up(journal, disk, path, act)))
    finally:
        shutil.rmtree(path.parent)


async def _fill_up(journal: SqlJournal, disk: Path, path: Path, act: Act) -> None:
    before = content(path)
    with no_room_on(disk), pytest.raises(JournalError, match="disk is full") as caught:
        await act(journal)
    assert caught.value.remedy.startswith("Make room")
    assert content(path) == before
    await act(journal)
    assert content(path) != before


def test_a_journal_on_a_full_disk_is_opened_or_explained(disk: Path, written: bytes) -> None:
    path = disk / "journal.db"
    path.write_bytes(written)
    with no_room_on(disk), pytest.raises(JournalError, match="disk is full"):
        with_journal(f"sqlite:///{path}", _read)
    with no_room_on(disk), pytest.raises(JournalError, match="disk is full"):
        open_journal(f"sqlite:///{disk}/other.db")
    with_journal(f"sqlite:///{path}", _read)


async def _as_one_process(path: Path, work: Callable[[SqlJournal], Awaitable[None]]) -> None:
    journal = open_journal(f"sqlite:///{path}")
    try:
        await work(journal)
    finally:
        await journal.close()


async def _pragma(journal: SqlJournal, pragma: str) -> None:
    """Set it on the journal's own connection, outside a transaction."""
    if pragma:
        pool = journal._worker._engine.raw_connection()
        try:
            pool.driver_connection.execute(f"PRAGMA {pragma}").close()  # type: ignore[union-attr]
        finally:
            pool.close()


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("jump_s", [-365 * 86400, 365 * 86400])
def test_a_clock_that_is_set_moves_nothing(path: Path, act: Act, jump_s: int) -> None:
    """The run's own process lives: that it seems to have been silent for a year, or not yet begun, means nothing."""
    jump = f"UPDATE bsaudit_runs SET alive_at = alive_at - ({jump_s}) WHERE id = '{RUN}'"

    async def work(journal: SqlJournal) -> None:
        await journal._worker.do(lambda connection: connection.exec_driver_sql(jump))
        before = content(path)
        await journal.load(RUN)
        assert content(path) == before
        await act(journal)

    asyncio.run(_as_one_process(path, work))


def cut(share: float) -> Callable[[bytearray, random.Random], bytearray]:
    return lambda data, _: data[: int(len(data) * share)]


def cut_by_a_page(data: bytearray, _: random.Random) -> bytearray:
    return data[:-4096]


def cut_by_an_octet(data: bytearray, _: random.Random) -> bytearray:
    return data[:-1]


def page_of(octet: int) -> Callable[[bytearray, random.Random], bytearray]:
    def spoil(data: bytearray, chance: random.Random) -> bytearray:
        start = 4096 * chance.randrange(1, len(data) // 4096)
        data[start : start + 4096] = bytes([octet]) * 4096
        return data

    return spoil


def scattered(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(40):
        data[chance.randrange(100, len(data))] = chance.randrange(256)
    return data


def head(data: bytearray, _: random.Random) -> bytearray:
    data[:100] = bytes(100)
    return data


DAMAGE = {
    "cut to half": cut(0.5),
    "cut to a tenth": cut(0.1),
    "cut by a page": cut_by_a_page,
    "cut by an octet": cut_by_an_octet,
    "a page of zeros": page_of(0),
    "a page of ones": page_of(255),
    "scattered": scattered,
    "no head": head,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_damage_is_told_and_never_a_traceback(
    path: Path, act: Act, damage: str, request: pytest.FixtureRequest
) -> None:
    path.write_bytes(DAMAGE[damage](bytearray(path.read_bytes()), random.Random(request.node.name)))
    for asked in (_read, act, _read):
        # AssertionError: of _prune, where the old run cannot be seen. What dies in the journal's thread fails the test.
        with suppress(JournalError, UsageError, AssertionError):
            with_journal(f"sqlite:///{path}", asked)
    assert path.exists()  # whatever is left of it is evidence


@pytest.mark.parametrize("damage", ["cut to half", "cut to a tenth", "no head"])
def test_damage_that_cannot_be_overlooked_is_explained_and_left_alone(path: Path, damage: str) -> None:
    path.write_bytes(DAMAGE[damage](bytearray(path.read_bytes()), random.Random(1)))
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"damaged|not a journal") as caught:
        with_journal(f"sqlite:///{path}", _read)
    assert "move the file away" in caught.value.remedy
    assert path.read_bytes() == before


async def _read(journal: SqlJournal) -> None:
    for run in await journal.runs():
        await journal.load(run.id)
        async for _ in journal.stored_arrivals(run.id):
            pass
