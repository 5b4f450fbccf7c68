"""Sendmail: one host's messages.

A notice is named by a line of the message that it is about: `ID: NOTICE: DSN: why`.
"""

from __future__ import annotations

import re

from bsaudit.logs.clock import Clock
from bsaudit.logs.recent import Marks, Recent
from bsaudit.logs.tally import ADDRESS_LIMIT, QUOTED, Kind, Notice, Tally
from bsaudit.logs.vacation import Vacation
from bsaudit.model.notification import Reason

PRODUCT = "Sendmail"
# Messages whose sender, and whose failure, is remembered; nothing says when one is gone.
MAX_MESSAGES = 100_000
MAX_NOTICES = 50_000
# savemail.c: how a notice is named, by what the message is that it is about
_NAMED = re.compile(rb"(\w{8,24}): (\w{8,24}): (DSN|sender notify|postmaster notify|return to sender): (.{0,1000})")
# The same behind what somebody's log daemon puts in front, and no sender does
_BEHIND = re.compile(rb"[^=<]{1,40}[^\w=<]" + _NAMED.pattern)
_ADDRESS = rb"<?((?:" + QUOTED + rb"(?=@))?[^,>]{0,400})>?"
_FROM = re.compile(rb"(\w{8,24}): from=" + _ADDRESS + rb", ")
_TO = re.compile(rb"(\w{8,24}): to=" + _ADDRESS)
_RELAY = re.compile(rb".*, relay=([^,]{0,400})", re.DOTALL)  # the last: a sender or a Message-ID may hold another
_STAT = re.compile(rb", dsn=([245]\.\d{1,3}\.\d{1,3})(?:, reply=(.{0,1000}?))?, stat=(.{0,1000})")
_ACCEPTED = re.compile(rb"Sent \((\w{8,24}) Message accepted")
_AUTH = re.compile(rb"(?:\w{8,24}: )?AUTH=server, relay=([^,]{0,400}), authid=")
# Without an address: sendmail(1). With one: a name is what its owner says, the address is not.
_BY_HAND = re.compile(rb"\S{1,100}@localhost(?:\.localdomain)?\s*\Z")
_LOCAL = re.compile(rb"[^\[]{0,255}\[(?:127\.|IPv6:::1\])|localhost(?:\.localdomain)?\s*\Z")
_MESSAGE_ID = re.compile(rb", msgid=<([^>]{1,400})>")
_VACATION = re.compile(rb"\w{8,24}: to=\"\|[^\"]{0,400}\bvacation\b.{0,400}ctladdr=<?([^>+@ ]{1,64}).{0,400}stat=Sent")
# Messages from sendmail(1) that may be answers of vacation(1)
MAX_BY_HAND = 10_000


class Sendmail:
    product = PRODUCT

    def __init__(self, name: object, tally: Tally, clock: Clock) -> None:
        self._name, self._tally, self._clock = name, tally, clock
        self._senders: Recent[bytes, bytes] = Recent(MAX_MESSAGES)
        self._local: Marks[bytes] = Marks(MAX_MESSAGES)
        self._failures: Recent[bytes, tuple[str, bytes]] = Recent(MAX_MESSAGES)
        self._clients: Marks[bytes] = Marks(MAX_MESSAGES)
        self._notices: dict[bytes, Notice] = {}
        self._vacation = Vacation(tally)
        self._by_hand: dict[bytes, tuple[bytes, Notice]] = {}  # who handed it in, and what it may be

    def line(self, rest: bytes, line: bytes) -> None:
        at = rest.find(b": ")
        if rest.startswith(b"from=", at + 2):
            self._arrived(rest, line)
        elif rest.startswith(b"to=", at + 2):
            self._tried(rest)
        elif rest.startswith((b"AUTH=server", b" AUTH=server"), at + 1) or rest.startswith(b"AUTH=server"):
            if client := _AUTH.match(rest):
                self._clients.add(client[1])
        elif b"DSN: " in rest or b"notify: " in rest or b"return to" in rest:
            if named := _NAMED.match(rest):
                self._named(named, line)
            else:
                self._tally.unread += _BEHIND.match(rest) is not None

    def _arrived(self, rest: bytes, line: bytes) -> None:
        found = _FROM.match(rest)
        if found is None:
            return
        self._senders.put(found[1], found[2])
        relay = _RELAY.match(rest)
        by_hand = relay is not None and _BY_HAND.match(relay[1]) is not None
        if relay and (by_hand or _LOCAL.match(relay[1]) or self._clients.find(relay[1])):
            self._local.add(found[1])
        if by_hand and b"@" not in found[2]:
            self._handed_in(found[1], found[2], rest, line)

    def _handed_in(self, queue_id: bytes, sender: bytes, rest: bytes, line: bytes) -> None:
        """Take what a program may have written: without a sender, vacation(1) -z; else vacation(1), if it ran."""
        at = self._clock.at(line)
        notice = Notice(Kind.AUTOREPLY, PRODUCT, None, at)
        named = _MESSAGE_ID.search(rest)
        if sender:
            if len(self._by_hand) >= MAX_BY_HAND:
                self._by_hand.clear()
            self._by_hand[queue_id] = sender, notice
        elif named and queue_id in named[1] and not self._tally.again(self._name, queue_id, at):
            self._notices[queue_id] = notice

    def _tried(self, rest: bytes) -> None:
        to, stat = _TO.match(rest), _STAT.search(rest)
        if to is None or stat is None:
            return
        notice = self._notices.get(to[1])
        if notice is not None:
            notice.to = notice.to or to[2][:ADDRESS_LIMIT]
            self._told(to[1], notice, stat[3])
        elif not stat[3].startswith(b"Sent"):
            known = self._failures.find(to[1])
            if known is None or known[0].startswith("4"):  # the first that failed for good
                said = stat[3] if stat[2] is None else stat[2] + b" " + stat[3]
                self._failures.put(to[1], (stat[1].decode(), said))
        elif ran := _VACATION.match(rest):
            self._vacation.ran(ran[1], self._senders.find(to[1]) or b"")
        if to[1] in self._by_hand:
            self._answered(to[1], to[2][:ADDRESS_LIMIT], stat[3])

    def _answered(self, queue_id: bytes, to: bytes, stat: bytes) -> None:
        """Note what became of a message that may be an answer."""
        user, notice = self._by_hand[queue_id]
        notice.to = to
        if stat.startswith(_WAITING):
            return
        del self._by_hand[queue_id]
        second = _ACCEPTED.match(stat)
        if second is not None:
            self._by_hand[second[1]] = user, notice
            return
        notice.delivered = stat.startswith(b"Sent")
        self._count_answer(user, notice)

    def _count_answer(self, user: bytes, notice: Notice) -> None:
        answer = self._vacation.wrote(user, notice)
        if answer is not None:
            self._tally.count(answer)

    def _told(self, queue_id: bytes, notice: Notice, stat: bytes) -> None:
        """Note that a notice was sent, refused or put off. The daemon on the same host gives it another id."""
        if stat.startswith(_WAITING):
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
        if notice.kind is Kind.NDN and not notice.copy:
            self._failures.drop(of)  # told; another recipient may fail days later
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
        for user, notice in self._by_hand.values():
            if notice.to:
                self._count_answer(user, notice)
        self._by_hand.clear()


_WAITING = (b"Deferred", b"queued")


def _kind(why: bytes) -> Kind:
    if why.startswith(b"Warning: could not send"):
        return Kind.DELAY
    return Kind.SUCCESS if why.startswith((b"Return receipt", b"Relayed")) else Kind.NDN
