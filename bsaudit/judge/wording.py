"""How times, replies and hosts read inside a sentence. Remote text is cleaned here."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from bsaudit.model.mail import Reply, Stage
from bsaudit.model.probe import Settlement
from bsaudit.text import clean_line

# A quoted reply is one clause of a sentence; the full text stands in `reply.text`.
QUOTE_LIMIT = 160

# What is said of a probe that nothing has settled.
OPEN = "the outcome is not known yet"

STAGE_WORDS = {
    Stage.CONNECT: "connection",
    Stage.HELO: "EHLO",
    Stage.STARTTLS: "STARTTLS",
    Stage.AUTH: "AUTH",
    Stage.MAIL: "MAIL",
    Stage.RCPT: "RCPT",
    Stage.DATA: "DATA",
    Stage.END_OF_DATA: "end of data",
}


def quoted(reply: Reply) -> str:
    """Return a reply as one quotation: code, enhanced code and text."""
    words = [str(reply.code), reply.enhanced or "", reply.text]
    return f"“{clean_line(' '.join(filter(None, words)), QUOTE_LIMIT)}”"


def at_time(moment: datetime | None) -> str:
    return f" at {moment.astimezone(UTC):%H:%M:%S}" if moment else ""


def seconds(value: float) -> str:
    """Return a duration the way people say it."""
    value = max(0.0, value)
    if value < 1:
        return f"{value:.2f} s"
    if value < 10:  # noqa: PLR2004 -- below ten seconds the tenth matters
        return f"{value:.1f} s"
    if value < 120:  # noqa: PLR2004 -- two minutes
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min"


def whole(settlement: Settlement, **more: object) -> Settlement:
    """Return `settlement` with the given fields filled in."""
    return msgspec.structs.replace(settlement, **more)
