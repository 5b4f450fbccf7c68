"""How a server greets: connect, read the greeting, quit."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, SOCK_DGRAM

from bsaudit.adapters.smtp_session import SessionError, SmtpSession, Timeouts
from bsaudit.ports import Clock
from bsaudit.text import clean_line

# Our own catch MX is asked, which answers at once; a gateway in front may let strangers wait (postscreen: 6 s).
PATIENCE = Timeouts(connect=10.0, greeting=20.0)
GREETING_LIMIT = 300
DISCARD = 9  # RFC 863; any port would do


class SmtpGreeter:
    """`ports.Greeter`."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    async def greeting(self, address: str, port: int) -> tuple[str | None, str]:
        session = SmtpSession(address, port, clock=self._clock, timeouts=PATIENCE)
        try:
            await session.connect()
            banner = clean_line(session.banner, GREETING_LIMIT)
            await session.quit()
        except SessionError as error:
            if error.reply is None:
                return None, clean_line(error.message, GREETING_LIMIT)
            return clean_line(error.reply.text, GREETING_LIMIT), ""
        finally:
            session.abort()
        return banner, ""

    def is_here(self, address: str) -> bool:
        """Say so by the address from which this machine would send there; nothing is sent."""
        try:
            here = ip_address(address)
            with socket.socket(AF_INET6 if ":" in address else AF_INET, SOCK_DGRAM) as trial:
                trial.connect((address, DISCARD))
                return ip_address(trial.getsockname()[0]) == here and not here.is_loopback
        except (OSError, ValueError):
            return False
