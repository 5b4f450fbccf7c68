"""The mbox catch mailbox, on real files."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

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
def mbox(tmp_path: Path) -> Path:
    path = tmp_path / "probe"
    path.touch()
    return path


def test_new_mail_is_told_once_and_old_mail_not_at_all(mbox: Path) -> None:
    _append(mbox, "old")

    async def run(mailbox: CatchMailbox) -> list[str]:
        _append(mbox, "first")
        _append(mbox, "second")
        found = list(await mailbox.new_arrivals())
        _append(mbox, "third")
        found += list(await mailbox.new_arrivals())
        found += list(await mailbox.new_arrivals())
        return subjects(found)

    assert _with(mbox, run) == ["first", "second", "third"]


def test_what_lay_there_before_can_be_looked_at(mbox: Path) -> None:
    _append(mbox, "old")
    _append(mbox, "older")

    async def run(mailbox: CatchMailbox) -> list[str]:
        _append(mbox, "new")
        return subjects(list(await mailbox.visits(datetime.now(UTC))))

    assert _with(mbox, run) == ["old", "older", "new"]
    mbox.unlink()
    assert _with(mbox, run) == ["new"]


def test_mail_is_noticed_soon(mbox: Path) -> None:
    async def run(mailbox: CatchMailbox) -> float:
        taking = asyncio.create_task(take(mailbox, 1))
        await asyncio.sleep(0.2)
        started = time.monotonic()
        _append(mbox, "one")
        await taking
        return time.monotonic() - started

    assert _with(mbox, run) < 2


def test_what_is_told_is_the_message_without_the_separators(mbox: Path) -> None:
    async def run(mailbox: CatchMailbox) -> list[bytes]:
        _append(mbox, "one", body="first line\n\n>From here on quoted\n\nFromage\nlast line\n")
        _append(mbox, "two", body="two\n")
        return [arrival.raw for arrival in await mailbox.new_arrivals()]

    assert _with(mbox, run) == [
        b"Subject: one\n\nfirst line\n\n>From here on quoted\n\nFromage\nlast line\n",
        b"Subject: two\n\ntwo\n",
    ]


def test_a_line_of_the_text_that_begins_with_from_separates_nothing(mbox: Path) -> None:
    """Not every delivery agent quotes it, and only a separator names a day and is followed by a header field."""
    body = "Hello,\n\nFrom here on it is text.\n\nFrom Monday, 23 Nov 10:00 we are closed.\nReally.\n"

    async def run(mailbox: CatchMailbox) -> list[bytes]:
        _append(mbox, "one", body=body)
        _append(mbox, "two", body="two\n")
        return [arrival.raw for arrival in await mailbox.new_arrivals()]

    assert _with(mbox, run) == [b"Subject: one\n\n" + body.encode(), b"Subject: two\n\ntwo\n"]


def test_a_separator_whose_header_is_still_being_written_ends_the_message_before_it(mbox: Path) -> None:
    async def run(mailbox: CatchMailbox) -> tuple[list[str], list[str]]:
        _append(mbox, "one")
        with mbox.open("ab", buffering=0) as file:
            file.write(b"From mx@example Mon Nov 23 10:00:00 2026\n")
            early = await mailbox.new_arrivals()
            file.write(b"Subject: two\n\nbody\n\n")
        return subjects(early), subjects(await mailbox.new_arrivals())

    assert _with(mbox, run) == (["one"], ["two"])


SLOW_WRITER = """
import fcntl, sys
with open(sys.argv[1], "ab", buffering=0) as file:
    getattr(fcntl, sys.argv[2])(file, fcntl.LOCK_EX)
    file.write(b"From mx@example Mon Nov 23 10:00:00 2026\\nSubject: slow\\n\\n")
    print("half", flush=True)
    sys.stdin.readline()
    file.write(b"the rest\\n\\n")
"""


@pytest.mark.parametrize("lock", ["lockf", "flock"])
def test_a_message_is_read_when_its_writer_lets_go(mbox: Path, lock: str) -> None:
    async def run(mailbox: CatchMailbox) -> bytes:
        taking = asyncio.create_task(take(mailbox, 1))
        writer = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SLOW_WRITER, str(mbox), lock, stdin=PIPE, stdout=PIPE
        )
        assert writer.stdout is not None
        await writer.stdout.readline()
        await asyncio.sleep(0.5)
        assert not taking.done()
        await writer.communicate(b"go on\n")
        return (await asyncio.wait_for(taking, 5))[0].raw

    assert _with(mbox, run) == b"Subject: slow\n\nthe rest\n"


@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_writer_without_locks_or_blank_line_is_waited_for(mbox: Path, ending: str) -> None:
    async def run(mailbox: CatchMailbox) -> list[bytes]:
        with mbox.open("ab", buffering=0) as file:
            file.write(f"From mx@example Mon Nov 23 10:00:00 2026\nSubject: odd\n\nunfinished{ending}".encode())
            taking = asyncio.create_task(take(mailbox, 1))
            await asyncio.sleep(0.3)
            assert not taking.done()
            file.write(b"" if ending else b" line\n")
            return [arrival.raw for arrival in await asyncio.wait_for(taking, 5)]

    assert _with(mbox, run)[0].startswith(b"Subject: odd\n\nunfinished")


def test_a_dot_lock_is_respected(mbox: Path) -> None:
    lock = mbox.with_name("probe.lock")

    async def run(mailbox: CatchMailbox) -> tuple[int, int]:
        lock.touch()
        _append(mbox, "locked")
        during = len(await mailbox.new_arrivals())
        lock.unlink()
        return during, len(await mailbox.new_arrivals())

    assert _with(mbox, run) == (0, 1)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_dot_lock_that_nobody_holds_any_more_locks_nothing(mbox: Path, hours: int) -> None:
    """Its owner died an hour ago, or the clock has been set back since."""
    lock = mbox.with_name("probe.lock")

    async def run(mailbox: CatchMailbox) -> int:
        lock.touch()
        os.utime(lock, (time.time() + hours * 3600,) * 2)
        _append(mbox, "unlocked")
        return len(await mailbox.new_arrivals())

    assert _with(mbox, run) == 1


def test_the_file_is_never_written(mbox: Path) -> None:
    mbox.chmod(0o400)

    async def run(mailbox: CatchMailbox) -> None:
        await mailbox.new_arrivals()

    before = mbox.stat()
    _with(mbox, run)
    assert mbox.stat() == before
    assert list(mbox.parent.iterdir()) == [mbox]


def test_another_program_expunges_and_marks(mbox: Path) -> None:
    _append(mbox, "ancient", date="Mon Nov 23 10:00:00 2015")
    _append(mbox, "old", date="Mon Nov 23 10:00:00 2015")

    async def run(mailbox: CatchMailbox) -> list[str]:
        _append(mbox, "told")
        found = list(await mailbox.new_arrivals())
        _rewrite(mbox, lambda text: text[text.index("From ", 5) :].replace("Subject:", "Status: RO\nSubject:"))
        _append(mbox, "after")
        found += list(await mailbox.new_arrivals())
        return subjects(found)

    assert _with(mbox, run) == ["told", "after"]


def test_the_file_is_emptied_and_filled_again(mbox: Path) -> None:
    _append(mbox, "old", body="x\n" * 1000)

    async def run(mailbox: CatchMailbox) -> list[str]:
        os.unlink(mbox)  # noqa: PTH108
        found = list(await mailbox.new_arrivals())
        _append(mbox, "after")
        found += list(await mailbox.new_arrivals())
        return subjects(found)

    assert _with(mbox, run) == ["after"]


def test_a_file_that_does_not_exist_yet(tmp_path: Path) -> None:
    async def run(mailbox: CatchMailbox) -> list[str]:
        _append(tmp_path / "probe", "first")
        return subjects(list(await mailbox.new_arrivals()))

    assert _with(tmp_path / "probe", run) == ["first"]


def test_many_and_big_messages(mbox: Path) -> None:
    async def run(mailbox: CatchMailbox) -> list[Arrival]:
        for number in range(40):
            _append(mbox, str(number))
        _append(mbox, "big", body="x" * READ_LIMIT + "\n" + "y\n" * READ_LIMIT)
        _append(mbox, "last")
        return list(await mailbox.new_arrivals())

    found = _with(mbox, run)
    assert subjects(found) == [*map(str, range(40)), "big", "last"]
    assert found[40].truncated
    assert len(found[40].raw) == READ_LIMIT
    assert not found[41].truncated


def test_a_later_run_takes_up_where_the_first_ended(mbox: Path) -> None:
    _append(mbox, "old")

    async def first(mailbox: CatchMailbox) -> str:
        _append(mbox, "told")
        assert len(await mailbox.new_arrivals()) == 1
        return mailbox.position

    async def second(mailbox: CatchMailbox) -> list[str]:
        return subjects(list(await mailbox.new_arrivals()))

    position = _with(mbox, first)
    _append(mbox, "late")
    assert _with(mbox, second, position=position) == ["late"]
    _rewrite(mbox, lambda text: text.replace("Subject:", "Status: O\nSubject:"))
    _append(mbox, "later")
    # "old" is from minutes ago: too many is a stray, too few a wrong verdict
    assert {"late", "later"} <= set(_with(mbox, second, position=position))
    assert "told" not in _with(mbox, second, position=position)


def test_a_directory_is_no_mbox(tmp_path: Path) -> None:
    with pytest.raises(CatchError, match="no mbox file") as caught:
        _with(tmp_path, _nothing)
    assert "maildir:" in caught.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(mbox: Path) -> None:
    mbox.chmod(0)
    with pytest.raises(CatchError, match="cannot be read"):
        _with(mbox, _nothing)


async def _nothing(mailbox: CatchMailbox) -> None:
    return None


def _with(path: Path, work: Callable[[CatchMailbox], Awaitable[T]], *, position: str | None = None) -> T:
    async def run() -> T:
        mailbox = open_mailbox(CatchSettings(kind=CatchKind.MBOX, path=str(path)), clock=SystemClock())
        await mailbox.open(position)
        try:
            return await work(mailbox)
        finally:
            await mailbox.close()

    return asyncio.run(run())


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text()))


def _append(path: Path, subject: str, *, body: str = "Hello\n", date: str | None = None) -> None:
    date = date or time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime())
    with path.open("ab") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        file.write(f"From mx@example {date}\nSubject: {subject}\n\n{body}\n".encode())
