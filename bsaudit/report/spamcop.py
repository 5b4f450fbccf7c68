"""A submission to SpamCop: one mail with one message attached, as it came. Never sent."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from bsaudit.judge.grounds import Grounds
from bsaudit.report.arf import sections
from bsaudit.text import clean_line

_TEXT = """\
Attached is a misdirected bounce: {host} accepted forged mail and returned it to me, who did not send it.
Please report the bounce alone, its source being {address}. Nothing in what it returns was sent to me.
"""


def spamcop_submission(grounds: Grounds, raw: bytes, to: str, now: datetime) -> bytes:
    """Return the mail, with `raw` in it octet by octet but for its line ends, which mail has only one kind of."""
    address = grounds.notice.handed_over_by.address
    text = _TEXT.format(host=clean_line(grounds.host), address=clean_line(address or "unknown"))
    attached = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    boundary, body = sections(
        ((b"text/plain; charset=utf-8", text.replace("\n", "\r\n").encode()), (b"message/rfc822", attached))
    )
    fields = {
        "To": to,
        "Subject": "report spam",
        "Date": format_datetime(now),
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/mixed; boundary="{boundary.decode()}"',
    }
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n" + body
