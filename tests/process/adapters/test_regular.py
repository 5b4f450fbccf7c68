"""What is no file lies where files are read: nothing blocks, nothing of it is taken for mail, and the rest is read."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from bsaudit.adapters import regular
from bsaudit.adapters.catch import maildir as maildir_module
from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.catch.session_log import NAME, SessionReader
from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.mailfiles import messages
from bsaudit.adapters.relay_log import open_relay_log
from bsaudit.errors import CatchError, RelayError
from bsaudit.model.settings import CatchKind, CatchSettings
from bsaudit.ports import CatchMailbox

T = TypeVar("T")
MAIL = b"Subject: one\r\n\r\nbody\r\n"
LIMIT_S = 10


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def link_to_a_file(path: Path) -> None:
    secret = path.parent.parent / "secret"
    secret.write_bytes(b"Subject: stolen\r\n\r\n")
    path.symlink_to(secret)


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


def directory(path: Path) -> None:
    path.mkdir()


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(path.parent)  # a socket's path has a hundred octets
        try:
            listening.bind(path.name)
        finally:
            os.chdir(before)


def device(path: Path) -> None:
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("needs root to make a device")


ODD = [fifo, link_to_a_device, link_to_a_file, link_to_itself, link_to_nothing, directory, unix_socket, device]
NO_FILES = [fifo, link_to_a_device, directory, unix_socket, device]


@pytest.fixture(params=["inotify", "polling"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "polling":
        monkeypatch.setattr(maildir_module, "watch", lambda directories: None)
    return


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("part", ["new", "cur"])
def test_a_maildir_gives_the_mail_beside_what_is_none(
    maildir: Path, either_way: None, odd: Callable[[Path], None], part: str
) -> None:
    odd(maildir / part / "1600000000.old.host")

    async def run(mailbox: CatchMailbox) -> list[bytes]:
        odd(maildir / part / f"{int(time.time())}.odd.host")
        deliver(maildir, MAIL)
        return [arrival.raw for arrival in await mailbox.new_arrivals()]

    assert _with_maildir(maildir, run) == [MAIL]


@pytest.mark.parametrize("odd", ODD)
def test_a_maildir_taken_up_again_among_what_is_no_mail(maildir: Path, odd: Callable[[Path], None]) -> None:
    async def position(mailbox: CatchMailbox) -> str:
        return mailbox.position

    async def run(mailbox: CatchMailbox) -> list[bytes]:
        return [arrival.raw for arrival in await mailbox.new_arrivals()]

    before = _with_maildir(maildir, position)
    odd(maildir / "new" / f"{int(time.time())}.odd.host")
    deliver(maildir, MAIL)
    assert _with_maildir(maildir, run, before) == [MAIL]


def test_a_message_that_becomes_a_fifo_under_our_hands(maildir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at what it is, and the opening of it, are two moments."""

    def swapped(path: str, flags: int) -> int:
        Path(path).unlink()
        os.mkfifo(path)
        return os_open(path, flags)

    os_open = os.open

    async def run(mailbox: CatchMailbox) -> int:
        deliver(maildir, MAIL)
        monkeypatch.setattr(regular.os, "open", swapped)
        return len(await mailbox.new_arrivals())

    assert _with_maildir(maildir, run) == 0


def test_a_name_that_is_no_utf_8(maildir: Path) -> None:
    odd = maildir / "new" / os.fsdecode(b"1.\xff\xfe.host")

    async def run(mailbox: CatchMailbox) -> tuple[list[str], str]:
        odd.write_bytes(MAIL)
        return [arrival.uid for arrival in await mailbox.new_arrivals()], mailbox.position

    (uid,), position = _with_maildir(maildir, run)
    assert uid.isascii()
    assert uid.removeprefix("INBOX/").replace("\\", "\\\\") in position


@pytest.mark.parametrize("odd", NO_FILES)
def test_no_mbox(tmp_path: Path, odd: Callable[[Path], None]) -> None:
    odd(tmp_path / "mbox")
    with pytest.raises(CatchError, match="is no mbox file"):
        asyncio.run(asyncio.wait_for(_mailbox(CatchKind.MBOX, tmp_path / "mbox").open(), LIMIT_S))


def test_an_mbox_that_becomes_a_fifo(tmp_path: Path) -> None:
    path = tmp_path / "mbox"
    path.touch()

    async def run() -> None:
        mailbox = _mailbox(CatchKind.MBOX, path)
        await mailbox.open()
        path.unlink()
        os.mkfifo(path)
        await mailbox.new_arrivals()

    with pytest.raises(CatchError, match="not a regular file"):
        asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def test_an_mbox_behind_a_link_is_one(tmp_path: Path) -> None:
    (tmp_path / "spool").touch()
    (tmp_path / "mbox").symlink_to(tmp_path / "spool")
    asyncio.run(_mailbox(CatchKind.MBOX, tmp_path / "mbox").open())


@pytest.mark.parametrize("odd", NO_FILES)
def test_no_relay_log(tmp_path: Path, odd: Callable[[Path], None]) -> None:
    odd(tmp_path / "log")
    with pytest.raises(RelayError, match="cannot be read"):
        open_relay_log(str(tmp_path / "log"))


def test_a_relay_log_that_becomes_a_fifo(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    log = open_relay_log(str(path))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(RelayError, match="not a regular file"):
        asyncio.run(log.new_lines())


@pytest.mark.parametrize("odd", ODD)
def test_no_session_log(tmp_path: Path, odd: Callable[[Path], None]) -> None:
    (tmp_path / "Maildir").mkdir()
    odd(tmp_path / "Maildir" / NAME)
    log = SessionReader(tmp_path / "Maildir" / NAME, None)
    assert not log.sessions()
    assert not log.kept


@pytest.mark.parametrize("odd", NO_FILES)
def test_explain_reads_a_directory_past_what_is_no_file(tmp_path: Path, odd: Callable[[Path], None]) -> None:
    odd(tmp_path / "a.eml")
    (tmp_path / "b.eml").write_bytes(MAIL)
    assert [message.raw for message in messages([str(tmp_path)])] == [MAIL]


def test_a_rule_without_end_is_not_read_to_it(tmp_path: Path) -> None:
    environ = {**os.environ, "HOME": str(tmp_path)}
    poor = "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); "
    program = f"{poor}from bsaudit.cli import main; main()"
    options = ["--dry-run", "--catch", "sink://127.0.0.1:2525", "--catch-address", "probe@catch.example"]
    ran = subprocess.run(
        [sys.executable, "-c", program, "probe", "example.org", "--rule", "/dev/zero", *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=environ,
    )
    assert ran.returncode == 2
    assert "larger than" in ran.stderr


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    return tmp_path / "Maildir"


def deliver(maildir: Path, message: bytes) -> None:
    name = f"{int(time.time())}.M{time.monotonic_ns()}.host"
    (maildir / "tmp" / name).write_bytes(message)
    (maildir / "tmp" / name).rename(maildir / "new" / name)


def _mailbox(kind: CatchKind, path: Path) -> CatchMailbox:
    return open_mailbox(CatchSettings(kind=kind, path=str(path)), clock=SystemClock())


def _with_maildir(path: Path, run: Callable[[CatchMailbox], Awaitable[T]], position: str | None = None) -> T:
    async def inside() -> T:
        mailbox = _mailbox(CatchKind.MAILDIR, path)
        await mailbox.open(position)
        try:
            return await run(mailbox)
        finally:
            await mailbox.close()

    return asyncio.run(inside())
