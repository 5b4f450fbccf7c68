"""Lines of JSON: what is in them, by the names of who writes them.

Docker, Filebeat, rsyslog (jsonmesg names its properties), syslog-ng (format-json), fluentd, Vector; the journal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_SAID = ("log", "message", "msg", "MESSAGE")
_AT = ("time", "@timestamp", "timestamp", "timereported", "ISODATE")
_PROGRAM = ("programname", "program", "syslogtag", "appname", "ident", "PROGRAM")
_HOST = ("hostname", "host", "HOST")
_PID = re.compile(rb"(?:\[\d{1,10}\])?:?\Z")


class Entry(NamedTuple):
    """A line of a log as somebody passed it on; without `program` it is whole."""

    said: bytes
    at: bytes
    program: bytes
    host: bytes


def wrapped(fields: Mapping[str, Any]) -> Entry | None:
    """Return the line that an object holds."""
    said = _first(fields, _SAID)
    if said is None:
        return None
    program = _PID.sub(b"", _first(fields, _PROGRAM) or b"")
    if program:
        said = said.strip()  # rsyslog keeps the blank that stood behind the program's name
    return Entry(said, _first(fields, _AT) or b"", program, _first(fields, _HOST) or b"")


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> bytes | None:
    return next((octets(fields[name]) for name in names if name in fields), None)


def octets(field: object) -> bytes | None:
    """Return a field as it was written: a string, or a list of octets where it was no UTF-8."""
    if isinstance(field, str):
        return field.encode("utf-8", "surrogatepass")
    if isinstance(field, list) and all(isinstance(one, int) and 0 <= one < 256 for one in field):  # noqa: PLR2004 -- an octet
        return bytes(field)
    return None
