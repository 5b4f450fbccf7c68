"""An IMAP server that is played line by line, to say what real ones say seldom or never."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.clock import SystemClock
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
        self.dates: list[str] = []  # … when each of them came
        self.commands: list[str] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def latest(self) -> socket.socket:
        return self._open[-1]

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
                connection.sendall(self._answer(tag, command, stream))
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, tag: str, command: str, stream: BinaryIO) -> bytes:
        word = command.upper().removeprefix("UID ").split(maxsplit=1)[0]
        told: str | bytes = getattr(self, f"_{word.lower()}")(command, stream)
        result = self.login if word == "AUTHENTICATE" else "OK done"
        return (told if isinstance(told, bytes) else told.encode()) + f"{tag} {result}\r\n".encode()

    def _capability(self, command: str, stream: BinaryIO) -> str:
        return f"* CAPABILITY {self.capabilities}\r\n"

    def _authenticate(self, command: str, stream: BinaryIO) -> str:
        stream.write(b"+ \r\n")
        stream.readline()
        return ""

    def _list(self, command: str, stream: BinaryIO) -> str:
        return '* LIST () "/" INBOX\r\n'

    def _namespace(self, command: str, stream: BinaryIO) -> str:
        return '* NAMESPACE (("" "/")) NIL NIL\r\n'

    def _examine(self, command: str, stream: BinaryIO) -> str:
        following = f"* OK [UIDNEXT {len(self.messages) + 1}] next\r\n" if self.uidnext else ""
        return f"* {len(self.messages)} EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n{following}"

    def _search(self, command: str, stream: BinaryIO) -> str:
        if "SINCE" in command:  # by day; the dates of the messages tell more
            return f"* SEARCH {' '.join(str(n) for n in range(1, len(self.messages) + 1))}\r\n"
        low = int(re.findall(r"(\d+):", command)[0])
        found = [n for n in range(1, len(self.messages) + 1) if n >= low] or [len(self.messages)]
        answer = f"* SEARCH {' '.join(map(str, found))}\r\n" if self.messages else "* SEARCH\r\n"
        if self.announces == "by the way" and not self.messages:
            self.messages.append(NDN)
            answer += "* 1 EXISTS\r\n"
        return answer

    def _fetch(self, command: str, stream: BinaryIO) -> str:
        first = command.split()[2]
        numbers = [len(self.messages)] if first == "*" else [int(n) for n in first.split(",")]
        if "INTERNALDATE" in command:
            return "".join(f'* {n} FETCH (UID {n} INTERNALDATE "{self.dates[n - 1]}")\r\n' for n in numbers)
        if "HEADER" in command:
            heads = ((n, self.messages[n - 1].partition("\r\n\r\n")[0] + "\r\n\r\n") for n in numbers)
            return "".join(f"* {n} FETCH (UID {n} BODY[HEADER] {{{len(head)}}}\r\n{head})\r\n" for n, head in heads)
        if "BODY" not in command:
            return "".join(f"* {n} FETCH (UID {n})\r\n" for n in numbers)
        return "".join(
            f"* {n} FETCH (UID {n} RFC822.SIZE {len(NDN)} BODY[]<0> {{{len(NDN)}}}\r\n{self.messages[n - 1]})\r\n"
            for n in numbers
        )

    def _noop(self, command: str, stream: BinaryIO) -> str:
        return ""

    def _logout(self, command: str, stream: BinaryIO) -> str:
        return "* BYE\r\n"

    def _idle(self, command: str, stream: BinaryIO) -> str:
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
def playing(**odd: object) -> Iterator[Server]:
    server = type("Odd", (Server,), odd)()
    try:
        yield server
    finally:
        server.close()


def mailbox_of(server: Server) -> CatchMailbox:
    return at("127.0.0.1", server.port)


def at(host: str, port: int, user: str | None = "probe", password: Secret | None = Secret("secret")) -> CatchMailbox:  # noqa: B008
    settings = CatchSettings(kind=CatchKind.IMAP, host=host, port=port, tls=Tls.NONE, user=user, password=password)
    return open_mailbox(settings, clock=SystemClock())


def first(server: Server) -> Arrival:
    async def run() -> Arrival:
        mailbox = mailbox_of(server)
        await mailbox.open()
        try:
            return await asyncio.wait_for(anext(mailbox.arrivals()), 5)
        finally:
            await mailbox.close()

    return asyncio.run(run())
