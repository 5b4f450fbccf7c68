"""What all catch mailboxes share: how much of a message is read, and the queue from feeder to reader."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

import msgspec

from bsaudit.errors import CatchError
from bsaudit.model.mail import Arrival, CatchSession

# Octets kept of one message. A report stands in front of the message it returns (RFC 6522 §3), so what matters is in
# the first few kilobytes; a bounce of an oversize probe returns tens of megabytes.
READ_LIMIT = 1 << 20

# What is looked at of the mail of the day before: enough to meet a stranger, and no burden on a mailbox.
VISITS = 50
HEADER_LIMIT = 1 << 16

P = TypeVar("P")


class Elsewhere:
    """A mailbox for which somebody else's server takes the mail: of its sessions nothing is seen."""

    def sessions(self) -> Sequence[CatchSession]:
        return ()

    @property
    def sees_sessions(self) -> bool:
        return False

    @property
    def nonce(self) -> None:
        """Nothing of ours listens there."""


def decode_position(position: str, as_type: type[P]) -> P:
    """Return a journalled position as the mailbox's own type. Raises CatchError for another mailbox's position."""
    try:
        return msgspec.json.decode(position, type=as_type)
    except msgspec.DecodeError as error:
        raise CatchError(
            "the run's position does not fit this catch mailbox",
            remedy="Use the same --catch URL as the run that is to be continued.",
        ) from error


def encode_position(position: object) -> str:
    return msgspec.json.encode(position).decode()


class Feed:
    """Arrivals on their way from whoever found them to the one who reads them; lives in the event loop's thread."""

    def __init__(self) -> None:
        self._waiting: deque[Arrival] = deque()
        self._something = asyncio.Event()
        self._failure: CatchError | None = None
        self.octets = 0  # held in memory

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def put(self, arrival: Arrival) -> None:
        self._waiting.append(arrival)
        self.octets += len(arrival.raw)
        self._something.set()

    def fail(self, error: CatchError) -> None:
        """Make every later reader raise `error`, after what had arrived before."""
        self._failure = error
        self._something.set()

    def take(self) -> Arrival | None:
        """Return the next arrival, or None if there is none yet. Raises CatchError once the feeder has failed."""
        if self._waiting:
            arrival = self._waiting.popleft()
            self.octets -= len(arrival.raw)
            return arrival
        if self._failure is not None:
            raise self._failure
        return None

    async def each(self) -> AsyncIterator[Arrival]:
        """Yield arrivals as they come, for ever."""
        while True:
            self._something.clear()
            while (arrival := self.take()) is not None:
                yield arrival
            await self._something.wait()
