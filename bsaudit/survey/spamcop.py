"""What SpamCop takes: which messages, and to which address. Pure.

It wants what came as it came, attached, soon, at the address that each user has for it; and users who look at each
report before it goes out. Misdirected bounces are reported ("Why are auto responders bad?",
www.spamcop.net/fom-serve/cache/329.html), what they return is not (cache/14.html).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bsaudit.errors import UsageError
from bsaudit.model.survey import Seen

VARIABLE = "BSAUDIT_SPAMCOP_ADDRESS"
# "You must report spam within 2 days of receipt"; it did take three.
OLDEST = timedelta(days=2)
# More is cut off there (SpamAssassin's spamcop_max_report_size); what was cut off before we read it is longer, too.
MOST_OCTETS = 50 << 10
# RFC 5322 §2.1.1; message/rfc822 is never encoded (RFC 2046 §5.2.1), so such a line would be changed on the way.
LONGEST_LINE = 998
_ADDRESS = re.compile(r"submit\.[A-Za-z0-9]+@spam\.spamcop\.net", re.ASCII | re.IGNORECASE)


class Takes:
    """Tells why SpamCop would not take a message now; None where it would."""

    def __init__(self, now: datetime) -> None:
        self._oldest = now - OLDEST

    def __call__(self, seen: Seen, raw: bytes) -> str | None:
        if seen.at is None:
            return "they do not show when they came"
        if datetime.fromisoformat(seen.at).astimezone(UTC) < self._oldest:
            return "the newest is older than the two days within which SpamCop takes reports"
        if len(raw) > MOST_OCTETS:
            return "the newest are longer than the 50 KiB that SpamCop takes, and it is never cut"
        if b"\0" in raw or any(len(line) > LONGEST_LINE for line in raw.splitlines()):
            return "the newest hold lines that no mail can carry unchanged"
        return None


def submission_address(text: str | None) -> str:
    """Return the address of a user at SpamCop. Raises UsageError, and never shows what it was given."""
    found = (text or "").strip()
    if not found:
        raise UsageError(
            "a submission to SpamCop goes to the address that you have there, and none was given",
            remedy=f"Set {VARIABLE} to it (submit.CODE@spam.spamcop.net). It is a secret: put it in no option.",
        )
    if not _ADDRESS.fullmatch(found):
        raise UsageError(
            f"{VARIABLE} holds no submission address of spamcop.net",
            remedy='It is "submit.", a code, "@spam.spamcop.net". With "quick." you would not see what is reported.',
        )
    return found
