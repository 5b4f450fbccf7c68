"""A message of Postfix, and what the queues of one host know together.

Instances hand messages to one another (MULTI_INSTANCE_README), by way of a content filter or straight.
"""

from __future__ import annotations

from bsaudit.logs.recent import Marks, Recent
from bsaudit.logs.tally import Notice

# Messages in a content filter at once
MAX_FILTERED = 10_000


class Mail:
    """What is worth remembering of one message.

    `here`: written by this server's own programs, by its Message-ID; `via`: from localhost, maybe by a content filter;
    `seen`: in a log that was read before; `user`: who handed it in, where that is all that its reverse-path says.
    """

    __slots__ = (
        *("about", "at", "failure", "here", "ids", "local", "notice", "pickup", "queued", "seen", "sender", "sent"),
        *("sieve", "to", "user", "via"),
    )

    def __init__(self) -> None:
        self.sender: bytes | None = None
        self.failure = self.user = b""
        self.to: bytes | None = None
        self.notice: Notice | None = None  # what it is
        self.about: Notice | None = None  # what was written about it
        self.at: float | None = None
        self.ids = 1  # queue ids under which it is known: a content filter gives it a second one
        self.local = self.via = self.here = self.sieve = self.pickup = self.queued = self.sent = self.seen = False


class Shared:
    """`tables`: the messages of each queue, by their ids; `strays`: those that no queue manager took yet."""

    def __init__(self) -> None:
        self.strays: dict[bytes, Mail] = {}
        self.tables = [self.strays]
        self.proxied: Marks[bytes] = Marks(MAX_FILTERED)  # authenticated clients of a filter before the queue
        # Messages that a content filter handed back: whether they came from an own client in the first place
        self.filtered: Recent[bytes, bool] = Recent(MAX_FILTERED)

    def table(self, queue_id: bytes) -> dict[bytes, Mail]:
        """Return the table that a message stands in, that of the strays where it stands in none."""
        return next((table for table in self.tables if queue_id in table), self.strays)

    def is_local(self, queue_id: bytes) -> bool:
        """Tell whether this message came from an authenticated or local client."""
        mail = self.table(queue_id).get(queue_id)
        return mail is not None and mail.local
