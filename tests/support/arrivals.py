"""What a catch mailbox handed out, as its tests look at it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bsaudit.model.mail import Arrival
from bsaudit.ports import CatchMailbox


async def take(mailbox: CatchMailbox, count: int) -> list[Arrival]:
    """Wait for `count` arrivals and return them."""
    found: list[Arrival] = []
    async for arrival in mailbox.arrivals():
        found.append(arrival)
        if len(found) == count:
            break
    return found


def subjects(arrivals: Iterable[Arrival]) -> list[str]:
    matches = [re.search(rb"^Subject: (.*?)\r?$", arrival.raw, re.MULTILINE) for arrival in arrivals]
    return [match[1].decode() for match in matches if match is not None]
