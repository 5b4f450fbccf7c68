"""Exim: one host's main log. A notice is a local message with a null sender and R=, the id of the message it is about.

Bounces, warnings, success reports and automatic replies look alike there. What they are is said by the lines of the
message that they are about: `**` before a bounce, `==` alone before a warning, `=>` by an autoreply transport after a
reply.
"""

from __future__ import annotations

import re

from bsaudit.logs.clock import Clock
from bsaudit.logs.recent import Recent
from bsaudit.logs.tally import ADDRESS_LIMIT, QUOTED, SAID_LIMIT, Kind, Notice, Tally
from bsaudit.model.notification import Reason

PRODUCT = "Exim"
ID_LENGTHS = frozenset({16, 23})  # 6-6-2 up to 4.96, 6-11-4 from 4.97
ID = re.compile(rb"[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4})(?= )")
# Senders of messages in the queue that are remembered; one that is older than these many is not known any more.
MAX_SENDERS = 200_000
# Messages with something to remember. 600 bytes each.
MAX_MAILS = 50_000
# Recipients of one message that are told apart, and notices about it
MAX_RECIPIENTS = 100
_ABOUT = re.compile(rb" R=([0-9A-Za-z\-]{16,23})(?: |\Z)")
_FOR = re.compile(rb" for ([^\s<>]{1,400})(?: |\Z)")
# A name is what its owner says, a greeting (in brackets) what the client says; the address is not.
_LOCAL = re.compile(
    rb" A=\S| P=local(?:-\w{4,8})?(?: |\Z)| H=(?:[^ (\[]{1,255} )?(?:\([^)]{0,255}\) )?\[(?:127\.|::1\])"
)
_AUTOREPLY = re.compile(
    rb"^>| T=\S*(?:reply|vacation|away|autoresp)| R=\S*(?:vacation|autoreply|autoresp)", re.IGNORECASE
)
_QUOTED = re.compile(QUOTED)  # of a sender, a Message-ID or a subject
_QUOTED_NAME = re.compile(QUOTED + rb"@\S{1,255}")
_THROWN = (b":blackhole:", b"/dev/null ")
_STATUS = re.compile(rb"\b([45]\.\d{1,3}\.\d{1,3})\b")
_SUBJECTS = (
    (b'T="Mail delivery failed', Kind.NDN),
    (b'T="Warning: message ', Kind.DELAY),
    (b'T="Delivery Status Notification', Kind.SUCCESS),
)


class _Mail:
    """What is worth remembering of one message: of the original, or of the notice."""

    __slots__ = ("delivered", "failures", "local", "notice", "put_off", "sender", "steps", "written")

    def __init__(self, sender: bytes | None) -> None:
        self.sender = sender
        self.notice: Notice | None = None  # what it is
        self.failures: list[bytes] = []  # nobody was told of yet
        self.written: list[_Mail] = []  # the notices about it whose kind may still turn out
        self.put_off: set[bytes] = set()
        self.steps = 1  # until it is counted: it left the queue, and so did what it is about
        self.local = self.delivered = False

    def told(self, address: bytes) -> bool:
        """Tell whether a notice is meant for an address, which it then is: the first, or the sender's.

        Others get copies (errors_copy).
        """
        if self.notice is None or (self.notice.to and address not in {self.notice.to, self.sender}):
            return False
        if address != self.notice.to:
            self.notice.to, self.delivered = address, False
        return True


class Exim:
    """The messages of one host."""

    product = PRODUCT

    def __init__(self, name: object, tally: Tally, clock: Clock) -> None:
        self._name, self._tally, self._clock = name, tally, clock
        self._senders: Recent[bytes, bytes] = Recent(MAX_SENDERS)
        self._mails: dict[bytes, _Mail] = {}
        self._acts = {
            b"<=": self._arrived,
            b"=>": self._delivered,
            b"->": self._delivered,
            b">>": self._delivered,
            b"**": self._failed,
            b"==": self._put_off,
            b"Co": self._completed,
            b"re": self._completed,  # removed by …
        }

    def line(self, rest: bytes, line: bytes) -> None:
        """Take what stands behind the stamp."""
        message_id, _, said = rest.partition(b" ")
        if message_id[:1] == b"[":
            message_id, _, said = said.partition(b" ")
        if len(message_id) in ID_LENGTHS:
            act = self._acts.get(said[:2])
            if act is not None:
                act(message_id, said, line)
        elif b" <= <> R=" in rest:
            self._tally.unread += 1

    def _arrived(self, message_id: bytes, said: bytes, line: bytes) -> None:
        sender, more = _parted(said[3:])
        if sender == b"<>":
            self._null(message_id, more, line)
            return
        if len(sender) > ADDRESS_LIMIT or self._local(more):
            mail = self._mail(message_id)
            mail.sender, mail.local = sender[:ADDRESS_LIMIT], True
            return
        senders = self._senders
        senders.young[message_id] = sender
        if len(senders.young) > senders.limit:
            senders.turn()

    def _delivered(self, message_id: bytes, said: bytes, _line: bytes) -> None:
        mail = self._mails.get(message_id)
        if mail is None:
            return
        to = said[3:]
        if mail.told(_address(to)):
            mail.delivered = not to.startswith(_THROWN)
        if mail.written and _AUTOREPLY.search(to[:1000]):
            self._was_reply(mail)
        mail.put_off.discard(_address(to))

    def _failed(self, message_id: bytes, said: bytes, _line: bytes) -> None:
        mail = self._mail(message_id)
        mail.put_off.discard(_address(said[3:]))
        if mail.notice is not None:
            mail.told(_address(said[3:]))
        elif len(mail.failures) < MAX_RECIPIENTS:
            mail.failures.append(said[3 : SAID_LIMIT + 3])

    def _put_off(self, message_id: bytes, said: bytes, _line: bytes) -> None:
        mail = self._mail(message_id)
        if mail.notice is not None:
            mail.told(_address(said[3:]))
        elif len(mail.put_off) < MAX_RECIPIENTS:
            mail.put_off.add(_address(said[3:]))

    def _completed(self, message_id: bytes, said: bytes, _line: bytes) -> None:
        self._senders.young.pop(message_id, None)
        if message_id in self._mails and not said.startswith((b"retry", b"rejected")):
            self._done(self._mails.pop(message_id))

    def _local(self, more: bytes) -> bool:
        """Tell whether a message came from an authenticated or local client; what stands in quotes is not asked."""
        if b" A=" not in more and b"P=local" not in more and b"[127." not in more and b"[::1]" not in more:
            return False
        return _LOCAL.search(b" " + _QUOTED.sub(b"", more).partition(b' T="')[0]) is not None

    def _null(self, message_id: bytes, more: bytes, line: bytes) -> None:
        """Take a message with a null sender: a notice of ours where it came from nowhere, about one of our messages."""
        facts, _, _ = more.partition(b' T="')
        about = _ABOUT.search(b" " + facts)
        at = self._clock.at(line)
        if b"H=" in facts or b"P=local" not in facts:
            return
        if about is None:
            self._program(message_id, facts, at)
        elif not self._tally.again(self._name, message_id, at):
            self._notice(message_id, about[1], more, at)

    def _program(self, message_id: bytes, facts: bytes, at: float | None) -> None:
        """Take what a program of this server's wrote: vacation(1), Sieve. Bounces that one redirects keep their id=."""
        named = re.search(rb" id=(\S{1,400})", facts)
        if (named is None or named[1].startswith(b"dovecot-sieve-")) and not self._tally.again(message_id, at):
            mail = self._mail(message_id)
            mail.notice = Notice(Kind.AUTOREPLY, PRODUCT, None, at)

    def _notice(self, message_id: bytes, about: bytes, more: bytes, at: float | None) -> None:
        known = about in self._mails or self._senders.find(about) is not None
        original = self._mail(about)
        mail = self._mail(message_id)
        kind = next((kind for mark, kind in _SUBJECTS if mark in more), None) or _kind(original, known=known)
        mail.steps = 2
        to = _FOR.search(more.rpartition(b'"')[2])
        mail.sender = original.sender  # where no line says to whom it goes: a list's owner may be told instead
        mail.notice = Notice(kind, PRODUCT, to[1] if to else None, at, local=original.local)
        if kind is Kind.NDN:
            _tell_why(mail.notice, original)
        original.written.append(mail)
        if len(original.written) > MAX_RECIPIENTS:
            self._settle(original.written.pop(0))

    def _was_reply(self, original: _Mail) -> None:
        """Note that an autoreply transport delivered: the oldest notice that is not known to be one was its."""
        mail = next((one for one in original.written if one.notice and one.notice.kind is not Kind.AUTOREPLY), None)
        if mail is None or mail.notice is None:
            return
        if mail.notice.kind is Kind.NDN and mail.notice.said:
            original.failures.insert(0, mail.notice.said)
            bounce = next((one for one in original.written if one.notice and one.notice.kind is Kind.SUCCESS), None)
            if bounce is not None and bounce.notice is not None:
                bounce.notice.kind = Kind.NDN
                _tell_why(bounce.notice, original)
        mail.notice.kind, mail.notice.said, mail.notice.reason = Kind.AUTOREPLY, b"", None

    def _mail(self, message_id: bytes) -> _Mail:
        mail = self._mails.get(message_id)
        if mail is None:
            if len(self._mails) >= MAX_MAILS:
                self._tally.full = True
                self.finish()
            mail = self._mails[message_id] = _Mail(self._senders.find(message_id))
        return mail

    def _done(self, mail: _Mail) -> None:
        """Note that a message left the queue. A notice counts when the one that it is about left, too."""
        for one in mail.written:
            self._settle(one)
        if mail.notice is not None:
            self._settle(mail)

    def _settle(self, mail: _Mail) -> None:
        mail.steps -= 1
        if mail.notice is not None and not mail.steps:
            mail.notice.delivered = mail.delivered
            mail.notice.to = mail.notice.to or mail.sender
            self._tally.count(mail.notice)

    def finish(self) -> None:
        """Count what is in the queue when the log ends."""
        mails = list(self._mails.values())
        self._mails.clear()
        for mail in mails:
            self._done(mail)


def _kind(original: _Mail, *, known: bool) -> Kind:
    """Return what a notice is, as far as the lines before it tell. Of a message that is not in the log: a bounce."""
    if original.failures or not known:
        return Kind.NDN
    return Kind.DELAY if original.put_off else Kind.SUCCESS


def _tell_why(notice: Notice, original: _Mail) -> None:
    """Hand the failures to the notice that tells of them: the first stands for all."""
    if not original.failures:
        return
    said = original.failures[0]
    original.failures.clear()
    # What the other side said, or Exim itself: behind the fields (R=, T=, H=) and the colon that ends them
    head, colon, words = said.partition(b": ")
    notice.said = words if colon and b" " in head else words or said
    if b"retry timeout exceeded" in said:
        notice.reason = Reason.EXPIRED
    status = _STATUS.search(notice.said)
    notice.status = status[1].decode() if status else None


def _parted(said: bytes) -> tuple[bytes, bytes]:
    """Return the address at the beginning, and what stands behind it."""
    quoted = _QUOTED_NAME.match(said) if said[:1] == b'"' else None
    if quoted:
        return quoted[0], said[quoted.end() :].lstrip()
    address, _, more = said.partition(b" ")
    return address, more


def _address(said: bytes) -> bytes:
    """Return the recipient of a delivery line; where it was redirected, the original one, which stands in <>."""
    address, more = _parted(said)
    if more.startswith(b"<"):
        address = more[1:].partition(b">")[0]
    return address.rstrip(b":").strip(b"<>")[:ADDRESS_LIMIT]
