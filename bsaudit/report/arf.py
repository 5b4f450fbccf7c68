"""A notice as an abuse report: the notice, facts for programs, and what came back, in one mail (RFC 5965)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from bsaudit import __version__
from bsaudit.judge.grounds import Grounds
from bsaudit.report.help_pages import NOWHERE, Docs
from bsaudit.report.notice import body, recipient, subject
from bsaudit.report.notice_words.words import words_of
from bsaudit.text import clean_line

# RFC 5322 §2.1.1; RFC 2046 §5.2.1 allows message/rfc822 no encoding that would shorten lines.
LONGEST_LINE = 998
_END_OF_HEADER = re.compile(rb"\r\n\r\n")


def arf_notice(grounds: Grounds, language: str, raw: bytes, now: datetime, docs: Docs = NOWHERE) -> bytes:
    """Return the notice with `raw`, what came back, attached: only its header where the rest could do harm."""
    attached, kind = _attached(raw, only_header=grounds.test_content)
    text = body(grounds, language, docs).replace("\n", "\r\n").encode()
    facts = "".join(f"{name}: {clean_line(value)}\r\n" for name, value in _facts(grounds)).encode()
    parts = (
        (b"text/plain; charset=utf-8", text),
        (b"message/feedback-report", facts),
        (kind, attached),
    )
    boundary, sent = sections(parts)
    return _head(grounds, language, boundary, now) + sent


def sections(parts: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    """Return a boundary, and with it the body of a multipart of these types and contents."""
    boundary = b"=_" + _digest(b"".join(content for _, content in parts))
    written = (
        b"--%b\r\nContent-Type: %b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%b\r\n" % (boundary, kind, content)
        for kind, content in parts
    )
    return boundary, b"".join(written) + b"--%b--\r\n" % boundary


def _head(grounds: Grounds, language: str, boundary: bytes, now: datetime) -> bytes:
    contact = grounds.run.contact if grounds.run else None
    fields = {
        **({"From": clean_line(contact)} if contact else {}),
        "To": recipient(grounds),
        "Subject": Header(subject(grounds, words_of(language)), "utf-8", header_name="Subject").encode(linesep="\r\n"),
        "Date": format_datetime(now),
        "MIME-Version": "1.0",
        "Content-Language": language,
        "Content-Type": f'multipart/report; report-type=feedback-report;\r\n boundary="{boundary.decode()}"',
    }
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n"


def _digest(content: bytes) -> bytes:
    """Return a boundary that its content cannot hold but by breaking SHA-256."""
    return hashlib.sha256(content).hexdigest()[:40].encode()


def _attached(raw: bytes, *, only_header: bool) -> tuple[bytes, bytes]:
    lines = b"\r\n".join(raw.replace(b"\0", b"").splitlines())
    header = _END_OF_HEADER.split(lines, maxsplit=1)[0] + b"\r\n"
    if only_header or any(len(line) > LONGEST_LINE for line in lines.splitlines()):
        return header, b"text/rfc822-headers"
    return lines + b"\r\n", b"message/rfc822"


def _facts(grounds: Grounds) -> Iterator[tuple[str, str]]:
    """Return the fields of RFC 5965 §3: of what came back, not of what we had sent."""
    notice, by = grounds.notice, grounds.notice.handed_over_by
    yield "Feedback-Type", "abuse"
    yield "User-Agent", f"bsaudit/{__version__}"
    yield "Version", "1"
    if notice.null_reverse_path:
        yield "Original-Mail-From", "<>"
    if grounds.example:
        yield "Original-Rcpt-To", f"<{grounds.example.envelope.mail_from}>"
    if notice.arrived_at:
        yield "Arrival-Date", format_datetime(notice.arrived_at)
    if notice.reporting_mta:
        yield "Reporting-MTA", f"dns; {notice.reporting_mta}"
    if by.address:
        yield "Source-IP", by.address
    yield "Reported-Domain", grounds.domain
