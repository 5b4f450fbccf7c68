r"""The reading of DATA: RFC 5321 §4.1.1.4 and §4.5.2, in memory that does not depend on what is sent.

Only CRLF "." CRLF ends the data, and only CRLF ends a line. RFC 5321 §4.1.1.4: servers MUST NOT take a bare LF for the
end of a line, and "\n.\n" MUST NOT end the data: where two servers disagree on it, a stranger writes the second message
himself (SMTP smuggling). §2.3.8: bare CR and LF are octets of the line like others; so they are kept as they come.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import IO

CRLF = b"\r\n"
END = b"\r\n.\r\n"


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


class Content:
    """What DATA brought, in `file`: at most `limit` octets, and nothing once `refusal` says why it is not taken."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self.file, self._limit = file, limit
        self._size = 0
        self.refusal: str | None = None

    def add(self, octets: bytes) -> None:
        self._size += len(octets)
        if self.refusal is not None:
            return
        if self._size > self._limit:
            self._refuse("552 5.3.4 Message size exceeds fixed limit")  # RFC 1870 §6.3
            return
        try:
            self.file.write(octets)
        except OSError:
            self._refuse("452 4.3.1 No room for this message just now")

    def _refuse(self, reply: str) -> None:
        self.refusal = reply
        self.file.seek(0)
        self.file.truncate()


async def receive(read: Callable[[], Awaitable[bytes]], content: Content) -> bytes:
    """Read DATA to its end, also what is refused, into `content`; return what the client sent behind it.

    RFC 5321 §4.2.5: the reply comes after the end only. Raises ConnectionResetError where the input ends before that.
    """
    unstuffing = Unstuffing()
    while unstuffing.rest is None:
        octets = await read()
        if not octets:
            raise ConnectionResetError
        content.add(unstuffing.feed(octets))
    content.file.seek(0)
    return unstuffing.rest
