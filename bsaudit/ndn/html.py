"""HTML prose → lines of text. Not a parser: tags are dropped, breaks become line ends, what is not displayed goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from bsaudit.ndn.sought import Sought

HTML_WINDOW = 64 * 1024  # notifications in HTML are a few KB; the rest is style
_OPENING = Sought(r"<(style|script|head|title|template)\b[^>]{0,500}>")
# An element that says itself that it is not displayed (CSS 2.2 §9.2.4, §11.2; HTML: "hidden"), as preheaders do
_UNDISPLAYED = Sought(
    # few names: each is sought to the end of the source where it is not closed
    r"<(div|span|p|tr|td|th|tbody|table|center|font|section|li|ul|ol|h[1-6]|pre|a|b|i|strong|small)\b(?=[^<>]{0,1000}(?:display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden"
    r"|mso-hide\s{0,4}:\s{0,4}all|font-size\s{0,4}:\s{0,4}0(?:px|pt|em)?\s{0,4}[;\"']|\shidden[\s>=/]))[^<>]{0,1000}>",
)
_BREAK = re.compile(
    r"<(?:br|/?p|/?div|/?tr|/?table|/?li|/?[uod]l|/?d[td]|/?h\d|hr|/?pre|/?t[dh]|/?center)\b[^<>]{0,1000}>",
    re.IGNORECASE,
)
# Between a cell and the next, or a term and its description: where the first is short, it names the second
_CELL = re.compile(r"</(?:t[dh]|dt)\s{0,4}>\s{0,200}<(?:t[dh]|dd)\b[^<>]{0,1000}>", re.IGNORECASE)
_BETWEEN = "\x1f"
_LABEL_LENGTH = 40
_QUOTE = re.compile(r"<blockquote\b[^<>]{0,1000}>(?:\s{0,99}<(?:p|div|span)\b[^<>]{0,1000}>){0,4}", re.IGNORECASE)
_TAG = re.compile(r"<(?:!--|[/!?]?[a-zA-Z])[^<>@]{0,2000}>")
_BLANKS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def plain_text(source: str) -> str:
    source = _without_comments(_without_undisplayed(source[:HTML_WINDOW]))
    if "<pre" not in source.lower():  # elsewhere a line end is a blank
        source = source.replace("\n", " ")
    source = _QUOTE.sub("\n> ", _CELL.sub(_BETWEEN, source))
    from html import unescape  # noqa: PLC0415 — half a megabyte of names, which an audit seldom needs

    text = unescape(_TAG.sub(" ", _BREAK.sub("\n", source))).replace("\n ", "\n")
    if _BETWEEN in text:
        text = "\n".join(_labelled(text.split(_BETWEEN)))
    return _BLANKS.sub("\n\n", text.replace("\xa0", " "))


def _labelled(cells: list[str]) -> Iterator[str]:
    """Yield the cells; what names an address in the next one ends in a colon."""
    for cell, following in pairwise([*cells, ""]):
        label = cell.rpartition("\n")[2] if cell[-1:] != "\n" else cell.rstrip().rpartition("\n")[2]
        names = 0 < len(label.strip()) <= _LABEL_LENGTH and "@" in following.lstrip().partition("\n")[0]
        yield cell.rstrip(" \t\n:：") + ":" if names and "@" not in label else cell


def _without_undisplayed(source: str) -> str:
    """Leave out what browsers do not show."""
    shown = _without(source, _OPENING, nested=False)
    folded = shown.lower()
    if "hid" in folded or "none" in folded or "font-size" in folded:
        return _without(shown, _UNDISPLAYED, nested=True)
    return shown


def _without(source: str, opening: Sought, *, nested: bool) -> str:
    """Leave out the elements that `opening` finds. An end that is missing is sought once only: linear in any case."""
    kept: list[str] = []
    unclosed: set[str] = set()
    begin = at = 0
    search = opening.searching(source)
    while found := search(at):
        name = found[1].lower()
        end = None if name in unclosed else _end(source, name, found.end(), nested=nested)
        at = end or found.end()
        if end is None:
            unclosed.add(name)
            continue
        kept.append(source[begin : found.start()])
        begin = at
    return " ".join([*kept, source[begin:]])


def _end(source: str, name: str, start: int, *, nested: bool) -> int | None:
    """Return where the element that began in front of `start` ends, None where nothing closes it."""
    depth = 1
    for tag in _tags(name).finditer(source, start):
        depth += -1 if tag[1] else int(nested)
        if not depth:
            return tag.end()
    return None


@lru_cache(maxsize=64)
def _tags(name: str) -> re.Pattern[str]:
    return re.compile(rf"<(/?){name}\b[^<>]{{0,1000}}>", re.IGNORECASE)


def _without_comments(source: str) -> str:
    kept: list[str] = []
    at = 0
    while (begin := source.find("<!--", at)) >= 0 and (end := source.find("-->", begin + 4)) >= 0:
        kept.append(source[at:begin])
        at = end + 3
    return " ".join([*kept, source[at:]]) if kept else source
