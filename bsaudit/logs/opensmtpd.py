"""OpenSMTPD: one host's envelopes. A notice is a message with a null sender from `address=local`.

Nothing names what it is about: the recipient does, whose message failed, or was put off, before.
"""

from __future__ import annotations

import re

from bsaudit.logs.clock import Clock
from bsaudit.logs.recent import Marks, Recent
from bsaudit.logs.tally import ADDRESS_LIMIT, Kind, Notice, Tally
from bsaudit.model.notification import Reason

PRODUCT = "OpenSMTPD"
MAX_SESSIONS = 20_000
MAX_ENVELOPES = 100_000
MAX_NOTICES = 50_000
_ENVELOPE = re.compile(rb"(\w{1,32}) smtp envelope evpid=(\w{16}) from=<([^>]{0,400})> to=<([^>]{0,400})>")
_DELIVERY = re.compile(
    rb"\w{1,32} m[td]a (?:event=)?delivery evpid=(\w{16}) "
    rb"from=<([^>]{0,400})> to=<[^>]{0,400}>.{0,1000}? result=\"?(\w{1,12})\"?"
    rb"(?: stat=\"?(.{0,1000}?)\"?)?\Z"
)
# What the scheduler says, and how all lines looked before 6.4
_RELAY = re.compile(
    rb"(?:relay|delivery): (\w{1,12}) for (\w{16}): .{0,200}?from=<([^>]{0,400})>, .{0,1000}?(?:stat=(.{0,1000}))?\Z"
)
# A whole message, before 6.4: the envelopes' ids begin with its own
_MESSAGE = re.compile(
    rb"(?P<session>\w{1,32}) smtp event=message (?:address=\S{1,100} host=\S{1,255} )?msgid=(?P<id>\w{8}) "
    rb"from=<(?P<sender>[^>]{0,400})> to=<(?P<to>[^>]{0,400})>"
)
_ACCEPTED = re.compile(
    rb"smtp-in: Accepted message (?P<id>\w{8}) on session (?P<session>\w{1,32}): "
    rb"from=<(?P<sender>[^>]{0,400})>(?:, to=<(?P<to>[^>]{0,400})>)?"
)
_OWN_SESSION = re.compile(
    rb"smtp-in: (?:New session (\w{1,32}) from host .{0,255} \[local\]|"
    rb"Accepted authentication for user .{0,255} on session (\w{1,32}))"
)
_MESSAGE_DIGITS = 8


class OpenSmtpd:
    product = PRODUCT

    def __init__(self, name: object, tally: Tally, clock: Clock) -> None:
        self._name, self._tally, self._clock = name, tally, clock
        self._sessions: Marks[bytes] = Marks(MAX_SESSIONS)  # those that are local or authenticated
        self._local: Marks[bytes] = Marks(MAX_ENVELOPES)
        # By the sender: what was said, whether the client was local, which message
        self._failed: Recent[bytes, list[tuple[bytes, bool, bytes]]] = Recent(MAX_ENVELOPES)
        self._put_off: Marks[bytes] = Marks(MAX_ENVELOPES)
        self._delivered: Marks[bytes] = Marks(MAX_ENVELOPES)
        self._notices: dict[bytes, Notice] = {}

    def line(self, rest: bytes, line: bytes) -> None:
        if b"delivery evpid=" in rest:
            if found := _DELIVERY.match(rest):
                self._tried(found[1], found[2], found[3], found[4] or b"", line)
        elif b" smtp " in rest[:40]:
            self._session(rest, line)
        elif rest.startswith(b"smtp-in: "):
            self._smtp_in(rest, line)
        elif rest.startswith((b"relay: ", b"delivery: ")) and (found := _RELAY.match(rest)):
            self._tried(found[2], found[3], found[1], found[4] or b"", line)

    def _session(self, rest: bytes, line: bytes) -> None:
        if b" envelope " in rest:
            found = _ENVELOPE.match(rest)
            if found is not None:
                self._accepted(found[1], found[2], found[3], found[4], line)
        elif message := _MESSAGE.match(rest):
            self._accepted(message["session"], message["id"], message["sender"], message["to"], line)
        elif b"address=local " in rest or (b"authentication " in rest and rest.rstrip().endswith(b"result=ok")):
            self._sessions.add(rest.partition(b" ")[0])

    def _smtp_in(self, rest: bytes, line: bytes) -> None:
        """Read what a session says of itself before 6.0."""
        if own := _OWN_SESSION.match(rest):
            self._sessions.add(own[1] or own[2])
        elif message := _ACCEPTED.match(rest):
            self._accepted(message["session"], message["id"], message["sender"], message["to"], line)

    def _accepted(self, session: bytes, envelope: bytes, sender: bytes, to: bytes | None, line: bytes) -> None:
        """Take an envelope, or a message by its id, of an own session."""
        if not self._sessions.find(session):
            return
        if sender:
            self._local.add(envelope)
            return
        at = self._clock.at(line)
        if self._tally.again(self._name, envelope, at):
            return
        if len(self._notices) >= MAX_NOTICES:
            self._tally.full = True
            self.finish()
        self._notices[envelope] = self._notice((to or b"")[:ADDRESS_LIMIT], at)

    def _notice(self, to: bytes, at: float | None) -> Notice:
        failed = self._failed.find(to)
        if failed:
            said, local, _ = failed.pop(0)
            reason = Reason.EXPIRED if said == _EXPIRED else None
            return Notice(Kind.NDN, PRODUCT, to, at, said=said, local=local, reason=reason)
        if self._put_off.find(to):
            self._put_off.drop(to)
            return Notice(Kind.DELAY, PRODUCT, to, at)
        # A program of this server's answered (vacation); where nothing went before, the log begins behind it.
        return Notice(Kind.AUTOREPLY if self._delivered.find(to) else Kind.NDN, PRODUCT, to, at)

    def _tried(self, envelope: bytes, sender: bytes, result: bytes, said: bytes, line: bytes) -> None:
        message = envelope[:_MESSAGE_DIGITS]
        written = envelope if envelope in self._notices else message
        notice = self._notices.get(written)
        if notice is not None:
            if result != b"TempFail":
                notice.delivered = result == b"Ok"
                self._tally.count(self._notices.pop(written))
        elif sender and result in {b"PermFail", b"Expire"}:
            if self._tally.again(self._name, envelope, result, self._clock.at(line)):
                return
            self._put_off.drop(sender)
            failed = self._failed.find(sender) or []
            # One notice tells of all recipients that failed at once
            if len(failed) < MAX_WAITING and all(message != one for _, _, one in failed):
                local = bool(self._local.find(envelope) or self._local.find(message))
                failed.append((_EXPIRED if result == b"Expire" else said.replace(b'"', b"'"), local, message))
            self._failed.put(sender, failed)
        elif sender:
            (self._put_off if result == b"TempFail" else self._delivered).add(sender)

    def finish(self) -> None:
        """Count what is in the queue when the log ends."""
        for notice in self._notices.values():
            self._tally.count(notice)
        self._notices.clear()


_EXPIRED = b"Envelope expired"
# Failures for one sender that no notice was seen of yet
MAX_WAITING = 1_000
