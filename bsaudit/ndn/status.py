"""Reply codes and enhanced status codes in the text that servers wrote."""

from __future__ import annotations

import re

# RFC 3463 §2: class "." subject "." detail; RFC 5321 §4.2: three digits. Neither may be part of an address (5.1.1.7).
# The dot is sought, which is rarer than digits; the class stands in front of it.
_ENHANCED = re.compile(r"\.(?<=[245].)(?<![\d.]..)\d{1,2}\.\d{1,3}(?!\d|\.\d)")
_QUOTED = re.compile(r"[45][0-5]\d(?=[ \-:,#)\]]|$)", re.MULTILINE)
# What stands in front of a code that is quoted: looked for where there is one, which is seldom
_QUOTES = re.compile(
    r"(?:^[ \t<>]{0,8}|[:>\"'(\[=][ \t]{0,3}|(?:said|returned|replied|error|code|with|reason|status)[ \t]{1,3})\Z",
    re.MULTILINE | re.IGNORECASE,
)
_QUOTES_WINDOW = 12
FIRST_FAILURE = 400
# RFC 3463 §3.1 and §3.5: "other", and "delivery time expired": over what, a code that is quoted behind it tells
_SAYS_LITTLE = frozenset({"0.0", "4.7"})
_REPLY = re.compile(r"[245](?<![.\w\-/:#].)[0-5]\d(?=[ \-:,#]|$)", re.MULTILINE)
# RFC 5321 §4.2 knows no 571 and no 591, which some reply with; where a reply begins they are nothing else.
_BEGINS = re.compile(r"\s{0,8}([45]\d\d)[ \-]")


def enhanced_code(text: str) -> str | None:
    """Return the first RFC 3463 code that says more than "failed" or "expired", else the first, else None."""
    first = None
    for match in _ENHANCED.finditer(text):
        code = text[match.start() - 1 : match.end()]
        if code[2:] not in _SAYS_LITTLE:
            return code
        first = first or code
    return first


def reply_code(text: str) -> int | None:
    """Return the SMTP reply code quoted in `text`: 4yz and 5yz before 2yz."""
    if begins := _BEGINS.match(text):
        return int(begins[1])
    first = None
    for match in _REPLY.finditer(text):
        code = int(match[0])
        if code >= FIRST_FAILURE:
            return code
        first = first or code
    return first


def quoted_reply(context: str) -> int | None:
    """Return the reply code that prose quotes: where a reply may begin, not any number ("500 MB")."""
    for code in _QUOTED.finditer(context):
        if _QUOTES.search(context, max(code.start() - _QUOTES_WINDOW, 0), code.start()):
            return int(code[0])
    return None


def refined_status(stated: str | None, said: str, context: str) -> str | None:
    """Return the best reading: what the server said, then what the report states, then what its prose quotes.

    Codes ending in .0.0 say nothing but the class (RFC 3463 §3.1) and give way to any that say more.
    """
    quoted = enhanced_code(said)
    for code in (quoted, stated):
        if code and not code.endswith(".0.0"):
            return code
    told = enhanced_code(context)
    if told and not told.endswith(".0.0") and (stated is None or told[0] == stated[0]):
        return told
    return quoted or stated or told
