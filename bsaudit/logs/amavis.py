"""amavis: the notices of a content filter behind the queue, which hands them back to the mail server."""

from __future__ import annotations

import re

from bsaudit.logs.clock import Clock
from bsaudit.logs.instances import Host
from bsaudit.logs.recent import Recent
from bsaudit.logs.tally import ADDRESS_LIMIT, Kind, Notice, Tally

PRODUCT = "amavisd"
# Messages that the filter looks at; it has a dozen at once.
MAX_TASKS = 5_000
_TASK = re.compile(rb"\(([\w\-]{1,40})\) ")
_DSN = re.compile(rb"DSN: NOTIFICATION: Action:(\w{1,20}),? ?(.{0,1000}), <([^>]{1,400})> -> ")
_SEND = re.compile(rb"SEND (?:from|via [\w:]{1,20}) ?<> -> <([^>]{1,400})>.{0,1000}queued as (\w{5,32})")
_BLOCKED = re.compile(rb"\{[^}]{0,200}Bounced(\w{0,40})[^}]{0,200}\}.{0,4000}?Queue-ID: (\w{5,32})")
_KINDS = {b"failed": Kind.NDN, b"delayed": Kind.DELAY}


class Amavis:
    """The filter of one host, with the mail server's instances there."""

    def __init__(self, host: Host, tally: Tally, clock: Clock) -> None:
        self._host, self._tally, self._clock = host, tally, clock
        self._tasks: Recent[bytes, Notice] = Recent(MAX_TASKS)

    def line(self, rest: bytes, line: bytes) -> None:
        task = _TASK.match(rest)
        if task is None:
            return
        if b"DSN: NOTIFICATION" in rest and (dsn := _DSN.search(rest)):
            kind = _KINDS.get(dsn[1], Kind.SUCCESS)
            self._tasks.put(task[1], Notice(kind, PRODUCT, dsn[3][:ADDRESS_LIMIT], self._clock.at(line), said=dsn[2]))
            return
        notice = self._tasks.find(task[1])
        if notice is None:
            return
        if b"SEND " in rest and (sent := _SEND.search(rest)) and sent[1] == notice.to:
            if not self._tally.again(self, sent[2], self._clock.at(line)):
                self._host.claim(sent[2], notice)
        elif b"Queue-ID: " in rest and (blocked := _BLOCKED.search(rest)):
            own = blocked[1].startswith((b"Outbound", b"Internal"))
            notice.local = own or self._host.shared.is_local(blocked[2])
            self._tasks.drop(task[1])

    def finish(self) -> None:
        """Nothing is left: the notices are in the mail server's queue."""
