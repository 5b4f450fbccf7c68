"""What IMAP servers may say and Dovecot does not: dialogues with a server that is played line by line."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from bsaudit.adapters.catch import imap_session
from bsaudit.errors import CatchError
from bsaudit.ports import CatchMailbox
from tests.support.imap import NDN, Server, at, first, mailbox_of, playing


@pytest.mark.parametrize("announces", ["behind", "before", "later", "by the way"])
def test_no_announcement_is_lost(announces: str) -> None:
    with playing(announces=announces) as server:
        assert first(server).raw == NDN.encode()


def test_a_server_that_hangs_up_is_called_again() -> None:
    with playing(hangs_up=2) as server:
        assert first(server).raw == NDN.encode()
        assert server.connections == 3


def test_a_server_without_idle_and_uidnext(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_session, "POLL_S", 0.1)
    with playing(capabilities="IMAP4rev1 AUTH=PLAIN", uidnext=False, announces="by the way") as server:
        assert first(server).raw == NDN.encode()
        assert not any(command.upper().startswith("IDLE") for command in server.commands)


def test_of_the_mail_of_the_day_before_the_headers_are_read() -> None:
    since = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)

    async def run(mailbox: CatchMailbox) -> list[bytes]:
        await mailbox.open()
        found = [arrival.raw for arrival in await mailbox.visits(since)]
        await mailbox.close()
        return found

    with playing() as server:
        server.messages = ["Subject: old\r\n\r\nbody\r\n", NDN]
        server.dates = [" 1-Mar-2026 09:59:59 +0000", " 1-Mar-2026 12:00:01 +0100"]
        assert asyncio.run(run(mailbox_of(server))) == [b"Subject: Undelivered\r\n\r\n"]
        assert "UID FETCH 2 (BODY.PEEK[HEADER])" in server.commands


def test_a_look_back_that_fails_finds_nothing() -> None:
    async def run(mailbox: CatchMailbox, server: Server) -> None:
        await mailbox.open()
        server.silent = True
        server.close()
        assert list(await mailbox.visits(datetime(2026, 3, 1, tzinfo=UTC))) == []
        await mailbox.close()

    with playing() as server:
        asyncio.run(run(mailbox_of(server), server))


def test_idle_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_session, "IDLE_RENEW_S", 0.1)

    async def run(mailbox: CatchMailbox) -> None:
        await mailbox.open()
        await asyncio.sleep(0.5)
        await mailbox.close()

    with playing() as server:
        server.messages = [NDN]
        asyncio.run(run(mailbox_of(server)))
        assert server.commands.count("IDLE") >= 3


def test_nothing_but_reading_is_ever_asked_of_the_server() -> None:
    with playing() as server:
        first(server)
        words = {command.upper().replace("UID ", "").split()[0] for command in server.commands}
    assert words <= {
        "CAPABILITY",
        "AUTHENTICATE",
        "LIST",
        "NAMESPACE",
        "EXAMINE",
        "SEARCH",
        "FETCH",
        "IDLE",
        "NOOP",
        "LOGOUT",
    }
    assert all("BODY.PEEK" in command for command in server.commands if "BODY" in command)


def test_no_password_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with playing() as server:
        first(server)
    assert "secret" not in caplog.text
    assert "no such user" not in caplog.text


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"greeting": "220 mx.example ESMTP"}, "broke off"),
        ({"greeting": "* BYE too many connections"}, "too many connections"),
        ({"login": "NO [AUTHENTICATIONFAILED] \x1b[31mno"}, "refuses the login"),
        ({"login": "NO [UNAVAILABLE] try later"}, "try later"),
        ({"silent": True}, "does not answer"),
    ],
)
def test_a_server_that_does_not_let_us_in(
    odd: dict[str, object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_session, "CONNECT_TIMEOUT_S", 0.5)
    with playing(**odd) as server, pytest.raises(CatchError, match=message) as caught:
        asyncio.run(mailbox_of(server).open())
    assert "\x1b" not in caught.value.message
    assert caught.value.remedy


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(CatchError, match="refuses the connection") as caught:
        asyncio.run(at("127.0.0.1", port).open())
    assert "host and port" in caught.value.remedy


@pytest.mark.parametrize("host", ["mail..example", f"{'x' * 70}.example"])
def test_a_host_that_cannot_be(host: str) -> None:
    with pytest.raises(CatchError, match="is unknown"):
        asyncio.run(at(host, 143).open())


def test_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*given: object, **more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(CatchError, match=r"mail\.example is unknown"):
        asyncio.run(at("mail.example", 143).open())


def test_no_user_no_password() -> None:
    with playing() as server:
        with pytest.raises(CatchError, match="no password") as caught:
            asyncio.run(at("127.0.0.1", server.port, password=None).open())
        assert "BSAUDIT_CATCH_PASSWORD" in caught.value.remedy
        with pytest.raises(CatchError, match="names no user"):
            asyncio.run(at("127.0.0.1", server.port, user=None).open())


INTERRUPTED = """
import asyncio, sys
from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.clock import SystemClock
from bsaudit.model.settings import CatchKind, CatchSettings, Secret, Tls

settings = CatchSettings(
    kind=CatchKind.IMAP, host="127.0.0.1", port=int(sys.argv[1]), tls=Tls.NONE, user="u", password=Secret("p")
)

async def run():
    mailbox = open_mailbox(settings, clock=SystemClock())
    print("opening", flush=True)
    try:
        await mailbox.open()
    finally:
        await mailbox.close()

asyncio.run(run())
"""


def test_a_server_that_does_not_answer_keeps_no_program_alive() -> None:
    arguments = [sys.executable, "-c", INTERRUPTED]
    with (
        playing(silent=True) as server,
        subprocess.Popen([*arguments, str(server.port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        threading.Event().wait(0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)  # its read would wait for a minute
    assert b"KeyboardInterrupt" in err
