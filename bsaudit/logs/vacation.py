"""vacation(1) and its like, run from a .forward file: local(8) says that it ran, the queue that somebody wrote.

Whether it answered nothing says: it answers each sender once a week. Its answer comes from pickup(8), with the bare
name of its user as reverse-path, for the sender of the message that it was given. The lines come in either order.
"""

from __future__ import annotations

from bsaudit.logs.recent import Marks, Recent
from bsaudit.logs.tally import ADDRESS_LIMIT, Notice, Tally

# Runs without an answer, and messages of users that answer nothing. The two are seconds apart.
MAX_WAITING = 10_000


class Vacation:
    """What such programs of one queue wrote."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._ran: Marks[tuple[bytes, bytes]] = Marks(MAX_WAITING)
        self._wrote: Recent[tuple[bytes, bytes], Notice] = Recent(MAX_WAITING)

    def ran(self, user: bytes, sender: bytes) -> None:
        """Note that it ran for a user, over a message of this sender's."""
        key = (user, sender[:ADDRESS_LIMIT])
        notice = self._wrote.find(key)
        if notice is None:
            self._ran.add(key)
            return
        self._wrote.drop(key)
        self._tally.count(notice)

    def wrote(self, user: bytes, notice: Notice) -> Notice | None:
        """Return the notice that a user's message is, where that is known already."""
        key = (user, notice.to or b"")
        if self._ran.find(key):
            self._ran.drop(key)
            return notice
        self._wrote.put(key, notice)
        return None
