"""The Maildir catch mailbox, on real directories."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from bsaudit.adapters.catch import maildir as subject
from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.catch.common import READ_LIMIT
from bsaudit.adapters.clock import SystemClock
from bsaudit.errors import CatchError
from bsaudit.model.mail import Arrival
from bsaudit.model.settings import CatchKind, CatchSettings
from bsaudit.ports import CatchMailbox
from tests.support.arrivals import subjects, take

T = TypeVar("T")


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return _make(tmp_path / "Maildir")


@pytest.fixture(params=["inotify", "polling"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the test with and without inotify."""
    if request.param == "polling":
        monkeypatch.setattr(subject, "watch", lambda directories: None)
    return request.param


def test_new_mail_is_told_once_and_old_mail_not_at_all(maildir: Path, either_way: str) -> None:
    _deliver(maildir, "old")
    _deliver(maildir, "old and read", flags=":2,S")

    async def run(mailbox: CatchMailbox) -> list[str]:
        _deliver(maildir, "first")
        found = list(await mailbox.new_arrivals())
        _deliver(maildir, "second")
        found += list(await mailbox.new_arrivals())
        found += list(await mailbox.new_arrivals())
        return subjects(found)

    assert _with(maildir, run) == ["first", "second"]


def test_what_lay_there_before_can_be_looked_at(maildir: Path) -> None:
    _deliver(maildir, "of another day", name="1600000000.M1P1.host")
    _deliver(maildir, "old")
    _deliver(maildir, "old and read", flags=":2,S")
    os.utime(next(maildir.glob("*/1600000000.*")), (1_600_000_000, 1_600_000_000))

    async def run(mailbox: CatchMailbox) -> list[str]:
        return subjects(list(await mailbox.visits(datetime.now(UTC) - timedelta(hours=24))))

    assert sorted(_with(maildir, run)) == ["old", "old and read"]


def test_mail_is_noticed_at_once(maildir: Path, either_way: str) -> None:
    async def run(mailbox: CatchMailbox) -> float:
        taking = asyncio.create_task(take(mailbox, 1))
        await asyncio.sleep(0.3)
        started = time.monotonic()
        _deliver(maildir, "one")
        await taking
        return time.monotonic() - started

    assert _with(maildir, run) < 2  # only the coarse look would take longer


def test_a_burst_among_old_mail_loses_nothing(maildir: Path, either_way: str) -> None:
    for number in range(500):
        _deliver(maildir, "old", name=f"1600000000.M{number}P1.host")

    async def run(mailbox: CatchMailbox) -> list[str]:
        taking = asyncio.create_task(take(mailbox, 100))
        for number in range(100):
            _deliver(maildir, str(number))
            await asyncio.sleep(0.002)
        return subjects(await asyncio.wait_for(taking, 5))

    assert sorted(_with(maildir, run)) == sorted(map(str, range(100)))


def test_mail_moved_to_cur_by_another_client_is_told_once(maildir: Path, either_way: str) -> None:
    async def run(mailbox: CatchMailbox) -> list[str]:
        path = _deliver(maildir, "moved")
        path.rename(maildir / "cur" / f"{path.name}:2,S")
        found = list(await mailbox.new_arrivals())
        (maildir / "cur" / f"{path.name}:2,S").rename(maildir / "cur" / f"{path.name}:2,RS")
        found += list(await mailbox.new_arrivals())
        return subjects(found)

    assert _with(maildir, run) == ["moved"]


def test_mail_that_is_moved_between_looking_and_reading(maildir: Path) -> None:
    async def run(mailbox: CatchMailbox) -> list[str]:
        assert isinstance(mailbox, subject.MaildirMailbox)
        path = _deliver(maildir, "moved")
        mailbox._look(thoroughly=True)
        path.rename(maildir / "cur" / f"{path.name}:2,S")
        return subjects(list(await mailbox.new_arrivals()))

    assert _with(maildir, run) == ["moved"]


def test_mail_deleted_between_looking_and_reading(maildir: Path) -> None:
    async def run(mailbox: CatchMailbox) -> list[str]:
        assert isinstance(mailbox, subject.MaildirMailbox)
        path = _deliver(maildir, "deleted")
        mailbox._look(thoroughly=True)
        path.unlink()
        _deliver(maildir, "next")
        return subjects(list(await mailbox.new_arrivals()))

    assert _with(maildir, run) == ["next"]


def test_a_file_written_in_place_is_read_when_it_has_content(maildir: Path, either_way: str) -> None:
    async def run(mailbox: CatchMailbox) -> list[str]:
        taking = asyncio.create_task(take(mailbox, 1))
        with (maildir / "new" / "careless").open("wb") as file:
            await asyncio.sleep(0.3)
            file.write(b"Subject: careless\r\n\r\n")
        return subjects(await asyncio.wait_for(taking, 5))

    assert _with(maildir, run) == ["careless"]


def test_junk_folders_are_watched_unasked(maildir: Path, either_way: str) -> None:
    _make(maildir / ".Junk")

    async def run(mailbox: CatchMailbox) -> list[Arrival]:
        _deliver(maildir / ".Junk", "filed")
        return list(await mailbox.new_arrivals())

    found = _with(maildir, run)
    assert subjects(found) == ["filed"]
    assert found[0].folder == "Junk"


def test_only_the_named_folders_are_read(maildir: Path) -> None:
    _make(maildir / ".Lists.Bounces")

    async def run(mailbox: CatchMailbox) -> list[str]:
        _deliver(maildir, "elsewhere")
        _deliver(maildir / ".Lists.Bounces", "here")
        return subjects(list(await mailbox.new_arrivals()))

    assert _with(maildir, run, folders=("Lists/Bounces",)) == ["here"]


def test_a_big_message_is_read_in_part(maildir: Path) -> None:
    async def run(mailbox: CatchMailbox) -> Arrival:
        _deliver(maildir, "big", body=b"x" * (2 * READ_LIMIT))
        return (await mailbox.new_arrivals())[0]

    arrival = _with(maildir, run)
    assert arrival.truncated
    assert len(arrival.raw) == READ_LIMIT
    assert arrival.size is not None
    assert arrival.size > 2 * READ_LIMIT


# A later look (`collect`).


def test_a_later_run_takes_up_where_the_first_ended(maildir: Path) -> None:
    ancient = _deliver(maildir, "ancient", name="1600000000.M1P1.host")
    fresh = _deliver(maildir, "just before")
    odd = _deliver(maildir, "just before, with a name of its own", name="odd")

    async def first(mailbox: CatchMailbox) -> str:
        _deliver(maildir, "told")
        assert len(await mailbox.new_arrivals()) == 1
        return mailbox.position

    async def second(mailbox: CatchMailbox) -> list[str]:
        return subjects(list(await mailbox.new_arrivals()))

    position = _with(maildir, first)
    _deliver(maildir, "late")
    late = _deliver(maildir, "late and read")
    late.rename(maildir / "cur" / f"{late.name}:2,S")
    ancient.rename(maildir / "cur" / f"{ancient.name}:2,S")  # read by another client after the first run
    _deliver(maildir, "late, and its number is no time", name="2.count")
    expected = ["late", "late and read", "late, and its number is no time"]
    assert sorted(_with(maildir, second, position=position)) == expected
    assert fresh.exists()
    assert odd.exists()


def test_the_position_stays_small(maildir: Path) -> None:
    for number in range(500):
        _deliver(maildir, "old", name=f"{int(time.time())}.M{number}P1.host")
    time.sleep(0.02)  # the clock of files ticks every few milliseconds

    async def run(mailbox: CatchMailbox) -> int:
        return len(mailbox.position)

    assert _with(maildir, run) < 5000


def test_a_position_of_another_kind_is_refused(maildir: Path) -> None:
    with pytest.raises(CatchError, match="does not fit"):
        _with(maildir, _nothing, position='{"opened_at": "x"}')


# What can be wrong.


def test_no_such_directory(tmp_path: Path) -> None:
    with pytest.raises(CatchError, match="there is no Maildir") as caught:
        _with(tmp_path / "nowhere", _nothing)
    assert "--catch" in caught.value.remedy


def test_not_a_maildir(tmp_path: Path) -> None:
    with pytest.raises(CatchError, match="is no Maildir"):
        _with(tmp_path, _nothing)


def test_a_missing_folder_names_those_that_exist(maildir: Path) -> None:
    _make(maildir / ".Archive")
    with pytest.raises(CatchError, match="no folder Nirgends") as caught:
        _with(maildir, _nothing, folders=("Nirgends",))
    assert "INBOX, Archive" in caught.value.remedy


def test_the_maildir_vanishes_during_a_run(maildir: Path) -> None:
    async def run(mailbox: CatchMailbox) -> None:
        shutil.rmtree(maildir)
        await asyncio.wait_for(take(mailbox, 1), 5)

    with pytest.raises(CatchError, match="cannot be read"):
        _with(maildir, run)


async def _nothing(mailbox: CatchMailbox) -> None:
    return None


def _with(
    maildir: Path,
    work: Callable[[CatchMailbox], Awaitable[T]],
    *,
    position: str | None = None,
    folders: tuple[str, ...] = (),
) -> T:
    async def run() -> T:
        settings = CatchSettings(kind=CatchKind.MAILDIR, path=str(maildir), folders=folders)
        mailbox = open_mailbox(settings, clock=SystemClock())
        await mailbox.open(position)
        try:
            return await work(mailbox)
        finally:
            await mailbox.close()

    return asyncio.run(run())


def _make(path: Path) -> Path:
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    return path


def _deliver(maildir: Path, subject_: str, *, body: bytes = b"", flags: str = "", name: str | None = None) -> Path:
    """Deliver as maildir(5) has it: written in tmp/, then moved."""
    name = name or f"{int(time.time())}.M{time.monotonic_ns()}P{os.getpid()}.{socket.gethostname()}"
    written = maildir / "tmp" / name
    written.write_bytes(f"Subject: {subject_}\r\n\r\n".encode() + body)
    path = maildir / ("cur" if flags else "new") / (name + flags)
    return written.rename(path)
