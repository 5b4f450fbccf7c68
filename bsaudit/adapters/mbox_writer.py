"""Writes an mbox (RFC 4155, quoted as mboxrd) that `mailfiles` and others part into the same messages again."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from bsaudit.adapters.mailfiles import SEPARATOR

_UNQUOTED = re.compile(rb"^(?=From )", re.MULTILINE)
_FROM = re.compile(rb"^(?=>*From )", re.MULTILINE)
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def mbox_entry(raw: bytes, at: datetime | None) -> bytes:
    """Return a message as it stands in an mbox; one that comes from an mbox keeps its line, and is not quoted twice."""
    text = raw.replace(b"\r\n", b"\n").lstrip(b"\n")
    separator = SEPARATOR.match(text)
    if separator is None:
        return _line(at) + _ended(_FROM.sub(b">", text)) + b"\n"
    line = separator[0] if separator[0].strip() != b"From" else _line(at)  # Thunderbird's says no more
    # The empty line that ends it there is not the message's own
    return line + _ended(_UNQUOTED.sub(b">", text[separator.end() :].removesuffix(b"\n"))) + b"\n"


def _line(at: datetime | None) -> bytes:
    """Return the line for a message with a null reverse-path, as delivery agents write it; the time is UTC."""
    return b"From MAILER-DAEMON " + (at or _UNDATED).astimezone(UTC).ctime().encode() + b"\n"


def _ended(text: bytes) -> bytes:
    return text if text.endswith(b"\n") else text + b"\n"
