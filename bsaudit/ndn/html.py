"""HTML prose → lines of text. Not a parser: tags are dropped, breaks become line ends."""

from __future__ import annotations

import html
import re

HTML_WINDOW = 64 * 1024  # notifications in HTML are a few KB; the rest is style
_DROPPED = re.compile(r"<(style|script|head|title)\b[^>]{0,500}>.{0,20000}?</\1\s{0,4}>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?table|/?li|/?ul|/?h\d|hr|/?pre|/?td)\b[^<>]{0,1000}>", re.IGNORECASE)
_TAG = re.compile(r"<(?:!--|[/!?]?[a-zA-Z])[^<>@]{0,2000}>")
_BLANKS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def plain_text(source: str) -> str:
    source = _DROPPED.sub(" ", source[:HTML_WINDOW])
    if "<pre" not in source.lower():  # elsewhere a line end is a blank
        source = source.replace("\n", " ")
    text = html.unescape(_TAG.sub(" ", _BREAK.sub("\n", source))).replace("\n ", "\n")
    return _BLANKS.sub("\n\n", text.replace("\xa0", " "))
