"""The journal in PostgreSQL keeps every promise that it keeps in SQLite: a real server, started for this module."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import event

from bsaudit.adapters.journal import SqlJournal, database, open_journal, tables
from bsaudit.adapters.journal.rows import encode
from bsaudit.errors import JournalError
from bsaudit.judge.condition import beginning
from bsaudit.lab.loopback import free_port
from tests.mta.conftest import needs
from tests.support.disk import no_room_on, small_disk
from tests.support.journal_acts import ACTS, fill
from tests.support.journal_contract import *  # noqa: F403
from tests.support.journal_contract import with_journal
from tests.support.journal_values import probe, run_record
from tests.support.killed import Killer, kill_at_random_moments

pytestmark = pytest.mark.mta

PASSWORD = "hunter2"
DISK = 1 << 20
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'auditor' AND pid <> pg_backend_pid()"
ONE_FROM_EACH_STATE = {name.partition(" ")[0]: act for name, act in ACTS.items()}.values()


def binaries() -> Path:
    """Where Debian keeps the servers' programs: the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    needs(None if found else "PostgreSQL is not installed (Debian: postgresql)")
    return found[-1].parent


def run(*command: str | Path) -> None:
    """Run as the user postgres where we are root: PostgreSQL refuses to run as root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*prefix, *map(str, command)], cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


class Server:
    def __init__(self, bin_dir: Path, home: Path) -> None:
        self._bin, self._home, self._port = bin_dir, home, free_port(["127.0.0.1"])

    def create(self) -> None:
        password = self._home / "password"
        password.write_text(PASSWORD)
        if os.geteuid() == 0:
            shutil.chown(self._home, "postgres")
            shutil.chown(password, "postgres")
        auth = ["-U", "auditor", "--pwfile", password, "-A", "scram-sha-256"]
        run(self._bin / "initdb", "-D", self._home / "data", "-E", "UTF8", "--locale=C", *auth)
        self.start()

    def start(self) -> None:
        # The server's default is switched off: the journal must not rely on it.
        options = f"-h 127.0.0.1 -p {self._port} -c unix_socket_directories='' -c synchronous_commit=off"
        self._ctl("start", "-l", self._home / "log", "-o", options)

    def stop(self, mode: str = "fast") -> None:
        self._ctl("stop", "-m", mode)

    def emptied(self) -> str:
        """Return the URL of the one database, with nothing in it; a database for each test would be 10,000 files."""
        url = f"postgresql://auditor:{PASSWORD}@127.0.0.1:{self._port}/postgres"
        psql = [str(self._bin / "psql"), url, "-qc", "DROP SCHEMA public CASCADE; CREATE SCHEMA public"]
        subprocess.run(psql, check=True, cwd="/", env=os.environ | {"PGOPTIONS": "-c client_min_messages=warning"})
        return url

    def _ctl(self, what: str, *options: str | Path) -> None:
        run(self._bin / "pg_ctl", what, "-w", "-D", self._home / "data", *options)


def sql(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def content(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return all that is recorded, but for the heartbeat."""
    with psycopg.connect(url) as connection:
        found = {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in tables.metadata.tables
        }
        found["bsaudit_runs"] = connection.execute(
            "SELECT seq, id, state, data FROM bsaudit_runs ORDER BY 1"
        ).fetchall()
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    bin_dir = binaries()
    # Not below pytest's own directory, which is closed to other users.
    with tempfile.TemporaryDirectory(prefix="bsaudit-postgresql-") as home:
        Path(home).chmod(0o755)
        server = Server(bin_dir, Path(home))
        server.create()
        try:
            yield server
        finally:
            server.stop("immediate")  # nothing of it is kept


@pytest.fixture
def journal_url(server: Server) -> str:
    return server.emptied()


def test_commits_are_synchronous_whatever_the_servers_default(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> str:
        setting = await journal._worker.do(
            lambda connection: connection.exec_driver_sql("SHOW synchronous_commit").scalar()
        )
        return str(setting)

    assert with_journal(journal_url, work) == "on"


def test_a_server_that_restarts_costs_the_records_of_that_moment_only(server: Server, journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        await journal.begin(run_record())
        server.stop("immediate")
        with pytest.raises(JournalError) as caught:
            await journal.plan("7f3a", [probe("p1")])
        assert PASSWORD not in caught.value.message
        server.start()
        await journal.plan("7f3a", [probe("p2")])
        assert [record.probe.id for record in (await journal.load()).probes] == ["p2"]

    with_journal(journal_url, work)


def test_a_server_that_restarts_while_nothing_is_written_costs_nothing(server: Server, journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        await journal.begin(run_record())
        server.stop()
        server.start()
        await journal.plan("7f3a", [probe("p1")])
        assert [record.probe.id for record in (await journal.load()).probes] == ["p1"]

    with_journal(journal_url, work)


def test_two_checks_that_meet_a_new_target_at_once_forget_nothing_of_it(journal_url: str) -> None:
    """The second one ended with an error, and the bounce that it had seen was in no state."""
    begun = replace(beginning("a.example"), good_runs=1)

    async def work(journal: SqlJournal) -> None:
        with psycopg.connect(journal_url) as other, psycopg.connect(journal_url, autocommit=True) as watching:
            row = ("a.example", encode(begun))
            other.execute("INSERT INTO bsaudit_histories (target, data) VALUES (%s, %s)", row)
            second = asyncio.ensure_future(journal.advance("a.example", lambda found: replace(found, guilty=True)))
            waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            while not watching.execute(waits).fetchone():  # noqa: ASYNC110 -- the server wakes nobody
                await asyncio.sleep(0)
            other.commit()
            assert await second == (begun, replace(begun, guilty=True))

    with_journal(journal_url, work)


# --- every call that writes, and every move of a probe, with the server failing under it


Fault = Callable[[Server, str, SqlJournal], AbstractContextManager[None]]


@contextmanager
def stopped(server: Server, _url: str, _journal: SqlJournal) -> Iterator[None]:
    server.stop("immediate")
    try:
        yield
    finally:
        server.start()


@contextmanager
def cut_at_the_commit(_server: Server, url: str, journal: SqlJournal) -> Iterator[None]:
    def cut(_: object) -> None:
        sql(url, CUT)

    engine = journal._worker._engine
    event.listen(engine, "commit", cut)
    try:
        yield
    finally:
        event.remove(engine, "commit", cut)


@contextmanager
def read_only(_server: Server, url: str, _journal: SqlJournal) -> Iterator[None]:
    sql(url, "ALTER DATABASE postgres SET default_transaction_read_only = on", CUT)
    try:
        yield
    finally:
        sql(url, "SET default_transaction_read_only = off", "ALTER DATABASE postgres RESET ALL", CUT)


@contextmanager
def locked(_server: Server, url: str, _journal: SqlJournal) -> Iterator[None]:
    with psycopg.connect(url) as other:
        other.execute(f"LOCK TABLE {', '.join(tables.metadata.tables)}")
        yield


FAULTS: dict[str, tuple[Fault, str]] = {
    "stopped": (stopped, "Check that it is reachable"),
    "cut": (cut_at_the_commit, "Check that it is reachable"),
    "read-only": (read_only, "Name a server that is not read-only"),
    "locked": (locked, "Wait until it is done"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_call_that_fails_changes_nothing_and_can_be_made_again(
    server: Server, journal_url: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing, remedy = FAULTS[fault]
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.02)

    async def work(journal: SqlJournal) -> None:
        await fill(journal)
        before = content(journal_url)
        with failing(server, journal_url, journal):
            for act in ACTS.values():
                with pytest.raises(JournalError) as caught:
                    await act(journal)
                assert caught.value.remedy.startswith(remedy)
                assert caught.value.exit_code == 4
                assert PASSWORD not in caught.value.message
        assert content(journal_url) == before
        for act in ONE_FROM_EACH_STATE:
            await act(journal)

    with_journal(journal_url, work)


def test_a_disk_that_is_full_at_the_server_costs_only_what_did_not_fit(
    server: Server, journal_url: str, tmp_path: Path
) -> None:
    """What is large lies on a small disk: where PostgreSQL's own log finds no room, it stops, which is tested above."""
    with (
        tempfile.TemporaryDirectory(prefix="bsaudit-small-") as parent,
        small_disk(Path(parent) / "disk", DISK) as disk,
    ):
        Path(parent).chmod(0o755)
        shutil.chown(disk, "postgres")
        sql(journal_url, f"CREATE TABLESPACE small LOCATION '{disk}'")
        try:
            with_journal(journal_url, lambda journal: _fill_up(journal, journal_url, disk))
        finally:
            sql(journal_url, "DROP TABLE bsaudit_arrivals", "DROP TABLESPACE small")


async def _fill_up(journal: SqlJournal, url: str, disk: Path) -> None:
    await fill(journal)
    sql(url, "ALTER TABLE bsaudit_arrivals SET TABLESPACE small")
    before = content(url)
    with no_room_on(disk), pytest.raises(JournalError, match="the disk is full") as caught:
        await ACTS["arrived"](journal)
    assert caught.value.remedy.startswith("Make room")
    assert content(url) == before
    await ACTS["arrived"](journal)
    assert content(url) != before


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (f":{PASSWORD}@", ":wrong@", "password authentication failed"),
        ("/postgres", "/no_such_database", "does not exist"),
    ],
)
def test_a_server_that_lets_us_not_in_is_explained(journal_url: str, old: str, new: str, problem: str) -> None:
    with pytest.raises(JournalError, match=problem) as caught:
        open_journal(journal_url.replace(old, new))
    assert "wrong" not in caught.value.message
    assert PASSWORD not in caught.value.message
    assert "--journal sqlite:///PATH" in caught.value.remedy


@pytest.mark.parametrize(
    "times",
    [
        pytest.param(50, marks=pytest.mark.timeout(300)),  # a process started each time, which others may slow
        pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(3000)]),
    ],
)
def test_killed_at_random_moments(server: Server, tmp_path: Path, times: int) -> None:
    killer = Killer(tmp_path, lambda _: server.emptied())
    try:
        kill_at_random_moments(killer, times)
    finally:
        killer.close()
