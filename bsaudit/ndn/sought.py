"""Regular expressions that ignore case, at the price of those that do not.

`re` compares letter by letter where case is ignored, and cannot skip what no match begins with. Most prose is ASCII:
there small letters stand where capitals stood, so that an expression in small letters finds the same places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

# A capital that is a letter: not one of \S, \W, \Z or (?P<name>)
_CAPITAL = re.compile(r"(?<![\\?])[A-Z]")
Search = Callable[[int], "re.Match[str] | None"]


class Sought:
    """An expression, case ignored; it finds what `re.compile(pattern, flags | re.IGNORECASE)` finds."""

    __slots__ = ("_small", "any_case")

    def __init__(self, pattern: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self.any_case = re.compile(pattern, flags | re.IGNORECASE)
        self._small = re.compile(_CAPITAL.sub(lambda letter: letter[0].lower(), pattern), flags)

    def search(self, text: str) -> re.Match[str] | None:
        if not text.isascii():
            return self.any_case.search(text)
        found = self._small.search(text.lower())
        return found and self.any_case.match(text, found.start())

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        if not text.isascii():
            yield from self.any_case.finditer(text)
            return
        for found in self._small.finditer(text.lower()):
            match = self.any_case.match(text, found.start())
            if match is not None:  # always
                yield match

    def sub(self, replacement: str, text: str) -> str:
        """Replace each match by the text `replacement`."""
        if text.isascii() and self._small.search(text.lower()) is None:
            return text
        return self.any_case.sub(replacement, text)

    def searching(self, text: str) -> Search:
        """Return how to find the next match from a place on, many times over; groups may be in small letters."""
        return partial(self._small.search, text.lower()) if text.isascii() else partial(self.any_case.search, text)
