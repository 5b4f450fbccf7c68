"""Exchange's message tracking log: CSV with the names of its fields.

A notice is an event DSN with the original's id as its reference.
"""

from __future__ import annotations

import csv
import re

from bsaudit.logs.clock import Clock
from bsaudit.logs.recent import Marks, Recent
from bsaudit.logs.tally import ADDRESS_LIMIT, Kind, Notice, Tally

PRODUCT = "Microsoft Exchange"
MAX_MESSAGES = 50_000
FIELDS = re.compile(rb"#(?:Fields|Software|Version|Log-Type|Date): ", re.IGNORECASE)
_EVENTS = re.compile(rb",(?:FAIL|DSN|SEND|SENDEXTERNAL|DEFER|DELIVER|RECEIVE|SUBMIT|DROP),")
_SAID = re.compile(rb"LED=([^}]{1,1000})")
_STATUS = re.compile(rb"\b([245]\.\d{1,3}\.\d{1,3})\b")


class Exchange:
    product = PRODUCT

    def __init__(self, name: object, tally: Tally, clock: Clock) -> None:
        self._name, self._tally, self._clock = name, tally, clock
        self._columns: dict[str, int] = {}
        self._failures: Recent[bytes, bytes] = Recent(MAX_MESSAGES)
        self._put_off: Marks[bytes] = Marks(MAX_MESSAGES)
        self._own: Marks[bytes] = Marks(MAX_MESSAGES)
        self._notices: dict[bytes, Notice] = {}

    def fields(self, line: bytes) -> None:
        """Take a line of the head."""
        head, _, names = line.partition(b": ")
        if head.lower() == b"#fields":
            named = names.decode("ascii", "replace").strip().split(",")
            self._columns = {name: number for number, name in enumerate(named)}

    def line(self, _rest: bytes, line: bytes) -> None:
        if not self._columns or not _EVENTS.search(line):
            return
        try:
            row = next(csv.reader([line.decode("utf-8", "surrogateescape")]), [])
        except csv.Error:  # a field of more than 128 KiB
            return
        event, message = self._field(row, "event-id"), self._field(row, "message-id")
        if event == b"DSN":
            self._written(row, message, line)
        elif event in {b"RECEIVE", b"SUBMIT"}:
            self._arrived(row, message, line)
        elif message in self._notices:
            notice = self._notices[message]
            notice.to = notice.to or self._field(row, "recipient-address").partition(b";")[0][:ADDRESS_LIMIT] or None
            self._fate(event, message)
        elif event == b"FAIL":
            said = self._field(row, "recipient-status")
            found = _SAID.search(said)
            self._failures.put(message, found[1] if found else said or b"-")
        elif event == b"DEFER":
            self._put_off.add(message)

    def _arrived(self, row: list[str], message: bytes, line: bytes) -> None:
        """Note whose message it is; one that a mailbox here sent without a reverse-path is an automatic reply."""
        from_mailbox = self._field(row, "source") == b"STOREDRIVER"
        if from_mailbox or self._field(row, "directionality") == b"Originating":
            self._own.add(message)
        if from_mailbox and message not in self._notices and self._field(row, "return-path") == b"<>":
            at = self._clock.at(line)
            to = self._field(row, "recipient-address").partition(b";")[0][:ADDRESS_LIMIT] or None
            if not self._tally.again(self._name, message):
                self._keep(message, Notice(Kind.AUTOREPLY, PRODUCT, to, at))

    def _keep(self, message: bytes, notice: Notice) -> None:
        if len(self._notices) >= MAX_MESSAGES:
            self._tally.full = True
            self.finish()
        self._notices[message] = notice

    def _field(self, row: list[str], name: str) -> bytes:
        number = self._columns.get(name, len(row))
        return row[number].encode("utf-8", "surrogateescape")[:1000] if number < len(row) else b""

    def _written(self, row: list[str], message: bytes, line: bytes) -> None:
        at = self._clock.at(line)
        if not message or self._tally.again(self._name, message, at):
            return
        of = self._field(row, "reference").partition(b";")[0]
        failure = self._failures.find(of)
        kind = Kind.NDN if failure or not of else Kind.DELAY if self._put_off.find(of) else Kind.SUCCESS
        to = self._field(row, "recipient-address").partition(b";")[0][:ADDRESS_LIMIT]
        notice = Notice(kind, PRODUCT, to, at, said=failure or b"", local=bool(self._own.find(of)))
        status = _STATUS.search(failure or b"")
        notice.status = status[1].decode() if status else None
        self._keep(message, notice)

    def _fate(self, event: bytes, message: bytes) -> None:
        if event in {b"SEND", b"SENDEXTERNAL", b"DELIVER", b"FAIL", b"DROP"}:
            notice = self._notices.pop(message)
            notice.delivered = event not in {b"FAIL", b"DROP"}
            self._tally.count(notice)

    def finish(self) -> None:
        """Count what is in the queue when the log ends."""
        for notice in self._notices.values():
            self._tally.count(notice)
        self._notices.clear()
