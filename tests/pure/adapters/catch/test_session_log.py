"""The session log of a standing catch MX: bounded, whole line by line, and read across the files that it becomes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bsaudit.adapters.catch import session_log as subject
from bsaudit.adapters.catch.session_log import NAME, SessionLog, SessionReader
from bsaudit.errors import CatchError
from bsaudit.model.mail import CatchSession, Host

NOW = datetime(2026, 11, 28, tzinfo=UTC)


@contextmanager
def writing(path: Path) -> Iterator[SessionLog]:
    log = SessionLog(path)
    try:
        yield log
    finally:
        log.close()


def session(number: int) -> CatchSession:
    return CatchSession(at=NOW, peer=Host(address="192.0.2.1"), rcpt_to=(f"probe+{number}@catch.example",))


def numbers(reader: SessionReader) -> list[int]:
    return [int(each.rcpt_to[0].partition("+")[2].partition("@")[0]) for each in reader.sessions()]


@pytest.fixture
def short_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some ten sessions make a log long."""
    monkeypatch.setattr(subject, "LOG_LIMIT", 1500)


@pytest.mark.usefixtures("short_files")
def test_a_reader_follows_from_file_to_file(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with writing(path) as log:
        log.write(session(0))
        reader = SessionReader(path)
        for number in range(1, 100):
            log.write(session(number))
            assert reader.kept
        assert numbers(reader) == list(range(1, 100))


@pytest.mark.usefixtures("short_files")
def test_it_stays_small(tmp_path: Path) -> None:
    with writing(tmp_path / NAME) as log:
        for number in range(500):
            log.write(session(number))
    files = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert set(files) == {NAME, NAME + ".1"}
    assert sum(files.values()) < 2 * (1500 + 200)


@pytest.mark.usefixtures("short_files")
def test_a_position_may_be_in_the_file_before(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with writing(path) as log:
        log.write(session(0))
        position = SessionReader(path).start
        while not path.with_name(NAME + ".1").exists():
            log.write(session(1))
        log.write(session(2))
        later = SessionReader(path, position)
        assert later.kept
        assert set(numbers(later)) == {1, 2}
        assert later.start == position


@pytest.mark.usefixtures("short_files")
def test_what_is_gone_was_not_seen(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with writing(path) as log:
        log.write(session(0))
        reader = SessionReader(path)
        for number in range(1, 100):
            log.write(session(number))
        assert not reader.kept
        assert 0 < len(numbers(reader)) < 99
        assert numbers(reader)[-1] == 99


@pytest.mark.usefixtures("short_files")
def test_another_writer_goes_on_where_the_first_one_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LOCK_FOR_S", 0)
    path = tmp_path / NAME
    with writing(path) as log:
        for number in range(15):
            log.write(session(number))
    with writing(path) as log:
        reader = SessionReader(path)
        for number in range(15, 20):
            log.write(session(number))
        assert numbers(reader) == list(range(15, 20))
        with pytest.raises(CatchError, match="another bsaudit catch"):
            SessionLog(path)


def test_a_link_stays_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LOG_LIMIT", 200)
    (tmp_path / NAME).symlink_to(tmp_path / "elsewhere.jsonl")
    with writing(tmp_path / NAME) as log:
        reader = SessionReader(tmp_path / NAME)
        log.write(session(0))
        log.write(session(1))
        log.write(session(2))
        assert numbers(reader)[-1] == 2
    assert (tmp_path / NAME).is_symlink()
    assert (tmp_path / "elsewhere.jsonl.1").exists()


def test_what_a_power_cut_left_half_written_costs_one_line(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with writing(path) as log:
        log.write(session(0))
        reader = SessionReader(path, 1)
    with path.open("ab") as file:
        file.write(b'{"session":{"at":"2026-')
    with writing(path) as log:
        log.write(session(1))
        assert numbers(reader) == [0, 1]
        assert not reader.kept  # it was away


def test_sessions_that_could_not_be_written_were_not_seen(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with writing(path) as log:
        log.write(session(0))
        reader = SessionReader(path)
        log.write(session(1))
        assert reader.kept
        log.missed()
        log.write(session(2))
        assert not reader.kept
        assert numbers(reader) == [1, 2]


def test_a_closed_log_is_an_error_that_can_be_told(tmp_path: Path) -> None:
    with writing(tmp_path / NAME) as log:
        pass
    with pytest.raises(OSError, match="closed"):
        log.write(session(0))
    assert [list(json.loads(line)) for line in (tmp_path / NAME).read_text().splitlines()] == [["began"]]
