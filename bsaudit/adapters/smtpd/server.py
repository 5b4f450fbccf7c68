"""The listening server."""

from __future__ import annotations

from typing import Self

from bsaudit.adapters.smtpd.connection import Connection
from bsaudit.adapters.smtpd.data import Room
from bsaudit.adapters.smtpd.handler import Handler, Options
from bsaudit.adapters.smtpd.listener import Listener


class Server:
    """A listening SMTP server: `async with Server(handler, options) as server: await server.listen(host, port)`."""

    def __init__(self, handler: Handler, options: Options) -> None:
        self._handler, self._options = handler, options
        self._room = Room(options.room)
        self._listener = Listener(most=options.connections, most_per_peer=options.connections_per_peer)

    async def listen(self, host: str, port: int = 0) -> tuple[str, int]:
        """Begin to listen and return address and port. Raises OSError."""
        return await self._listener.listen(self._connection, host, port)

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        await self._listener.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _connection(self) -> Connection:
        return Connection(self._listener, self._handler, self._options, self._room)
