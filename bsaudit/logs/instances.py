"""Postfix on one host: which queue a line of a daemon belongs to.

An instance is what a queue manager logs under. Any other daemon may have a name of its own (master.cf: -o
syslog_name=postfix-submission): its lines belong to the queue that holds the message, or takes it later.
"""

from __future__ import annotations

from bsaudit.logs.clock import Clock
from bsaudit.logs.postfix import Handler, Queue
from bsaudit.logs.postfix_mail import Shared
from bsaudit.logs.sieve import Sieve
from bsaudit.logs.tally import Notice, Tally

# Names of one host; a hostile log may make up any number.
MAX_NAMES = 50
_MANAGERS = frozenset({b"qmgr", b"oqmgr", b"nqmgr"})
# Who names a message first
_TAKERS = frozenset({b"smtpd", b"pickup"})


class Host:
    """The instances of one host, and the services that log under other names."""

    def __init__(self, name: bytes, tally: Tally, clock: Clock, sieve: Sieve) -> None:
        self.shared = Shared()
        self._name, self._tally, self._clock, self._sieve = name, tally, clock, sieve
        self._queues: dict[bytes, Queue] = {}

    def handler(self, instance: bytes, daemon: bytes) -> Handler | None:
        """Return who reads what a daemon logs under a name; None where it is nothing to us."""
        queue = self._queue(instance)
        direct = queue.handlers.get(daemon) if queue else None
        if queue is None or direct is None:
            return None
        if daemon in _MANAGERS:
            queue.manage()
        if queue.managed or daemon in _TAKERS:
            return direct

        def line(rest: bytes, line: bytes) -> None:
            holder = None if queue.managed else self._holder(rest.partition(b": ")[0])
            (holder.handlers[daemon] if holder else direct)(rest, line)

        return line

    def claim(self, queue_id: bytes, notice: Notice) -> None:
        """Take it that the message of this id is this notice."""
        queue = self._holder(queue_id) or next(iter(self._queues.values()), None)
        if queue is not None:
            queue.claim(queue_id, notice)

    def finish(self) -> None:
        """Count what is in the queues when the log ends."""
        for queue in self._queues.values():
            queue.finish()

    def _queue(self, instance: bytes) -> Queue | None:
        queue = self._queues.get(instance)
        if queue is None:
            if len(self._queues) >= MAX_NAMES:
                self._tally.full = True
                return None
            key = (Queue, self._name, instance)
            queue = self._queues[instance] = Queue(key, self._tally, self._clock, self._sieve, self.shared)
        return queue

    def _holder(self, queue_id: bytes) -> Queue | None:
        return next((queue for queue in self._queues.values() if queue.managed and queue.holds(queue_id)), None)
