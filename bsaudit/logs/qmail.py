"""qmail: qmail-send's own log. `bounce msg N qp Q` names the notice by the process that queued it; ids are used again.

The log says with which uid a message was queued, not which uid is the SMTP server's: whether a client was local stays
open.
"""

from __future__ import annotations

import re

from bsaudit.logs.clock import Clock
from bsaudit.logs.recent import Marks, Recent
from bsaudit.logs.tally import ADDRESS_LIMIT, SAID_LIMIT, Kind, Notice, Tally

PRODUCT = "qmail"
MAX_MESSAGES = 50_000
# Deliveries that go on at once: concurrencyremote is at most 255 (qmail-control(5)), a patched one thousands.
MAX_DELIVERIES = 20_000
DOUBLE = b"#@[]"  # the sender of a double bounce
LIST = b"-@[]"  # ends a list's reverse-path (VERP), and is cut off for the bounce
# Messages that a program may be answering: those in delivery here, and the last that were
MAX_ANSWERED = 20
_INFO = re.compile(rb"info msg (\d{1,20}): bytes \d{1,20} from <([^>]{0,400})> qp (\d{1,10})")
_STARTING = re.compile(rb"starting delivery (\d{1,20}): msg (\d{1,20}) to (\w{1,10}) (\S{1,400})")
_BOUNCE = re.compile(rb"bounce msg (\d{1,20}) qp (\d{1,10})")
_DELIVERY = re.compile(rb"delivery (\d{1,20}): (success|failure|deferral): ?(.{0,1000})")
_STATUS = re.compile(rb"#([45]\.\d{1,3}\.\d{1,3})")


class _Message:
    __slots__ = ("failure", "notice", "process", "sender")

    def __init__(self, sender: bytes, process: bytes) -> None:
        self.sender, self.process = sender, process
        self.failure = b""
        self.notice: Notice | None = None


class Qmail:
    product = PRODUCT

    def __init__(self, name: object, tally: Tally, clock: Clock) -> None:
        self._name, self._tally, self._clock = name, tally, clock
        self._messages: dict[bytes, _Message] = {}
        self._deliveries: Recent[bytes, bytes] = Recent(MAX_DELIVERIES)
        self._delivered: Marks[bytes] = Marks(MAX_ANSWERED)  # senders
        self._written: dict[bytes, Notice] = {}  # by the process that queued it, until its message is seen

    def line(self, rest: bytes, line: bytes) -> None:
        if rest[:9] == b"delivery ":
            self._tried(rest)
        elif rest[:9] == b"starting ":
            self._starting(rest, line)
        elif rest[:9] == b"info msg ":
            self._info(rest)
        elif rest[:8] == b"end msg ":
            self._end(rest[8:28].strip())
        elif rest[:11] == b"bounce msg ":
            self._bounce(rest, line)

    def _starting(self, rest: bytes, line: bytes) -> None:
        found = _STARTING.match(rest)
        if found is None:
            return
        delivery, number, where, to = found.groups()
        self._deliveries.put(delivery, number)
        message = self._messages.get(number)
        if message is None:
            return
        if message.notice is not None:
            message.notice.to = message.notice.to or to[:ADDRESS_LIMIT]
        elif where == b"local":
            self._delivered.add(message.sender)
        elif not message.sender and self._delivered.find(to):
            self._answer(message, number, to, line)

    def _answer(self, message: _Message, number: bytes, to: bytes, line: bytes) -> None:
        """Take what a program wrote: it has no sender, and goes to somebody whose own mail was delivered just now."""
        at = self._clock.at(line)
        if not self._tally.again(self._name, number, message.process, at):
            message.notice = Notice(Kind.AUTOREPLY, PRODUCT, to[:ADDRESS_LIMIT], at)

    def _info(self, rest: bytes) -> None:
        found = _INFO.match(rest)
        if found is None:
            return
        number, sender, process = found.groups()
        before = self._messages.get(number)
        if before is not None and before.process == process:
            return  # the same line again
        self._end(number)  # the log is cut: it was used again
        if len(self._messages) >= MAX_MESSAGES:
            self._tally.full = True
            self.finish()
        message = self._messages[number] = _Message(sender, process)
        if sender in {b"", DOUBLE}:
            message.notice = self._written.pop(process, None)

    def _tried(self, rest: bytes) -> None:
        found = _DELIVERY.match(rest)
        number = found and self._deliveries.find(found[1])
        message = self._messages.get(number) if number else None
        if found is None or message is None:
            return
        self._deliveries.drop(found[1])
        if found[2] == b"failure":
            self._delivered.drop(message.sender)
            message.failure = message.failure or found[3][:SAID_LIMIT].replace(b"_", b" ")
        elif found[2] == b"success" and message.notice is not None:
            message.notice.delivered = True

    def _bounce(self, rest: bytes, line: bytes) -> None:
        found = _BOUNCE.match(rest)
        if found is None:
            return
        at = self._clock.at(line)
        message = self._messages.get(found[1])
        if self._tally.again(self._name, rest, at):
            return
        if len(self._written) >= MAX_MESSAGES:
            self._tally.full = True
            self.finish()
        sender = message.sender.removesuffix(LIST) if message else None
        notice = Notice(Kind.NDN, PRODUCT, sender and sender[:ADDRESS_LIMIT], at, local=None, copy=sender == b"")
        if message:
            status = _STATUS.search(message.failure)
            notice.said, notice.status = message.failure, status[1].decode() if status else None
        self._written[found[2]] = notice

    def _end(self, number: bytes) -> None:
        message = self._messages.pop(number, None)
        if message is not None and message.notice is not None:
            self._tally.count(message.notice)

    def finish(self) -> None:
        """Count what is in the queue when the log ends."""
        for number in list(self._messages):
            self._end(number)
        for notice in self._written.values():
            self._tally.count(notice)
        self._written.clear()
