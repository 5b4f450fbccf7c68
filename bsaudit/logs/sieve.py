"""Dovecot's Sieve and LMTP: automatic replies and rejections that the mail server sends for them.

The log names the person written to, the mail server's the queue id: they meet where the recipient is the same.
"""

from __future__ import annotations

import re
from collections import deque

from bsaudit.logs.clock import Clock
from bsaudit.logs.tally import ADDRESS_LIMIT, Kind, Notice, Tally
from bsaudit.model.notification import Reason

PRODUCT = "Dovecot Pigeonhole (Sieve)"
# What was said and is not yet seen in the queue, or the other way round. They are seconds apart.
MAX_WAITING = 10_000
_VACATION = re.compile(rb"sent vacation response to <([^>]{1,400})>")
_REJECT = re.compile(rb"[Rr]ejected message from <([^>]{1,400})>(.{0,400})")


class Sieve:
    """What the delivery agents of one host say they wrote."""

    def __init__(self, tally: Tally, clock: Clock) -> None:
        self._tally, self._clock = tally, clock
        self._said: deque[Notice] = deque()
        self._taken: deque[bytes] = deque(maxlen=MAX_WAITING)

    def line(self, rest: bytes, line: bytes) -> None:
        if b" to <" not in rest and b" from <" not in rest:
            return
        vacation = _VACATION.search(rest)
        found = vacation or _REJECT.search(rest)
        at = self._clock.at(line)
        if found is None or self._tally.again(rest[:400], at):
            return
        to = found[1][:ADDRESS_LIMIT]
        if to in self._taken:
            self._taken.remove(to)
        elif vacation:
            self._wait(Notice(Kind.AUTOREPLY, PRODUCT, to, at, said=found[0]))
        else:
            quota = b"uota" in found[2] or b"full" in found[2]
            reason = Reason.MAILBOX_FULL if quota else Reason.POLICY  # the user's own rule
            self._wait(Notice(Kind.NDN, PRODUCT, to, at, said=found[0], reason=reason))

    def taken(self, to: bytes | None, *, null: bool, at: float | None) -> Notice | None:
        """Return what a message from a delivery agent is, by its recipient; where that is not known, the oldest."""
        said = next((one for one in self._said if to is None or one.to == to), None)
        if said is not None:
            self._said.remove(said)
            return said
        if not null or to is None:
            return None  # a message that was redirected, or nobody knows to whom
        self._taken.append(to)
        return Notice(Kind.AUTOREPLY, PRODUCT, to, at)

    def finish(self) -> None:
        """Count what was said to be written, though no queue shows it."""
        while self._said:
            self._sent(self._said.popleft())

    def _wait(self, notice: Notice) -> None:
        self._said.append(notice)
        if len(self._said) > MAX_WAITING:
            self._sent(self._said.popleft())

    def _sent(self, notice: Notice) -> None:
        notice.delivered = True
        self._tally.count(notice)
