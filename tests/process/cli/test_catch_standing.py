"""`bsaudit catch` as it is installed, and a run that reads what it keeps."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.clock import SystemClock
from bsaudit.model.mail import Host
from bsaudit.model.settings import CatchKind, CatchSettings
from bsaudit.ports import CatchMailbox
from tests.support.commands import Begun, run

BSAUDIT = (sys.executable, "-c", "import sys; from bsaudit.cli import main; sys.exit(main())")
ADDRESS = "probe@catch.example"


def test_a_later_run_reads_mail_and_callouts(tmp_path: Path) -> None:
    async def run(port: int) -> None:
        mailbox = _mailbox(tmp_path)
        await mailbox.open()
        assert mailbox.sees_sessions
        await asyncio.to_thread(_bounce, port)
        await asyncio.to_thread(_call_out, port)
        taken = await asyncio.wait_for(anext(mailbox.arrivals()), 5)
        await asyncio.sleep(0.1)
        sessions = mailbox.sessions()
        await mailbox.close()
        assert taken.raw.endswith(b"no such user\r\n")
        assert taken.raw.startswith(b"Return-Path: <>")
        assert taken.envelope_to == ("probe+b1@catch.example",)
        assert taken.envelope_from == ""
        assert taken.peer is not None
        assert taken.peer.address == "127.0.0.1"
        assert taken.helo == "mx.example"
        assert [(session.rcpt_to, session.data) for session in sessions] == [
            (("probe+b1@catch.example",), True),
            (("probe+b2@catch.example",), False),
        ]

    with _standing(tmp_path) as (_, port):
        asyncio.run(run(port))
    assert not _mailbox(tmp_path).sees_sessions  # it has gone: callouts would not be observed now


def test_mail_from_before_the_run_is_old_and_from_after_it_is_late(tmp_path: Path) -> None:
    async def begin() -> str:
        mailbox = _mailbox(tmp_path)
        position = await mailbox.open()
        assert list(mailbox.sessions()) == []
        (visit,) = await mailbox.visits(datetime.now(UTC) - timedelta(hours=1))
        assert (visit.peer, visit.envelope_from) == (Host(address="127.0.0.1"), "")
        assert visit.envelope_to == ("probe+b1@catch.example",)
        assert list(await mailbox.visits(datetime.now(UTC))) == []
        await mailbox.close()
        return position

    async def resume(position: str) -> tuple[int, int]:
        mailbox = _mailbox(tmp_path)
        await mailbox.open(position)
        found = len(await mailbox.new_arrivals()), len(mailbox.sessions())
        await mailbox.close()
        return found

    with _standing(tmp_path) as (_, port):
        _call_out(port)
        _bounce(port)
        position = asyncio.run(begin())
        _bounce(port)
        _call_out(port)
    assert asyncio.run(resume(position)) == (1, 2)


def test_it_says_how_to_use_it(tmp_path: Path) -> None:
    with _standing(tmp_path) as (process, _):
        process.send_signal(signal.SIGTERM)
        told = process.stdout.read()
        assert process.wait() == 0
    assert f"--catch maildir:{tmp_path / 'caught'} --catch-address {ADDRESS}" in told
    assert "catch.example.  MX   10 " in told
    assert "forward it to port" in told


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_when_asked_even_with_a_connection_open(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with _standing(tmp_path) as (process, port), socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.recv(100)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
        assert process.returncode == code
        assert "Traceback" not in err
        assert "internal error" not in err


def test_each_session_is_told(tmp_path: Path) -> None:
    with _standing(tmp_path) as (process, port):
        _bounce(port)
        assert "mx.example [127.0.0.1] brought mail from <> to probe+b1@catch.example" in process.stderr.readline()
        _call_out(port)
        assert "called out: asked for probe+b2@catch.example and left" in process.stderr.readline()


def test_a_session_log_elsewhere_is_found_by_later_runs(tmp_path: Path) -> None:
    log = tmp_path / "sessions.jsonl"
    with _standing(tmp_path, "--session-log", str(log)) as (process, port):
        assert _mailbox(tmp_path).sees_sessions
        _call_out(port)
        assert "called out" in process.stderr.readline()  # told once it is in the log
    began, session = map(json.loads, log.read_text().splitlines())
    assert "began" in began
    assert session["session"]["rcpt_to"] == ["probe+b2@catch.example"]
    assert log.stat().st_mode & 0o077 == 0


def test_two_of_them_do_not_share_a_maildir(tmp_path: Path) -> None:
    with _standing(tmp_path):
        done = _run("--listen", "127.0.0.1:0", "--address", ADDRESS, "--maildir", str(tmp_path / "caught"))
    assert done.returncode == 4
    assert "another bsaudit catch" in done.stderr


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        done = _run("--listen", place, "--address", ADDRESS, "--maildir", str(tmp_path / "caught"))
    assert done.returncode == 4
    assert "already" in done.stderr
    assert "choose another port" in done.stderr


def test_a_privileged_port(tmp_path: Path) -> None:
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 25:
        pytest.skip("every port is free to everybody here")
    without = ["setpriv", "--bounding-set=-net_bind_service"] if os.geteuid() == 0 else []
    done = _run("--listen", "127.0.0.1:25", "--address", ADDRESS, "--maildir", str(tmp_path / "caught"), before=without)
    assert done.returncode == 4
    assert "CAP_NET_BIND_SERVICE" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no address to take mail for"),
        (["--address", "probe"], "no mail address"),
        (["--address", ADDRESS, "--listen", "localhost"], "no address and port"),
        (["--address", ADDRESS, "--certificate", "/nonexistent.pem"], "cannot use the certificate"),
    ],
)
def test_wrong_usage(tmp_path: Path, options: list[str], message: str) -> None:
    done = _run("--listen", "127.0.0.1:0", "--maildir", str(tmp_path / "caught"), *options)
    assert done.returncode == 2
    assert message in done.stderr


def _mailbox(root: Path) -> CatchMailbox:
    return open_mailbox(CatchSettings(kind=CatchKind.MAILDIR, path=str(root / "caught")), clock=SystemClock())


@contextmanager
def _standing(root: Path, *options: str) -> Iterator[tuple[Begun, int]]:
    """A `bsaudit catch` of our own, with the port that it tells."""
    fixed = ["--listen", "127.0.0.1:0", "--address", ADDRESS, "--maildir", str(root / "caught"), *options]
    with Begun("catch", *fixed, cwd=root) as process:
        try:
            first = process.stdout.readline()
            assert first.startswith("Listening")
            yield process, int(first.split("127.0.0.1:")[1].split()[0])
        finally:
            process.send_signal(signal.SIGTERM)


def _run(*options: str, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    if not before:
        done = run("catch", *options, cwd=Path.cwd())
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
    arguments = [*before, *BSAUDIT, "catch", *options]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=False)


def _bounce(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="mx.example", timeout=5) as client:
        client.sendmail("", ["probe+b1@catch.example"], b"Subject: Undelivered\r\n\r\nno such user\r\n")


def _call_out(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="mx.example", timeout=5) as client:
        client.ehlo()
        client.docmd("MAIL FROM:<>")
        assert client.docmd("RCPT TO:<probe+b2@catch.example>")[0] == 250
