"""The journal in SQLite: what every journal promises, and what a file adds to it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, text

from bsaudit.adapters.journal import database, open_journal, schema, sql
from bsaudit.errors import JournalError, UsageError
from bsaudit.model.run import RunState
from tests.support.journal_contract import *  # noqa: F403
from tests.support.journal_contract import with_journal
from tests.support.journal_values import arrival, probe, run_record


@pytest.fixture
def journal_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/state/journal.db"


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_the_file_and_its_directory_are_their_owners_alone(journal_url: str) -> None:
    async def modes(journal: sql.SqlJournal) -> set[int]:
        await journal.begin(run_record())
        return {stat.S_IMODE(file.stat().st_mode) for file in path_of(journal_url).parent.iterdir()}

    old = os.umask(0o000)
    try:
        assert with_journal(journal_url, modes) == {0o600}
    finally:
        os.umask(old)
    assert stat.S_IMODE(path_of(journal_url).parent.stat().st_mode) == 0o700


def test_an_existing_file_keeps_its_mode(journal_url: str) -> None:
    asyncio.run(open_journal(journal_url).close())
    path_of(journal_url).chmod(0o660)
    asyncio.run(open_journal(journal_url).close())
    assert stat.S_IMODE(path_of(journal_url).stat().st_mode) == 0o660


def test_commits_survive_power_loss(journal_url: str) -> None:
    engine = database.connect(database.parse(journal_url))
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 3  # EXTRA
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()


def test_the_users_own_journal_is_in_the_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    asyncio.run(open_journal().close())
    assert (tmp_path / "bsaudit" / "journal.db").is_file()


def test_a_journal_in_memory_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def work(journal: sql.SqlJournal) -> str:
        await journal.begin(run_record())
        return (await journal.load()).id

    assert with_journal("sqlite:///:memory:", work) == "7f3a"
    assert list(tmp_path.iterdir()) == []


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def damaged(path: Path) -> None:
    asyncio.run(open_journal(f"sqlite:///{path}").close())
    content = bytearray(path.read_bytes())
    content[150:4096] = b"\xff" * (4096 - 150)
    path.write_bytes(content)


def directory(path: Path) -> None:
    path.mkdir()


def under_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("")


def newer(path: Path) -> None:
    asyncio.run(open_journal(f"sqlite:///{path}").close())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE bsaudit_journal SET version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "problem", "remedy"),
    [
        (garbage, "not a journal", "move the file away"),
        (damaged, "damaged", "move the file away"),
        (directory, "cannot be opened", "--journal sqlite:///PATH"),
        (under_a_file, "cannot be created", "--journal sqlite:///PATH"),
        (newer, "newer bsaudit", "Upgrade bsaudit"),
    ],
)
def test_a_journal_that_cannot_be_used_is_explained_and_left_alone(
    journal_url: str, spoil: Callable[[Path], None], problem: str, remedy: str
) -> None:
    path = path_of(journal_url)
    path.parent.mkdir()
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(JournalError, match=problem) as caught:
        open_journal(journal_url)
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == 4
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_home_that_cannot_be_written_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc")
    with pytest.raises(JournalError, match="cannot be created") as caught:
        open_journal()
    assert "--journal sqlite:///PATH" in caught.value.remedy


def test_no_home_at_all_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    for url in (None, "sqlite:///~/journal.db"):
        with patch("os.path.expanduser", side_effect=lambda path: path), pytest.raises(JournalError, match="no home"):
            open_journal(url)


@pytest.mark.parametrize("url", ["mysql://user:hunter2@db/x", "hunter2", "postgresql://u:hunter2@h:port/x"])
def test_a_url_of_no_known_form_is_a_usage_error_that_tells_no_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_journal(url)
    assert "sqlite:///PATH" in caught.value.remedy
    assert "hunter2" not in caught.value.message + caught.value.remedy


def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(JournalError) as caught:
        open_journal("postgresql://auditor:hunter2@127.0.0.1:1/journal?application_name=hunter2")
    assert "postgresql+psycopg://auditor:***@127.0.0.1:1/journal" in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.remedy


def test_a_full_disk_is_an_error_of_the_caller_and_no_record_is_half_there(journal_url: str) -> None:
    async def work(journal: sql.SqlJournal) -> None:
        await journal.begin(run_record())
        await journal._worker.do(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 20"))
        with pytest.raises(JournalError, match="disk is full"):
            await journal.plan("7f3a", [probe(f"p{number}") for number in range(1000)])
        assert (await journal.load()).probes == []

    with_journal(journal_url, work)


def test_an_older_journal_is_migrated_step_by_step_and_once(journal_url: str) -> None:
    taken: list[int] = []
    steps = tuple((lambda _connection, number=number: taken.append(number)) for number in (2, 3, 4))
    with patch.object(schema.bring_up_to_date, "__defaults__", ((),)):
        asyncio.run(open_journal(journal_url).close())  # version 1
    engine = database.connect(database.parse(journal_url))
    for migrations in (steps[:1], steps, steps):
        with engine.begin() as connection:
            schema.bring_up_to_date(connection, migrations)
    engine.dispose()
    assert taken == [2, 3, 4]


def test_a_migration_that_fails_leaves_the_version_as_it_was(journal_url: str) -> None:
    def step(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE bsaudit_new (x INTEGER)"))
        raise JournalError("no")

    asyncio.run(open_journal(journal_url).close())
    engine = database.connect(database.parse(journal_url))
    with pytest.raises(JournalError), engine.begin() as connection:
        schema.bring_up_to_date(connection, (*schema.MIGRATIONS, step))
    with engine.begin() as connection:
        schema.bring_up_to_date(connection)
        assert connection.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'bsaudit_new'")).scalar() == 0
    engine.dispose()


@pytest.mark.parametrize(("silent_s", "state"), [(60, RunState.RUNNING), (600, RunState.INTERRUPTED)])
def test_from_another_machine_the_heartbeat_tells_whether_a_run_lives(
    journal_url: str, silent_s: int, state: RunState, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(journal: sql.SqlJournal) -> RunState:
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr("bsaudit.adapters.journal.owner._machine", lambda: "another machine")
            await journal.begin(run_record())
        await journal._worker.do(
            lambda connection: connection.exec_driver_sql(f"UPDATE bsaudit_runs SET alive_at = alive_at - {silent_s}")
        )
        return (await journal.runs())[0].state

    assert with_journal(journal_url, work) is state


def test_the_heartbeat_beats(journal_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bsaudit.adapters.journal.worker.HEARTBEAT_S", 0.05)

    async def work(journal: sql.SqlJournal) -> int:
        await journal.begin(run_record())
        await journal._worker.do(lambda connection: connection.exec_driver_sql("UPDATE bsaudit_runs SET alive_at = 0"))
        async with asyncio.timeout(30):
            while (beat := alive_at()) == 0:  # noqa: ASYNC110 -- a database calls nobody back
                await asyncio.sleep(0.05)
        return beat

    def alive_at() -> int:
        with closing(sqlite3.connect(path_of(journal_url))) as connection:
            (beat,) = connection.execute("SELECT alive_at FROM bsaudit_runs").fetchone()
        return beat

    assert with_journal(journal_url, work) > 0


def test_from_another_machine_a_heartbeat_from_the_future_is_from_before_the_clock_was_set_back(
    journal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(journal: sql.SqlJournal) -> RunState:
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr("bsaudit.adapters.journal.owner._machine", lambda: "another machine")
            await journal.begin(run_record())
        await journal._worker.do(
            lambda connection: connection.exec_driver_sql("UPDATE bsaudit_runs SET alive_at = alive_at + 31536000")
        )
        return (await journal.runs())[0].state

    assert with_journal(journal_url, work) is RunState.INTERRUPTED  # else for a year nobody could collect it


def test_the_file_shrinks_when_runs_are_pruned(journal_url: str) -> None:
    async def fill(journal: sql.SqlJournal) -> None:
        for number in range(12):
            await journal.begin(run_record(f"r{number:02}"))
            await journal.arrived(f"r{number:02}", arrival("1", os.urandom(300_000)), None)
        done = "UPDATE bsaudit_runs SET alive_at = 0, state = 'finished' WHERE id <> 'r11'"
        await journal._worker.do(lambda connection: connection.exec_driver_sql(done))

    async def prune(journal: sql.SqlJournal) -> int:
        return sum([batch.deleted async for batch in journal.prune(3600)])

    with_journal(journal_url, fill)
    before = path_of(journal_url).stat().st_size
    assert with_journal(journal_url, prune) == 11
    assert path_of(journal_url).stat().st_size < before / 6


def test_an_entry_of_another_version_is_explained(journal_url: str) -> None:
    async def work(journal: sql.SqlJournal) -> None:
        await journal.begin(run_record())
        await journal._worker.do(
            lambda connection: connection.exec_driver_sql("""UPDATE bsaudit_runs SET data = '{"route": "pigeon"}'""")
        )
        with pytest.raises(JournalError, match="cannot be read"):
            await journal.load()

    with_journal(journal_url, work)


def test_a_thread_that_dies_leaves_no_caller_waiting(journal_url: str) -> None:
    async def work(journal: sql.SqlJournal) -> None:
        await journal.begin(run_record())
        with pytest.raises(JournalError, match="stopped"):
            await journal._worker.do(lambda _connection: 1 / 0)
        with pytest.raises(JournalError, match="closed"):
            await journal.runs()

    with patch("threading.excepthook") as said:
        with_journal(journal_url, work)
    assert said.call_args.args[0].exc_type is ZeroDivisionError


def test_runs_that_start_together_share_a_new_journal(tmp_path: Path) -> None:
    def begin(barrier: Barrier, url: str) -> None:
        barrier.wait()
        journal = open_journal(url)
        asyncio.run(journal.runs())
        asyncio.run(journal.close())

    with ThreadPoolExecutor(6) as pool:
        for number in range(30):
            barrier = Barrier(6)
            together = [pool.submit(begin, barrier, f"sqlite:///{tmp_path}/{number}.db") for _ in range(6)]
            for one in together:
                one.result()
