"""How times, stages and replies read inside a sentence. Remote text is cleaned here."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from bsaudit.model.mail import Host, Reply, Stage
from bsaudit.model.notification import Attributed
from bsaudit.model.probe import Settlement
from bsaudit.text import clean_line

# A quoted reply is one clause of a sentence; the full text stands in `reply.text`.
QUOTE_LIMIT = 160

# What is said of a probe that nothing has settled.
OPEN = "the outcome is not known yet"

AT_STAGE = {
    Stage.CONNECT: "on connection",
    Stage.HELO: "at EHLO",
    Stage.STARTTLS: "at STARTTLS",
    Stage.AUTH: "at AUTH",
    Stage.MAIL: "at MAIL",
    Stage.RCPT: "at RCPT",
    Stage.DATA: "at DATA",
    Stage.END_OF_DATA: "at end of data",
}


def quoted(reply: Reply) -> str:
    """Return a reply as one quotation: code, enhanced code and text."""
    words = [str(reply.code), reply.enhanced or "", reply.text]
    return f"“{clean_line(' '.join(filter(None, words)), QUOTE_LIMIT)}”"


def at_time(moment: datetime | None) -> str:
    return f" at {moment.astimezone(UTC):%H:%M:%S}" if moment else ""


def whole(settlement: Settlement, **more: object) -> Settlement:
    """Return `settlement` with the given fields filled in."""
    return msgspec.structs.replace(settlement, **more)


def own_word(host: Host) -> str:
    """Return a host by the name that nobody but itself gives it, which may be a stranger's."""
    return f"calls itself {host.short}"


def host_in_words(host: Host, *, claimed: bool) -> str:
    """Return the host that wrote, "" for one without name and address."""
    return f"a host that {own_word(host)}" if claimed else host.short


def writer_in_words(attributed: Attributed) -> str:
    return host_in_words(attributed.written_by, claimed=attributed.claimed)
