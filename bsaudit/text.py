"""The one sanitiser of remote text.

SMTP replies and NDN fields are written by strangers and end up on terminals, in logs, XML, HTML and
Markdown. Each renderer escapes its own markup; what none of them can show safely is replaced here:
control characters (a terminal obeys ESC, CSI and C1), line breaks where one line is meant,
bidirectional overrides (Trojan Source, CVE-2021-42574), invisible and unassigned code points,
lone surrogates from `surrogateescape`.
"""

from __future__ import annotations

import re
import unicodedata

# Longest remote text that is worth a reader's time: RFC 5321 §4.5.3.1.5 ends a reply line at 512 octets,
# real multi-line replies run to a few of them.
TEXT_LIMIT = 2000
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

# Cc control, Cf format (bidi, zero width), Cs surrogate, Co private use, Cn unassigned, Zl and Zp line breaks
_ODD = re.compile(r"[^ -~]")
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_line(text: str | bytes, limit: int = TEXT_LIMIT) -> str:
    """Return `text` as one printable line of at most `limit` characters; runs of white space become one blank."""
    if (
        isinstance(text, str)
        and len(text) <= limit
        and text.isascii()
        and text.isprintable()
        and ("  " not in text and text[:1] != " " and text[-1:] != " ")
    ):
        return text  # as nearly all: to part it into words costs many times as much
    # White space first: folded fields are then printable, and need no look at each character.
    return _clip(_printable(" ".join(_decode(text).split()), limit), limit)


def amount(count: int, thing: str) -> str:
    """Return how many of a thing there are: 1 message, 2 messages."""
    return f"{count} {thing}{'s' * (count != 1)}"


def clean_block(text: str | bytes, limit: int = TEXT_LIMIT) -> str:
    """Return `text` with its lines kept (as LF) and everything else made printable."""
    if isinstance(text, str) and len(text) <= limit and text.isascii() and text.isprintable():
        return text.rstrip()  # as nearly all of a report: with thousands of targets it is millions of texts
    lines = _decode(text)[: 2 * limit].splitlines()
    return _clip("\n".join(_printable(line, limit).rstrip() for line in lines), limit)


def _decode(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("utf-8", "replace")


def _printable(text: str, limit: int) -> str:
    if text.isascii() and text.isprintable():
        return text
    # Twice the limit is enough to clip from, and keeps an endless line cheap.
    return _ODD.sub(_safe, text[: 2 * limit])


def _safe(odd: re.Match[str]) -> str:
    char = odd[0]
    if char.isspace():
        return " "
    return REPLACEMENT if unicodedata.category(char) in _UNSAFE else char


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS
