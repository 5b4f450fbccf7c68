"""Courier: one host's messages.

A notice is written by the module "dsn", and queued as the next message to that address.
"""

from __future__ import annotations

import re
from collections import deque

from bsaudit.logs.clock import Clock
from bsaudit.logs.recent import Marks, Recent
from bsaudit.logs.tally import ADDRESS_LIMIT, Kind, Notice, Tally

PRODUCT = "Courier"
MAX_MESSAGES = 50_000
MAX_NOTICES = 20_000
_NEW = re.compile(rb"newmsg,id=([0-9A-F.]{1,60})(, auth=[^:]{1,255})?: (.{0,800})")
# Behind the greeting, which is what the client says: its name and address
_LOCAL = re.compile(rb"uucp;|.{0,700}\[(?:(?:::ffff:)?127\.[\d.]{1,12}|::1)\]\)\s*\Z")
_STARTED = re.compile(
    rb"started,id=([0-9A-F.]{1,60}),from=<([^>]{0,400})>,module=(\w{1,20}),host=[^,]{0,255},addr=<([^>]{0,400})>"
)
_SAID = re.compile(rb"id=([0-9A-F.]{1,60}),from=<[^>]{0,400}>,addr=<[^>]{0,400}>(?:,size=\d{1,20})?(?:,|: )(.{0,1000})")

# The sender of a notice about a notice, as in qmail
_DOUBLE = b"#@[]"


class Courier:
    product = PRODUCT

    def __init__(self, name: object, tally: Tally, clock: Clock) -> None:
        self._name, self._tally, self._clock = name, tally, clock
        self._local: Marks[bytes] = Marks(MAX_MESSAGES)
        self._failures: Recent[bytes, bytes] = Recent(MAX_MESSAGES)
        self._failed: Marks[bytes] = Marks(MAX_MESSAGES)
        self._delivered: Marks[bytes] = Marks(MAX_MESSAGES)
        self._writing: deque[Notice] = deque(maxlen=MAX_NOTICES)
        self._notices: dict[bytes, Notice] = {}

    def line(self, rest: bytes, line: bytes) -> None:
        if rest.startswith(b"started,"):
            if found := _STARTED.match(rest):
                self._started(found, line)
        elif rest.startswith(b"id="):
            if found := _SAID.match(rest):
                self._said(found[1], found[2])
        elif (found := _NEW.match(rest)) and (found[2] or _LOCAL.match(found[3])):
            self._local.add(found[1])

    def _started(self, found: re.Match[bytes], line: bytes) -> None:
        message, sender, module, to = found.groups()
        if sender and sender != _DOUBLE:
            return
        if module == b"dsn":
            at = self._clock.at(line)
            if not self._tally.again(self._name, message, at):
                kind = Kind.NDN if self._failed.find(message) else self._kind(message)
                said, local = self._failures.find(message) or b"", bool(self._local.find(message))
                self._writing.append(Notice(kind, PRODUCT, to[:ADDRESS_LIMIT], at, said=said, local=local))
        elif message not in self._notices and self._local.find(message):
            notice = self._written_to(to, double=sender == _DOUBLE)
            if notice is not None:
                self._writing.remove(notice)
                if len(self._notices) >= MAX_NOTICES:
                    self._tally.full = True
                    self.finish()
                self._notices[message] = notice

    def _kind(self, message: bytes) -> Kind:
        """Return what is told of a message that did not fail: that it was delivered, unless it was put off, too."""
        delivered = self._delivered.find(message) and not self._failures.find(message)
        return Kind.SUCCESS if delivered else Kind.DELAY

    def _written_to(self, to: bytes, *, double: bool) -> Notice | None:
        """Return the oldest notice to this address; a double bounce was written to "postmaster", whoever reads that."""
        return next((one for one in self._writing if one.to == to or (double and one.to == b"postmaster")), None)

    def _said(self, message: bytes, said: bytes) -> None:
        notice = self._notices.get(message)
        if notice is None:
            if said.startswith(b"status: failure"):
                self._failed.add(message)
            elif said.startswith(b"status: success"):
                self._delivered.add(message)
            elif said[:1] in {b"4", b"5"}:
                self._failures.put(message, said)
        elif b"bounce dropped" in said.lower():  # courierd's own suppression: it never leaves
            del self._notices[message]
        elif said.startswith((b"status: success", b"status: failure")):
            notice.delivered = said.endswith(b"success")
            self._tally.count(self._notices.pop(message))

    def finish(self) -> None:
        """Count what is in the queue when the log ends."""
        for notice in self._notices.values():
            self._tally.count(notice)
        self._notices.clear()
