"""When a line was written: the stamps of syslog, RFC 3339, multilog and Exim, and years that are not written."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime

_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
# Hours of zones that are named: journalctl -o short-full does
_ZONES = {"UTC": 0, "GMT": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9}
_ZONES |= {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
# What stands before the stamp: a container's name (docker compose), the priority (RFC 5424 §6.2.1, RFC 3164 §4.1.1)
PREFIX = rb"(?:[\w.\-]{1,64} +\| )?(?:<\d{1,3}>)?(?:1 )?"
STAMP = re.compile(
    PREFIX + rb"(?:(?:[A-Z][a-z]{2} )?(?:"
    rb"(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2}) (?:(?P<year>\d{4}) )?(?P<time>\d\d:\d\d:\d\d)"
    rb"(?: (?P<after>\d{4})(?= ))?"
    rb"|(?P<iso>\d{4}-\d\d-\d\d[T _]\d\d:\d\d:\d\d))(?:[.,]\d{1,9})?(?P<zone>Z| ?[+\-]\d\d:?\d\d| (?:"
    + "|".join(_ZONES).encode()
    + rb")(?= ))?"
    rb"|@(?P<tai>[0-9a-f]{24})"
    rb"|(?P<unix>\d{10})\.\d{1,9})"
)
# Who passes a line on puts its own stamp in front: a container's runtime (Kubernetes' CRI), another log host
_PASSED = re.compile(rb" *(?:std(?:out|err) [FP] +)?")
_BY = re.compile(rb"[\w.:\-]{1,255} ")
# A stamp may be this much newer than the file, or than now: its zone is often not written.
ZONE_SLACK_S = 14 * 3600
# What stands outside these years is a damaged line, of which no date can be made
_EARLIEST, _LATEST = 0.0, float(timegm((9999, 12, 31, 0, 0, 0)))
# TAI64N counts TAI seconds from 2^62; multilog takes UTC to be ten seconds behind (cr.yp.to/libtai/tai64.html).
_TAI_EPOCH = 2**62 + 10


class Clock:
    """Reads stamps of one file, and keeps the first and last of all. `fixed` is the time of a line that has none.

    `ahead`: a stamp was later than `now`. Nobody knows when that was: it widens nothing.
    """

    def __init__(self, now: float = _LATEST) -> None:
        self.ahead = False
        self._until = now + ZONE_SLACK_S
        self.fixed: float | None = None
        self.first: float | None = None
        self.last: float | None = None
        self._newest = 0.0
        self._year = 1970

    def file(self, modified: float) -> None:
        """Begin a file that was last written at that time."""
        self._newest = modified + ZONE_SLACK_S
        self._year = datetime.fromtimestamp(self._newest, UTC).year
        self.fixed = None

    def at(self, line: bytes) -> float | None:
        """Return when a line was written, None where it does not say."""
        if self.fixed is not None:
            return self.fixed
        found = STAMP.match(line)
        try:
            at = None if found is None else self._read(found)
        except (ValueError, OverflowError):  # the 32nd of a month
            return None
        return at if at is not None and _EARLIEST <= at <= _LATEST else None

    def note(self, line: bytes) -> None:
        """Let a line's stamp widen what the log covers."""
        at = self.at(line)
        if at is not None and at > self._until:
            self.ahead = True
        elif at is not None:
            self.first = at if self.first is None else min(self.first, at)
            self.last = at if self.last is None else max(self.last, at)

    def _read(self, found: re.Match[bytes]) -> float:
        if found["tai"]:
            return float(int(found["tai"][:16], 16) - _TAI_EPOCH)
        if found["unix"]:
            return float(found["unix"])
        zone = _offset(found["zone"])
        if found["iso"]:
            return (
                _epoch(int(found["iso"][:4]), int(found["iso"][5:7]), int(found["iso"][8:10]), found["iso"][11:]) - zone
            )
        month, day = _MONTHS.get(found["month"], 0), int(found["day"])
        written = found["year"] or found["after"]
        if written:
            return _epoch(int(written), month, day, found["time"]) - zone
        return self._without_year(month, day, found["time"])

    def _without_year(self, month: int, day: int, time: bytes) -> float:
        """Return the newest such moment that the file can hold (29 February is in one of five years)."""
        for year in range(self._year, max(self._year - 9, 1970), -1):
            try:
                at = _epoch(year, month, day, time)
            except ValueError:
                continue
            if at <= self._newest:
                return at
        raise ValueError


def _epoch(year: int, month: int, day: int, time: bytes) -> float:
    datetime(year, month, day)  # noqa: DTZ001 -- only to see that there is such a day
    hours, minutes, seconds = int(time[:2]), int(time[3:5]), int(time[6:8])
    return float(timegm((year, month, day, hours, minutes, seconds)))


def _offset(zone: bytes | None) -> int:
    digits = (zone or b"").strip().replace(b":", b"")
    if len(digits) != len(b"+0100"):
        return _ZONES.get(digits.decode(), 0) * 3600
    seconds = int(digits[1:3]) * 3600 + int(digits[3:5]) * 60
    return -seconds if digits[:1] == b"-" else seconds


def begin_of(line: bytes, stamp: re.Match[bytes]) -> int:
    """Return where what a line says begins: behind the stamps of all who passed it on."""
    if line.startswith(b",", stamp.end()):
        return stamp.end() + 1
    begin = _end(_PASSED, line, stamp.end())
    for start in (begin, _end(_BY, line, begin)):
        inner = STAMP.match(line, start)
        if inner is not None and line.startswith(b" ", inner.end()):
            return _end(_PASSED, line, inner.end())
    return begin


def _end(mark: re.Pattern[bytes], line: bytes, start: int) -> int:
    found = mark.match(line, start)
    return found.end() if found else start


def minute_of(stamp: re.Match[bytes]) -> int:
    """Return where the part of a stamp ends that changes with the minute, about."""
    if stamp["tai"]:
        return stamp.start("tai") + len(b"4000000069329f1")
    if stamp["unix"]:
        return stamp.end("unix") - 2
    return stamp.end("iso" if stamp["iso"] else "time") - len(b":00")
