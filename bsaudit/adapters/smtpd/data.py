r"""The reading of DATA: RFC 5321 §4.1.1.4 and §4.5.2, in memory that does not depend on what is sent.

Only CRLF "." CRLF ends the data, and only CRLF ends a line. RFC 5321 §4.1.1.4: servers MUST NOT take a bare LF for the
end of a line, and "\n.\n" MUST NOT end the data: where two servers disagree on it, a stranger writes the second message
himself (SMTP smuggling). §2.3.8: bare CR and LF are octets of the line like others; so they are kept as they come.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Self

CRLF = b"\r\n"
END = b"\r\n.\r\n"
# Octets of one message that are kept in memory: most bounces, and a hundred of them at once are little.
MEMORY_LIMIT = 8 << 10
NO_ROOM = "452 4.3.1 No room for this message just now"


class Unstuffing:
    """Undoes the transparency of DATA (RFC 5321 §4.5.2) piece by piece; holds four octets between two at most."""

    def __init__(self) -> None:
        # The line of the DATA command ended so, and where there is no content at all the lone dot follows that.
        self._held = CRLF
        self._before = len(CRLF)
        self.rest: bytes | None = None  # once the end was found: what came after it

    def feed(self, octets: bytes) -> bytes:
        """Return the content in `octets`, as far as it is certain. Call it no more once `rest` is there."""
        text = self._held + octets
        end = text.find(END)
        if end >= 0:
            self.rest = text[end + len(END) :]
            text = text[: end + len(CRLF)]
        else:
            held = next(length for length in (4, 3, 2, 1, 0) if text.endswith(END[:length]))
            text, self._held = text[: len(text) - held], END[:held]
        content = text.replace(b"\r\n.", CRLF)[self._before :]
        if text:
            self._before = 0
        return content


class Room:
    """Octets that all messages together may take up while they come in."""

    def __init__(self, octets: int) -> None:
        self.left = octets


class MailData:
    """The mail data (RFC 5321 §2.3.9) of one message: at most `limit` octets in `file`, or the `refusal` of it.

    What is longer than MEMORY_LIMIT goes to a file without a name.
    A context manager: at the end the file is gone, and its place in `room` free.
    """

    def __init__(self, limit: int, room: Room) -> None:
        self.file: IO[bytes] = SpooledTemporaryFile(max_size=MEMORY_LIMIT)
        self.refusal: str | None = None
        self._limit, self._room = limit, room
        self._size = 0

    def add(self, octets: bytes) -> None:
        if self.refusal is not None:
            return
        self._size += len(octets)
        self._room.left -= len(octets)
        if self._size > self._limit:
            self._refuse("552 5.3.4 Message size exceeds fixed limit")  # RFC 1870 §6.3
        elif self._room.left < 0:
            self._refuse(NO_ROOM)
        else:
            self._on_disk(lambda: self.file.write(octets))

    def complete(self) -> None:
        """Go back to the beginning, for the reader."""
        if self.refusal is None:
            self._on_disk(lambda: self.file.seek(0))

    def close(self) -> None:
        with contextlib.suppress(OSError):  # octets that a full disk did not take stay in the file's buffer
            self.file.close()
        self._room.left += self._size
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _on_disk(self, do: Callable[[], object]) -> None:
        try:
            do()
        except OSError:
            self._refuse(NO_ROOM)

    def _refuse(self, reply: str) -> None:
        self.refusal = reply
        self.close()


async def receive(read: Callable[[], Awaitable[bytes]], content: MailData) -> bytes:
    """Read DATA to its end, also what is refused, into `content`; return what the client sent behind it.

    RFC 5321 §4.2.5: the reply comes after the end only. Raises ConnectionResetError where the input ends before that.
    """
    unstuffing = Unstuffing()
    while unstuffing.rest is None:
        octets = await read()
        if not octets:
            raise ConnectionResetError
        content.add(unstuffing.feed(octets))
    content.complete()
    return unstuffing.rest
