"""Looking up many words in a text: `in` beats one large regular expression; an index spares most of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Generic, TypeVar, overload

Value = TypeVar("Value")
Owner = TypeVar("Owner")


# Of a word as many letters are looked up in the index of a text: fewer stand in every text, more in a single word
_BEGINNING = 4
_Index = tuple[frozenset[str], frozenset[str]]
_Groups = dict[str, tuple[str, ...]]


# So few are found faster without
_FEW = 12


class Words:
    """A set of words to look for.

    A word is sought only in a text that has its beginning at the beginning of some word of its own, or its first letter
    beyond ASCII anywhere (Chinese and Japanese have no blanks): most texts need few searches.
    """

    __slots__ = ("_all", "_ascii", "_foreign", "_rest")

    def __init__(self, words: Iterable[str]) -> None:
        self._all = tuple(words)
        self._ascii: _Groups = {}
        self._foreign: _Groups = {}
        self._rest: tuple[str, ...] | None = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def found_in(self, text: str) -> bool:
        """Return whether one of the words stands in `text` (both case-folded); in a long one, as a word begins."""
        if self._rest is None:
            self._rest = self._prepared()
        for word in self._rest:
            if word in text:
                return True
        if not (self._ascii or self._foreign):
            return False
        beginnings, letters = _index(text)
        for groups, keys in ((self._ascii, beginnings), (self._foreign, letters)):
            for key in groups.keys() & keys if keys else ():
                for word in groups[key]:
                    if word in text:
                        return True
        return False

    def _prepared(self) -> tuple[str, ...]:
        """Group the words, when first needed; return those that begin with too little to be found by, or are few."""
        words = spellings(self._all)
        if len(words) <= _FEW:
            return words
        rest = []
        for word in words:
            foreign = "" if word.isascii() else next(letter for letter in word if not letter.isascii())
            key = foreign or beginning(word)
            if not key:
                rest.append(word)
                continue
            groups = self._foreign if foreign else self._ascii
            groups[key] = (*groups.get(key, ()), word)
        return tuple(rest)


def beginnings(text: str) -> frozenset[str]:
    """Return how the words of a text begin: where `beginning` of a word is not among them, the word is not there."""
    return _index(text)[0]


def beginning(word: str) -> str:
    """Return by which beginning of a word in a text `word` can be found, "" where it may be any."""
    first = word.translate(_BLANK).lstrip().partition(" ")
    return first[0][:_BEGINNING] if first[1] or len(first[0]) >= _BEGINNING else ""


_BLANK = {code: " " for code in range(128) if not chr(code).isalnum()}


@lru_cache(maxsize=16)  # the same few texts of a message are asked about many times
def _index(text: str) -> _Index:
    """Return how the words of a text begin, and its letters beyond ASCII."""
    if text.isascii():
        return frozenset([word[:_BEGINNING] for word in text.translate(_BLANK).split()]), frozenset()
    plain = text.encode("ascii", "replace").decode("ascii").translate(_BLANK)
    return frozenset([word[:_BEGINNING] for word in plain.split()]), frozenset(text) - _ASCII


_ASCII = frozenset(map(chr, range(128)))


def spellings(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words case-folded (ß is "ss" then), and as systems write them that have no letters but ASCII."""
    found: dict[str, None] = {}
    for word in words:
        folded = word.casefold()
        found[folded] = None
        if not folded.isascii() and (max(folded) < "\u0250" or "\u1e00" <= max(folded) < "\u1f00"):  # Latin, Vietnamese
            plain = (_bare(folded), _bare(_umlauts(folded)))
            found |= dict.fromkeys(one for one in plain if one.isascii() and len(one) >= _PLAIN)
    return tuple(found)


# A shorter word without its accents is another one, or part of many: "vár" waits, "var" does not
_PLAIN = 5


def _bare(word: str) -> str:
    """Take the accents off."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def _umlauts(word: str) -> str:
    """Write umlauts as German mail systems without them do."""
    return word.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")


class lazy(Generic[Owner, Value]):  # noqa: N801 — used like a decorator
    """`functools.cached_property` without its lock, which costs more than most of what is cached here."""

    def __init__(self, function: Callable[[Owner], Value]) -> None:
        self._function = function
        self._name = ""
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[Owner, Value]: ...
    @overload
    def __get__(self, instance: Owner, owner: type) -> Value: ...
    def __get__(self, instance: Owner | None, owner: type) -> Value | lazy[Owner, Value]:
        if instance is None:
            return self
        value = self._function(instance)
        instance.__dict__[self._name] = value
        return value
