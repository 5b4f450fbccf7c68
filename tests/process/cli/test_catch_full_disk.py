"""`bsaudit catch` on a full disk: what it cannot keep is put off, leaves nothing behind, and is no defect."""

from __future__ import annotations

import contextlib
import json
import signal
import smtplib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from bsaudit.adapters.catch.session_log import NAME
from tests.support.disk import no_room_on, small_disk
from tests.support.installed import COMMAND

ADDRESS = "probe@catch.example"
DISK = 128 << 10
BIG = b"Subject: Undelivered\r\n\r\n" + (b"y" * 70 + b"\r\n") * 4000
SMALL = b"Subject: Undelivered\r\n\r\nno such user\r\n"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", DISK) as path:
        yield path


class Catch(NamedTuple):
    process: subprocess.Popen[str]
    port: int
    maildir: Path

    def heard(self, words: str) -> str:
        """Wait for a line on stderr with `words`."""
        assert self.process.stderr is not None
        while words not in (line := self.process.stderr.readline()):
            assert line, "it ended"
            assert "Traceback" not in line
        return line

    def ended(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=30)
        assert self.process.returncode == 0
        assert "Traceback" not in err
        return err

    def kept(self) -> list[bytes]:
        assert list((self.maildir / "tmp").iterdir()) == []
        return [file.read_bytes() for file in (self.maildir / "new").iterdir()]


@contextlib.contextmanager
def catch(maildir: Path, *before: str) -> Iterator[Catch]:
    words = [*before, COMMAND, "catch", "--listen", "127.0.0.1:0", "--address", ADDRESS, "--maildir", str(maildir)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        try:
            yield Catch(process, int(first.split("127.0.0.1:")[1].split()[0]), maildir)
        finally:
            process.kill()


def bring(port: int, message: bytes) -> int:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="mx.example", timeout=20) as client:
        try:
            client.sendmail("", [ADDRESS], message)
        except smtplib.SMTPDataError as refusal:
            return refusal.smtp_code
    return 250


def ask(port: int, tag: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="mx.example", timeout=20) as client:
        client.ehlo()
        client.docmd("MAIL FROM:<>")
        assert client.docmd(f"RCPT TO:<{ADDRESS.replace('@', f'+{tag}@')}>")[0] == 250


def test_a_message_that_has_no_place_is_put_off(disk: Path) -> None:
    with catch(disk / "caught") as running:
        assert bring(running.port, BIG) == 451
        running.heard("cannot store a message: No space left on device")
        assert running.heard("mx.example").endswith(f"could not leave its mail to {ADDRESS}\n")
        assert running.kept() == []
        assert bring(running.port, SMALL) == 250
        running.heard("brought mail")
        (stored,) = running.kept()
        assert stored.endswith(SMALL)
        running.ended()


def test_a_limit_of_file_size_is_a_full_disk_too(tmp_path: Path) -> None:
    with catch(tmp_path / "caught", "prlimit", f"--fsize={DISK}") as running:
        assert bring(running.port, BIG) in {451, 452}
        running.heard("could not leave its mail")
        assert running.kept() == []
        assert bring(running.port, SMALL) == 250
        running.heard("brought mail")
        running.ended()


def test_a_session_log_that_cannot_be_written_says_so_and_goes_on(disk: Path) -> None:
    with catch(disk / "caught") as running:
        ask(running.port, "before")
        running.heard("called out")
        with no_room_on(disk):
            for number in range(30):  # more than the log's last block takes
                ask(running.port, f"lost{number}")
            running.heard("cannot write the session log: No space left on device")
        ask(running.port, "after")
        running.heard("+after@")
        running.ended()
    lines = [json.loads(line) for line in (disk / "caught" / NAME).read_text().splitlines()]  # each of them whole
    told = [line["session"]["rcpt_to"][0] if "session" in line else "began" for line in lines]
    assert told[:2] == ["began", "probe+before@catch.example"]
    assert told[-1] == "probe+after@catch.example"
    assert "began" in told[2:]  # so readers know that something is missing
