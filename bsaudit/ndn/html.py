"""HTML prose → lines of text. Not a parser: tags are dropped, breaks become line ends."""

from __future__ import annotations

import html
import re

HTML_WINDOW = 64 * 1024  # notifications in HTML are a few KB; the rest is style
_HIDDEN = ("style", "script", "head", "title")
_OPENING = re.compile(rf"<({'|'.join(_HIDDEN)})\b[^>]{{0,500}}>", re.IGNORECASE)
_CLOSING = {name: re.compile(rf"</{name}\s{{0,4}}>", re.IGNORECASE) for name in _HIDDEN}
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?table|/?li|/?ul|/?h\d|hr|/?pre|/?td)\b[^<>]{0,1000}>", re.IGNORECASE)
_TAG = re.compile(r"<(?:!--|[/!?]?[a-zA-Z])[^<>@]{0,2000}>")
_BLANKS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def plain_text(source: str) -> str:
    source = _without_hidden(source[:HTML_WINDOW])
    if "<pre" not in source.lower():  # elsewhere a line end is a blank
        source = source.replace("\n", " ")
    text = html.unescape(_TAG.sub(" ", _BREAK.sub("\n", source))).replace("\n ", "\n")
    return _BLANKS.sub("\n\n", text.replace("\xa0", " "))


def _without_hidden(source: str) -> str:
    """Leave out what browsers do not show. An end that is missing is sought once only: linear in any case."""
    kept: list[str] = []
    unclosed: set[str] = set()
    begin = at = 0
    while opening := _OPENING.search(source, at):
        name = opening[1].lower()
        closing = None if name in unclosed else _CLOSING[name].search(source, opening.end())
        at = closing.end() if closing else opening.end()
        if closing is None:
            unclosed.add(name)
            continue
        kept.append(source[begin : opening.start()])
        begin = at
    return " ".join([*kept, source[begin:]])
