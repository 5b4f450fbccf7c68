"""Lines → whoever reads them. The line before says how a line is cut; what does not fit is looked at anew.

The loops are what the whole command's speed is: a line costs one slice, one partition, one look into a table, one call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

import msgspec

from bsaudit.logs.amavis import Amavis
from bsaudit.logs.clock import STAMP, Clock, begin_of, minute_of
from bsaudit.logs.courier import Courier
from bsaudit.logs.exchange import FIELDS, Exchange
from bsaudit.logs.exim import ID as EXIM_ID
from bsaudit.logs.exim import Exim
from bsaudit.logs.haraka import HARAKA, Haraka
from bsaudit.logs.instances import Host
from bsaudit.logs.objects import octets, wrapped
from bsaudit.logs.opensmtpd import OpenSmtpd
from bsaudit.logs.qmail import Qmail
from bsaudit.logs.sendmail import Sendmail
from bsaudit.logs.sieve import Sieve
from bsaudit.logs.tally import Tally

Handler = Callable[[bytes, bytes], None]

# Hosts and instances that are kept apart: a log host has dozens, a hostile log may name any number.
MAX_READERS = 1_000
# Programs with their process numbers, as they stand in front of a line
MAX_HEADS = 20_000
# What ends with a colon is a program: /dev/log gets lines without a host. FreeBSD, busybox and AIX name the facility.
_HOST = (
    rb"(?:<[a-z0-9.]{1,24}> )?(?:(?P<host>[\w.:@/\-\[\]]{1,255})(?<!:) )?"
    rb"(?:(?:mail|daemon|user|local\d)[.:][a-z]{3,7} )?"
)
_RFC3164 = re.compile(_HOST + rb"(?P<program>[\w./@\-]{1,128})(?:\[\d{1,10}\])?(?P<sep>: )")
_RFC5424 = re.compile(
    rb"(?P<host>\S{1,255}) (?P<program>[\w./@\-]{1,128}) (?:\d{1,10}|-)"
    rb"(?P<sep> \S{1,64} (?:-|\[.{0,4000}?\]) (?:\xef\xbb\xbf| )?)"
)
# Solaris numbers its texts; rsyslog's %msg% begins with a blank, in front of which many templates have another.
_BEFORE_TEXT = re.compile(rb" *(?:\[ID \d{1,10} [\w.]{1,40}\] )?")
# The name of a container (docker compose logs), where no stamp is behind it
_CONTAINER = re.compile(rb"\A[\w.\-]{1,64} +\| ")
_PID = re.compile(rb"\[\d{1,10}\] ")
# Exim has a stamp of its own behind that of syslog, and cuts long lines
_EXIM_STAMP = re.compile(rb"(?:\[\d{1,3}[\\/]\d{1,3}\] )?(?:" + STAMP.pattern + rb" )?")
_OWN_STAMP = re.compile(rb"(?:" + STAMP.pattern + rb" )?")
_EXIM_WORDS = re.compile(rb"(?:\[\d{1,10}\] )?(?:exim |Start queue run|End queue run|cwd=|H=)")
_SENDMAIL = re.compile(
    rb"[A-Za-z0-9]{12,20}: (?:(?:from|to)=|\w{12,20}: (?:DSN|return to sender|(?:sender|postmaster) notify): )"
    rb"|AUTH=server, "
)
_QMAIL = re.compile(
    rb"(?:\d{10}\.\d{1,9} )?(?:(?:new|info|end|bounce) msg \d|starting delivery \d|status: local |delivery \d)"
)
# `smtpd -d` says no time; since 6.4 a session's number is first
_OPENSMTPD = re.compile(rb"[0-9a-f]{3,16} (?:smtp|mta|mda) ")
# Lines of one program are known by their date
_MARK = len(b"2026-03-19 ")
# Microseconds since 1970: more digits are no time
_STAMP_DIGITS = 18


class Frame(NamedTuple):
    """How lines are cut. `skip` octets stand before the head, `sep` behind it; without `sep` all lines are `handler`'s.

    `minute`: the part of a line that changes with the minute; `mark`: how lines of one handler begin.
    """

    skip: int = 0
    sep: bytes = b""
    minute: int = 0
    mark: bytes = b"\0"
    handler: Handler | None = None


class Reading:
    """Reads whole files, one after the other, into one tally; `now` is when."""

    def __init__(self, tally: Tally, now: float) -> None:
        self.tally, self.clock = tally, Clock(now)
        self.lines = 0
        self.framed = False  # whether any line was one of a log
        self.products: dict[str, None] = {}
        self._frame = Frame()
        self._minute = b""
        self._outer: float | None = None  # when a line was written, by what it is wrapped in
        self._heads: dict[bytes, Handler] = {}
        self._readers: dict[tuple[object, ...], Any] = {}
        self._json = msgspec.json.Decoder(dict[str, Any])

    def begin(self, modified: float) -> None:
        """Begin a file that was last written at that time."""
        self.lines, self.framed, self.products = 0, False, {}
        self._frame, self._minute = Frame(), b""
        self._heads.clear()
        self.clock.file(modified)

    def read(self, lines: list[bytes]) -> None:
        """Take lines without their ends."""
        self.lines += len(lines)
        if lines and lines[0].endswith(b"\r"):
            lines = [line.removesuffix(b"\r") for line in lines]
        rest = iter(lines)
        while self._with_heads(rest) if self._frame.sep else self._of_one(rest):
            pass
        if lines:
            self._note(lines[-1])

    def finish(self) -> None:
        """Count what is in the queues when the logs end; what is only said to be written comes last."""
        for last in (False, True):
            for reader in self._readers.values():
                if isinstance(reader, Sieve) is last:
                    reader.finish()
        self._readers.clear()
        self._heads.clear()

    def _with_heads(self, rest: Iterator[bytes]) -> bool:
        """Read lines of syslog; return True where others begin."""
        frame, get, last, before = self._frame, self._heads.get, self._minute, b""
        skip, sep, minute, _, _ = frame
        for line in rest:
            head, _, said = line[skip:].partition(sep)
            handler = get(head)
            if handler is None:
                self._strange(line)
                if self._frame is not frame:
                    return True
                continue
            if line[:minute] != last:
                self._note(before)
                self._note(line)
                last = self._minute = line[:minute]
            before = line
            handler(said, line)
        return False

    def _of_one(self, rest: Iterator[bytes]) -> bool:
        """Read lines of one program alone; return True where others begin."""
        frame, last, before = self._frame, self._minute, b""
        skip, _, minute, mark, handler = frame
        for line in rest:
            if handler is None or not line.startswith(mark):
                self._strange(line)
                if self._frame is not frame:
                    return True
                continue
            if line[:minute] != last:
                self._note(before)
                self._note(line)
                last = self._minute = line[:minute]
            before = line
            handler(line[skip:], line)
        return False

    def _note(self, line: bytes) -> None:
        if line and self._frame.minute:
            self.clock.note(line)

    def _strange(self, line: bytes) -> None:
        """Look at a line that is not cut like the one before: read it, and choose how the next is cut."""
        stamp = STAMP.match(line)
        if stamp is None or line[stamp.end() : stamp.end() + 1] not in {b" ", b","}:
            self._unstamped(line)
            return
        self.clock.fixed = self._outer
        skip, minute = begin_of(line, stamp), minute_of(stamp)
        said = line[skip:]
        alone = self._alone(said)
        if alone is not None:
            self._go_on(Frame(skip, b"", minute, line[: _MARK if stamp["iso"] else 1], alone))
            self.clock.note(line)
            alone(said, line)
            return
        found = (_RFC5424.match(said) if line.startswith((b"<", b"1 ")) else None) or _RFC3164.match(said)
        if found is not None:
            handler = self._head(said[: found.start("sep")], found)
            self._go_on(Frame(skip, found["sep"], minute))
            self.clock.note(line)
            handler(said[found.end() :], line)
        elif stamp["tai"]:  # qpsmtpd writes no more than that, before qmail or alone
            self.framed = True
            self._reader(Qmail, b"").line(said, line)
            self.clock.note(line)
        else:  # "-- MARK --", "last message repeated 2 times"
            self.clock.note(line)

    def _go_on(self, frame: Frame) -> None:
        self.framed = True
        if frame != self._frame:
            self._frame, self._minute = frame, b""

    def _head(self, head: bytes, found: re.Match[bytes]) -> Handler:
        """Return who reads the lines of a program on a host, and remember it by what stands before them."""
        if len(self._heads) >= MAX_HEADS:
            self._heads.clear()
        handler = self._program(found["host"] or b"", found["program"])
        if found.string.startswith((b" ", b"[ID "), found.end()):
            handler = _behind(_BEFORE_TEXT, handler)
        self._heads[head] = handler
        return handler

    def _alone(self, said: bytes) -> Handler | None:
        """Return who reads lines that name no program."""
        if EXIM_ID.match(said) or _EXIM_WORDS.match(said) or EXIM_ID.match(_PID.sub(b"", said, count=1)):
            handler: Handler = self._reader(Exim, b"").line
        elif HARAKA.match(said):
            handler = self._reader(Haraka, b"").line
        elif said.startswith(b"{"):
            handler = self._object
        elif _QMAIL.match(said):
            handler = self._reader(Qmail, b"").line
        else:
            return None
        return handler

    def _unstamped(self, line: bytes) -> None:
        """Read a line without a stamp: JSON, CSV, or what some servers write to their standard output."""
        line = _CONTAINER.sub(b"", line.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\x1e"), count=1)
        if line.startswith(b"{"):
            self._go_on(Frame(0, b"", 0, b"{", self._object))
            self._object(line, line)
        elif line.startswith(b"#") and FIELDS.match(line):
            self.clock.fixed = None
            self._exchange(line)
        elif HARAKA.match(line):
            self._go_on(Frame(0, b"", 0, b"[", self._reader(Haraka, b"").line))
            self._reader(Haraka, b"").line(line, line)
        elif _QMAIL.match(line) or _OPENSMTPD.match(line):
            self.framed = True
            self._reader(Qmail if _QMAIL.match(line) else OpenSmtpd, b"").line(line, line)

    def _exchange(self, line: bytes) -> None:
        reader = self._reader(Exchange, b"")
        reader.fields(line)
        self._go_on(Frame(0, b"", len(b"2026-03-19T09:00"), b"2", reader.line))

    def _object(self, said: bytes, line: bytes) -> None:
        """Read a line of JSON: journald's, a container's, or Haraka's."""
        try:
            fields = self._json.decode(said)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        self.clock.fixed = self._outer
        if "origin" in fields and "message" in fields:
            self._reader(Haraka, b"").fields(fields, line)
        elif "__REALTIME_TIMESTAMP" in fields:
            self._journal(fields)
        elif self._outer is None:
            self._wrapped(fields)

    def _wrapped(self, fields: dict[str, Any]) -> None:
        """Read a line in an object: of docker's json-file, or of who ships logs, which may have cut it already."""
        entry = wrapped(fields)
        if entry is None:
            return
        inner, frame = entry.said, self._frame
        self._outer = self.clock.fixed = self.clock.at(entry.at)
        if entry.program:
            self._named(entry.host, entry.program)(inner, b"")
        elif inner.startswith(b"{"):
            self._object(inner, inner)
        else:
            self._strange(inner.rstrip(b"\n"))
        if self._outer is not None:
            self.clock.note(b"")
        self._frame = frame
        self._outer = self.clock.fixed = None

    def _journal(self, fields: dict[str, Any]) -> None:
        """Read an entry of the journal (systemd.journal-fields(7)); MESSAGE is a list of octets if no UTF-8."""
        message = octets(fields.get("MESSAGE"))
        stamp = fields.get("__REALTIME_TIMESTAMP")
        at = int(stamp) // 1e6 if isinstance(stamp, str) and stamp.isdecimal() and len(stamp) < _STAMP_DIGITS else None
        if at is None:
            return
        self.clock.fixed = self._outer = at
        self.clock.note(b"")
        host, program = octets(fields.get("_HOSTNAME")) or b"", octets(fields.get("SYSLOG_IDENTIFIER")) or b""
        if message is not None:  # null: longer than journalctl prints
            self._named(host, program)(message, b"")
        self._outer = None

    def _named(self, host: bytes, program: bytes) -> Handler:
        head = host + b"\0" + program
        handler = self._heads.get(head)
        if handler is None:
            handler = self._heads[head] = self._program(host, program)
        return handler

    def _program(self, host: bytes, program: bytes) -> Handler:
        """Return who reads what a program on a host writes."""
        instance, slash, daemon = program.partition(b"/")
        daemon = daemon.rpartition(b"/")[2]
        if slash:
            return self._postfix(host, instance, daemon)
        kind = next((one for names, one in _PROGRAMS if program.lower() in names), None)
        if kind is not None:
            if kind is Haraka:
                return self._haraka(host)
            handler: Handler = self._reader(kind, host).line
            stamp = {Exim: _EXIM_STAMP, Qmail: _OWN_STAMP}.get(kind)
            return _behind(stamp, handler) if stamp else handler
        if program.lower() in _FILTERS:
            reader = self._readers.get((Amavis, host))
            if reader is None:
                reader = self._readers[Amavis, host] = Amavis(self._host(host), self.tally, self.clock)
            return self._known(reader.line, "amavisd")
        return self._guess(host)

    def _guess(self, host: bytes) -> Handler:
        """Return a reader for a program of a name that its administrator chose."""

        def line(said: bytes, line: bytes) -> None:
            for pattern, kind in _GUESSES:
                if pattern.match(said):
                    self._reader(kind, host).line(said, line)
                    return

        return _behind(_OWN_STAMP, line)

    def _haraka(self, host: bytes) -> Handler:
        """Return a reader for what Haraka, which may write JSON, hands to a log daemon."""
        reader = self._reader(Haraka, host)

        def line(said: bytes, line: bytes) -> None:
            (self._object if said.startswith(b"{") else reader.line)(said, line)

        return line

    def _postfix(self, host: bytes, instance: bytes, daemon: bytes) -> Handler:
        handler = self._host(host).handler(instance, daemon)
        return self._known(handler, "Postfix") if handler else _nothing

    def _host(self, name: bytes) -> Host:
        host = self._readers.get((Host, name))
        if host is None:
            if len(self._readers) >= MAX_READERS:
                self.tally.full = True
                name = b""
            host = self._readers[Host, name] = Host(name, self.tally, self.clock, self._reader(Sieve, name))
        return cast("Host", host)

    def _reader(self, kind: type[Any], host: bytes) -> Any:
        """Return the reader of this kind for a host."""
        reader = self._readers.get((kind, host))
        if reader is None:
            if len(self._readers) >= MAX_READERS:
                self.tally.full = True
                host = b""
            sieve = (self.tally, self.clock)
            reader = kind(*sieve) if kind is Sieve else kind((kind, host), *sieve)
            self._readers[kind, host] = reader
        if kind is not Sieve:
            self.products[reader.product] = None
        return reader

    def _known(self, handler: Handler, product: str) -> Handler:
        self.products[product] = None
        return handler


def _nothing(_said: bytes, _line: bytes) -> None:
    """Pass over a program that writes no notices."""


def _behind(mark: re.Pattern[bytes], handler: Handler) -> Handler:
    """Return a handler for lines that have something before what they say: a pattern that may match nothing."""

    def line(said: bytes, line: bytes) -> None:
        found = mark.match(said)
        handler(said[found.end() :] if found else said, line)

    return line


_PROGRAMS: tuple[tuple[frozenset[bytes], type[Any]], ...] = (
    (frozenset({b"exim", b"exim4"}), Exim),
    (frozenset({b"sendmail", b"sm-mta", b"sm-msp-queue", b"sm-msp", b"sendmail-mta"}), Sendmail),
    (frozenset({b"smtpd", b"opensmtpd"}), OpenSmtpd),
    (frozenset({b"qmail", b"qmail-send"}), Qmail),
    (frozenset({b"haraka"}), Haraka),
    (frozenset({b"dovecot", b"dovecot-lda"}), Sieve),
    (frozenset({b"courierd", b"courieresmtp", b"courierlocal", b"courierdsn", b"courieruucp", b"courierfax"}), Courier),
)
# Programs of names that their administrators chose, by what they say
_GUESSES: tuple[tuple[re.Pattern[bytes], type[Any]], ...] = (
    (_SENDMAIL, Sendmail),
    (EXIM_ID, Exim),
    (HARAKA, Haraka),
    (_QMAIL, Qmail),
)
_FILTERS = frozenset({b"amavis", b"amavisd", b"amavisd-new"})
