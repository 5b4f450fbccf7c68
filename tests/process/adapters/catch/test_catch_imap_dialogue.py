"""What IMAP servers may say and Dovecot does not: dialogues with a server that is played line by line."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bsaudit.adapters.catch import imap_session, open_mailbox
from bsaudit.adapters.clock import SystemClock
from bsaudit.errors import CatchError
from bsaudit.model.mail import Arrival
from bsaudit.model.settings import CatchKind, CatchSettings, Secret, Tls
from bsaudit.ports import CatchMailbox

NDN = "Subject: Undelivered\r\n\r\nno such user\r\n"
CAPABILITIES = "IMAP4rev1 IDLE AUTH=PLAIN"


class Gone(Exception):
    """This connection ends here."""


class Server:
    """Plays an IMAP server with one folder. Attributes say what is odd about it."""

    greeting = "* OK ready"
    capabilities = CAPABILITIES
    uidnext = True
    announces = "behind"  # … the "+" of IDLE, in one packet; or "before" it; or "later"; or "by the way", with SEARCH
    hangs_up = 0  # this many connections are ended in the middle of IDLE
    login = "OK logged in"
    silent = False

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.commands: list[str] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for connection in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError, Gone), connection.makefile("rwb", buffering=0) as stream:
            if self.silent:
                stream.readline()
                return
            stream.write(f"{self.greeting}\r\n".encode())
            while line := stream.readline().decode().strip():
                tag, _, command = line.partition(" ")
                self.commands.append(command)
                answer = self._answer(tag, command, stream)
                stream.write(answer.encode())
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, tag: str, command: str, stream: object) -> str:
        word = command.upper().removeprefix("UID ").split(maxsplit=1)[0]
        told = getattr(self, f"_{word.lower()}")(command, stream)
        result = self.login if word == "AUTHENTICATE" else "OK done"
        return f"{told}{tag} {result}\r\n"

    def _capability(self, command: str, stream: object) -> str:
        return f"* CAPABILITY {self.capabilities}\r\n"

    def _authenticate(self, command: str, stream) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001
        stream.write(b"+ \r\n")
        stream.readline()
        return ""

    def _list(self, command: str, stream: object) -> str:
        return '* LIST () "/" INBOX\r\n'

    def _namespace(self, command: str, stream: object) -> str:
        return '* NAMESPACE (("" "/")) NIL NIL\r\n'

    def _examine(self, command: str, stream: object) -> str:
        following = f"* OK [UIDNEXT {len(self.messages) + 1}] next\r\n" if self.uidnext else ""
        return f"* {len(self.messages)} EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n{following}"

    def _search(self, command: str, stream: object) -> str:
        low = int(re.findall(r"(\d+):", command)[0])
        found = [n for n in range(1, len(self.messages) + 1) if n >= low] or [len(self.messages)]
        answer = f"* SEARCH {' '.join(map(str, found))}\r\n" if self.messages else "* SEARCH\r\n"
        if self.announces == "by the way" and not self.messages:
            self.messages.append(NDN)
            answer += "* 1 EXISTS\r\n"
        return answer

    def _fetch(self, command: str, stream: object) -> str:
        first = command.split()[2]
        numbers = [len(self.messages)] if first == "*" else [int(n) for n in first.split(",")]
        if "BODY" not in command:
            return "".join(f"* {n} FETCH (UID {n})\r\n" for n in numbers)
        return "".join(
            f"* {n} FETCH (UID {n} RFC822.SIZE {len(NDN)} BODY[]<0> {{{len(NDN)}}}\r\n{self.messages[n - 1]})\r\n"
            for n in numbers
        )

    def _noop(self, command: str, stream: object) -> str:
        return ""

    def _logout(self, command: str, stream: object) -> str:
        return "* BYE\r\n"

    def _idle(self, command: str, stream) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001
        if self.hangs_up:
            self.hangs_up -= 1
            stream.write(b"+ idling\r\n* BYE going down\r\n")
            raise Gone
        new = ""
        if not self.messages and self.announces != "by the way":
            self.messages.append(NDN)
            new = "* 1 EXISTS\r\n* 1 RECENT\r\n"
        said = {"behind": f"+ idling\r\n{new}", "before": f"{new}+ idling\r\n"}.get(self.announces, "+ idling\r\n")
        stream.write(said.encode())
        if self.announces == "later":
            stream.write(b"* OK still here\r\n* 1 EX")
            threading.Event().wait(0.2)
            stream.write(b"ISTS\r\n")
        if stream.readline().strip() != b"DONE":
            raise Gone
        return ""


@contextmanager
def _playing(**odd: object) -> Iterator[Server]:
    server = type("Odd", (Server,), odd)()
    try:
        yield server
    finally:
        server.close()


@pytest.mark.parametrize("announces", ["behind", "before", "later", "by the way"])
def test_no_announcement_is_lost(announces: str) -> None:
    with _playing(announces=announces) as server:
        assert _first(server).raw == NDN.encode()


def test_a_server_that_hangs_up_is_called_again() -> None:
    with _playing(hangs_up=2) as server:
        assert _first(server).raw == NDN.encode()
        assert server.connections == 3


def test_a_server_without_idle_and_uidnext(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_session, "POLL_S", 0.1)
    with _playing(capabilities="IMAP4rev1 AUTH=PLAIN", uidnext=False, announces="by the way") as server:
        assert _first(server).raw == NDN.encode()
        assert not any(command.upper().startswith("IDLE") for command in server.commands)


def test_idle_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_session, "IDLE_RENEW_S", 0.1)

    async def run(mailbox: CatchMailbox) -> None:
        await mailbox.open()
        await asyncio.sleep(0.5)
        await mailbox.close()

    with _playing() as server:
        server.messages = [NDN]
        asyncio.run(run(_mailbox(server)))
        assert server.commands.count("IDLE") >= 3


def test_nothing_but_reading_is_ever_asked_of_the_server() -> None:
    with _playing() as server:
        _first(server)
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
    with _playing() as server:
        _first(server)
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
    with _playing(**odd) as server, pytest.raises(CatchError, match=message) as caught:
        asyncio.run(_mailbox(server).open())
    assert "\x1b" not in caught.value.message
    assert caught.value.remedy


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(CatchError, match="refuses the connection") as caught:
        asyncio.run(_at("127.0.0.1", port).open())
    assert "--catch" in caught.value.remedy


@pytest.mark.parametrize("host", ["mail..example", f"{'x' * 70}.example"])
def test_a_host_that_cannot_be(host: str) -> None:
    with pytest.raises(CatchError, match="is unknown"):
        asyncio.run(_at(host, 143).open())


def test_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*given: object, **more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(CatchError, match=r"mail\.example is unknown"):
        asyncio.run(_at("mail.example", 143).open())


def test_no_user_no_password() -> None:
    with _playing() as server:
        with pytest.raises(CatchError, match="no password") as caught:
            asyncio.run(_at("127.0.0.1", server.port, password=None).open())
        assert "BSAUDIT_CATCH_PASSWORD" in caught.value.remedy
        with pytest.raises(CatchError, match="names no user"):
            asyncio.run(_at("127.0.0.1", server.port, user=None).open())


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
        _playing(silent=True) as server,
        subprocess.Popen([*arguments, str(server.port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        threading.Event().wait(0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)  # its read would wait for a minute
    assert b"KeyboardInterrupt" in err


def _mailbox(server: Server) -> CatchMailbox:
    return _at("127.0.0.1", server.port)


def _at(host: str, port: int, user: str | None = "probe", password: Secret | None = Secret("secret")) -> CatchMailbox:  # noqa: B008
    settings = CatchSettings(kind=CatchKind.IMAP, host=host, port=port, tls=Tls.NONE, user=user, password=password)
    return open_mailbox(settings, clock=SystemClock())


def _first(server: Server) -> Arrival:
    async def run() -> Arrival:
        mailbox = _mailbox(server)
        await mailbox.open()
        try:
            return await asyncio.wait_for(anext(mailbox.arrivals()), 5)
        finally:
            await mailbox.close()

    return asyncio.run(run())
