"""Haraka: its outbound queue, as text, logfmt or JSON.

"bouncing mail" names neither the reverse-path nor the notice: the first is the transaction's sender, the second the
transaction that is created next. Where none is, no notice was written: a plugin held it back, or it was a double
bounce.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bsaudit.logs.clock import Clock
from bsaudit.logs.recent import Marks, Recent
from bsaudit.logs.tally import ADDRESS_LIMIT, Kind, Notice, Tally

PRODUCT = "Haraka"
MAX_TRANSACTIONS = 50_000
# Notices that are being written at once
MAX_WRITING = 1_000
HARAKA = re.compile(
    rb"(?:\[\w{3,9}\] \[[0-9A-F.\-]{1,60}\] \[\w{1,40}\] |level=\w{3,9} uuid=[0-9A-F.\-]{1,60} origin=)"
)
_TEXT = re.compile(rb"\[\w{3,9}\] \[([0-9A-F.\-]{1,60})\] \[([\w./]{1,60})\] {1,2}(.*)", re.DOTALL)
_LOGFMT = re.compile(rb"level=\w{3,9} uuid=([0-9A-F.\-]{1,60}) origin=([\w./]{1,60}) message=(.*)", re.DOTALL)
_REFUSED = re.compile(rb"recipient <[^>]{0,400}> (?:rejected|failed)[^:]{0,40}: (.{1,1000})")


class Haraka:
    product = PRODUCT

    def __init__(self, name: object, tally: Tally, clock: Clock) -> None:
        self._name, self._tally, self._clock = name, tally, clock
        self._senders: Recent[bytes, bytes] = Recent(MAX_TRANSACTIONS)
        self._refused: Recent[bytes, bytes] = Recent(MAX_TRANSACTIONS)
        self._relayed: Marks[bytes] = Marks(MAX_TRANSACTIONS)
        self._writing: dict[bytes, Notice] = {}  # by the message that they are about
        self._notices: dict[bytes, Notice] = {}  # by their connection's part of the uuid

    def line(self, rest: bytes, line: bytes) -> None:
        found = _TEXT.match(rest) or _LOGFMT.match(rest)
        if found is not None:
            message = found[3]
            if message.startswith(b'"'):
                message = message[1:].replace(b'" ', b" ", 1).removesuffix(b'"')
            self._event(found[1], message, line)

    def fields(self, fields: Mapping[str, Any], line: bytes) -> None:
        """Take a line of JSON."""
        more = "".join(
            f" {name}={one}" for name, one in fields.items() if name not in {"level", "uuid", "origin", "message"}
        )
        said = f"{fields['message']}{more}".encode("utf-8", "replace")
        self._event(str(fields.get("uuid")).encode("utf-8", "replace")[:60], said, line)

    def _event(self, uuid: bytes, message: bytes, line: bytes) -> None:
        message = message.lstrip()
        word = message[:9]
        if word == b"sender <>"[:9] or word.startswith(b"sender <"):
            self._senders.put(uuid, message[8:].partition(b">")[0][:ADDRESS_LIMIT])
        elif word == b"disconnec" and b" relay=Y" in message:
            self._relayed.add(uuid.partition(b".")[0])
        elif word == b"recipient" and (refused := _REFUSED.match(message)):
            self._refused.put(uuid, refused[1])
        elif word == b"bouncing ":
            self._bouncing(uuid, message.partition(b": ")[2], line)
        elif word in {b"Created t", b"Plugin re", b"Double bo"}:
            self._written(uuid, message)
        elif word == b"delivered":
            self._fate(uuid, delivered=True)

    def _bouncing(self, uuid: bytes, why: bytes, line: bytes) -> None:
        if self._fate(uuid, delivered=False):
            return
        sender = self._senders.find(uuid.rpartition(b".")[0])
        if sender == b"" or len(self._writing) >= MAX_WRITING:
            return
        said = (self._refused.find(uuid) or why) if why.startswith(b"Some recipients") else why
        local = bool(self._relayed.find(uuid.partition(b".")[0]))
        self._writing[uuid] = Notice(Kind.NDN, PRODUCT, sender, self._clock.at(line), said=said, local=local)

    def _written(self, uuid: bytes, message: bytes) -> None:
        if not message.startswith(b"Created"):
            self._writing.pop(uuid, None)
        elif self._writing:
            created = message.partition(b": ")[2].split(b" ", 1)[0].strip(b'"')[:60]
            notice = self._writing.pop(next(iter(self._writing)))
            if self._tally.again(self._name, created):
                return
            if len(self._notices) >= MAX_TRANSACTIONS:
                self._tally.full = True
                self.finish()
            self._notices[created] = notice

    def _fate(self, uuid: bytes, *, delivered: bool) -> bool:
        """Note what became of a message; return whether it was a notice."""
        notice = self._notices.pop(uuid.partition(b".")[0], None)
        if notice is None:
            return False
        notice.delivered = delivered
        self._tally.count(notice)
        return True

    def finish(self) -> None:
        """Count what is in the queue when the log ends."""
        for notice in self._notices.values():
            self._tally.count(notice)
        self._notices.clear()
