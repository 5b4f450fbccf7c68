"""aiosmtplib's protocol, taught to keep replies that come before they are asked for.

aiosmtplib takes one reply for each command and drops what else came with it. Pipelining (RFC 2920) wants the rest, and
so does an audit: the 550 of a server that hangs up with it, a 552 in the middle of the message.
"""

from __future__ import annotations

import asyncio
import re

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

# RFC 5321 §4.2.1: a reply goes on as long as a hyphen follows the code. What is no reply at all ends with its line.
_REPLY = re.compile(rb"(?:\d{3}-[^\n]*\n)*(?!\d{3}-)[^\n]*\n")
# RFC 5321 §4.2: the code alone decides. What follows it may be anything, also white space that servers should not send.
_CODE = re.compile(rb"[2-5]\d\d(?![0-9A-Za-z])")
# Octets of replies that may wait. A line has at most 512 (RFC 5321 §4.5.3.1.5); an EHLO of a few KB is long.
KEPT = 32 * 1024


class WireProtocol(SMTPProtocol):
    """Gives replies in the order in which they came, those of a closed connection included."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
        self.closed = asyncio.Event()
        self._kept = b""
        self._news = asyncio.Event()

    @property
    def answered(self) -> bool:
        """Whether a reply waits."""
        return _REPLY.match(self._kept) is not None

    def data_received(self, data: bytes) -> None:
        if len(self._kept) <= KEPT:
            self._kept += data
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.closed.set()
        self._news.set()

    async def read_response(self, timeout: float | None = None) -> aiosmtplib.SMTPResponse:  # noqa: ASYNC109 -- theirs
        """Return the next reply; raises TimeoutError, SMTPServerDisconnected, or SMTPResponseException for nonsense."""
        reply = _REPLY.match(self._kept)
        if reply is None:
            async with asyncio.timeout(timeout):
                reply = await self._wait()
        self._kept = self._kept[reply.end() :]
        return _parsed(reply.group())

    async def _wait(self) -> re.Match[bytes]:
        while (reply := _REPLY.match(self._kept)) is None:
            if len(self._kept) > KEPT:
                raise aiosmtplib.SMTPResponseException(-1, "a reply without end")
            if self.closed.is_set():
                raise aiosmtplib.SMTPServerDisconnected("Connection lost")
            self._news.clear()
            await self._news.wait()
        return reply

    def send(self, commands: bytes) -> None:
        """Write one or more commands. What waits is no answer to them: after STARTTLS it may be an attacker's."""
        self._kept = b""  # RFC 3207 §4.2
        self.write(commands)


def _parsed(reply: bytes) -> aiosmtplib.SMTPResponse:
    # Not at a CR of its own, which is no end of a line (§2.3.8): some servers pass on what another system told them.
    lines = reply.removesuffix(b"\n").split(b"\n")
    code = _CODE.match(lines[-1])
    if code is None:
        raise aiosmtplib.SMTPResponseException(-1, lines[-1].decode("utf-8", "replace"))
    text = b"\n".join(line[4:].strip() for line in lines)
    return aiosmtplib.SMTPResponse(int(code.group()), text.decode("utf-8", "surrogateescape"))
