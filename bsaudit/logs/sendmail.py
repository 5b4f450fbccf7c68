"""Sendmail: one host's messages.

A notice is named by a line of the message that it is about: `ID: NOTICE: DSN: why`.
"""

from __future__ import annotations

import re

from bsaudit.logs.clock import Clock
from bsaudit.logs.recent import Marks, Recent
from bsaudit.logs.tally import ADDRESS_LIMIT, Kind, Notice, Tally
from bsaudit.model.notification import Reason

PRODUCT = "Sendmail"
# Messages whose sender, and whose failure, is remembered; nothing says when one is gone.
MAX_MESSAGES = 100_000
MAX_NOTICES = 50_000
# savemail.c: how a notice is named, by what the message is that it is about
_NAMED = re.compile(rb"(\w{8,24}): (\w{8,24}): (DSN|sender notify|postmaster notify|return to sender): (.{0,1000})")
_FROM = re.compile(rb"(\w{8,24}): from=<?([^,>]{0,400})>?, ")
_TO = re.compile(rb"(\w{8,24}): to=<?([^,>]{0,400})>?")
_RELAY = re.compile(rb", relay=([^,]{0,400})")
_STAT = re.compile(rb", dsn=([245]\.\d{1,3}\.\d{1,3})(?:, reply=(.{0,1000}?))?, stat=(.{0,1000})")
_ACCEPTED = re.compile(rb"Sent \((\w{8,24}) Message accepted")
_AUTH = re.compile(rb"AUTH=server, relay=([^,]{0,400}), authid=")
_LOCAL = re.compile(rb"(?:\S{1,100}@)?localhost(?:\.localdomain)?(?: |\Z)|\[127\.|.{0,255}\[127\.0\.0\.1\]")


class Sendmail:
    product = PRODUCT

    def __init__(self, name: object, tally: Tally, clock: Clock) -> None:
        self._name, self._tally, self._clock = name, tally, clock
        self._senders: Recent[bytes, bytes] = Recent(MAX_MESSAGES)
        self._local: Marks[bytes] = Marks(MAX_MESSAGES)
        self._failures: Recent[bytes, tuple[str, bytes]] = Recent(MAX_MESSAGES)
        self._clients: Marks[bytes] = Marks(MAX_MESSAGES)
        self._notices: dict[bytes, Notice] = {}

    def line(self, rest: bytes, line: bytes) -> None:
        at = rest.find(b": ")
        if rest.startswith(b"from=", at + 2):
            self._arrived(rest)
        elif rest.startswith(b"to=", at + 2):
            self._tried(rest)
        elif rest.startswith(b"AUTH=server"):
            if client := _AUTH.match(rest):
                self._clients.add(client[1])
        elif (b"DSN: " in rest or b"notify: " in rest or b"return to" in rest) and (named := _NAMED.match(rest)):
            self._named(named, line)

    def _arrived(self, rest: bytes) -> None:
        found = _FROM.match(rest)
        if found is None:
            return
        self._senders.put(found[1], found[2])
        relay = _RELAY.search(rest)
        if relay and (_LOCAL.match(relay[1]) or self._clients.find(relay[1])):
            self._local.add(found[1])

    def _tried(self, rest: bytes) -> None:
        to, stat = _TO.match(rest), _STAT.search(rest)
        if to is None or stat is None:
            return
        notice = self._notices.get(to[1])
        if notice is not None:
            notice.to = notice.to or to[2][:ADDRESS_LIMIT]
            self._told(to[1], notice, stat[3])
        elif not stat[3].startswith(b"Sent"):
            said = stat[3] if stat[2] is None else stat[2] + b" " + stat[3]
            self._failures.put(to[1], (stat[1].decode(), said))

    def _told(self, queue_id: bytes, notice: Notice, stat: bytes) -> None:
        """Note that a notice was sent, refused or put off. The daemon on the same host gives it another id."""
        if stat.startswith(b"Deferred"):
            return
        del self._notices[queue_id]
        second = _ACCEPTED.match(stat)
        if second is not None:
            self._notices[second[1]] = notice
            return
        notice.delivered = stat.startswith(b"Sent")
        self._tally.count(notice)

    def _named(self, named: re.Match[bytes], line: bytes) -> None:
        of, notice_id, how, why = named.groups()
        at = self._clock.at(line)
        if self._tally.again(self._name, notice_id, at):
            return
        if len(self._notices) >= MAX_NOTICES:
            self._tally.full = True
            self.finish()
        notice = Notice(_kind(why), PRODUCT, self._senders.find(of), at)
        notice.copy = how in {b"postmaster notify", b"return to sender"}
        notice.local = bool(self._local.find(of))
        notice.status, notice.said = self._failures.find(of) or (None, why)
        if why.startswith(b"Cannot send"):
            notice.reason = Reason.EXPIRED
        before = self._notices.pop(notice_id, None)
        if before is not None:
            self._tally.count(before)  # nothing said that it left, and its id is used again
        self._notices[notice_id] = notice

    def finish(self) -> None:
        """Count what is in the queue when the log ends."""
        for notice in self._notices.values():
            self._tally.count(notice)
        self._notices.clear()


def _kind(why: bytes) -> Kind:
    if why.startswith(b"Warning: could not send"):
        return Kind.DELAY
    return Kind.SUCCESS if why.startswith((b"Return receipt", b"Relayed")) else Kind.NDN
