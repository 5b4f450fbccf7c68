"""A listening socket that closes with all its connections, and limits their number."""

from __future__ import annotations

import asyncio
import collections
import socket
from collections.abc import Callable
from typing import Protocol

# What was accepted in one turn of the loop gets its transport in the next, is turned away in another, and is gone
# in a third.
LAST_TURNS = 4
# Octets that the kernel holds of one connection; no more of it comes in one piece. Enough for 160 KB/s over 100 ms.
RECEIVE_BUFFER = 16 << 10


# Connections that wait to be accepted: where there is no place for one more, the client tries again after a second.
BACKLOG = 512


class Guest(Protocol):
    """What a listener has to know of a connection."""

    def abort(self) -> None: ...


class Listener:
    """A listening socket and its connections; `most` at once, `most_per_peer` of one address."""

    def __init__(self, *, most: int, most_per_peer: int | None = None) -> None:
        self._most, self._most_per_peer = most, most_per_peer
        self._connections: dict[Guest, str] = {}
        self._server: asyncio.Server | None = None

    async def listen(self, make: Callable[[], asyncio.Protocol], host: str, port: int) -> tuple[str, int]:
        """Begin to listen and return address and port. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(make, host, port, start_serving=False, backlog=BACKLOG)
        for listening in self._server.sockets:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)  # connections inherit it
        await self._server.start_serving()
        address = self._server.sockets[0].getsockname()
        return str(address[0]), int(address[1])

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is None:
            return
        server, self._server = self._server, None
        # Accept no more, but close only when all that was accepted has a transport: asyncio cannot make one for a
        # closed server, and leaves the socket open.
        for listening in server.sockets:
            asyncio.get_running_loop().remove_reader(listening)
        for connection in list(self._connections):
            connection.abort()
        for _ in range(LAST_TURNS):
            await asyncio.sleep(0)
        server.close()  # wait_closed() would wait for strangers

    @property
    def open(self) -> bool:
        return self._server is not None

    def admit(self, connection: Guest, address: str) -> bool:
        """Whether one more connection from `address` is within the limits."""
        counts = collections.Counter(self._connections.values())
        if counts.total() >= self._most or counts[address] >= (self._most_per_peer or self._most):
            return False
        self._connections[connection] = address
        return True

    def gone(self, connection: Guest) -> None:
        self._connections.pop(connection, None)
