"""Looking up many words in a text: `in` beats one large regular expression; an index spares most of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Generic, TypeVar, overload

Value = TypeVar("Value")
Owner = TypeVar("Owner")


# Of a word as many letters are looked up in the index of a text: fewer stand in every text, more in a single word
_BEGINNING = 4
_Index = tuple[frozenset[str], frozenset[str]]
_Groups = dict[str, list[str]]


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
        for word, first in zip(words, beginnings_of(words), strict=True):
            groups, key = self._ascii, first
            if not word.isascii():
                groups, key = self._foreign, next(letter for letter in word if not letter.isascii())
            if key:
                groups.setdefault(key, []).append(word)
            else:
                rest.append(word)
        return tuple(rest)


def beginnings(text: str) -> frozenset[str]:
    """Return how the words of a text begin: where `beginning` of a word is not among them, the word is not there."""
    return _index(text)[0]


def beginnings_of(words: Iterable[str]) -> list[str]:
    """Return by which beginning of a word in a text each of `words` can be found, "" where it may be any."""
    plain = "\n".join(words).encode("ascii", "replace").translate(_BLANK).decode("ascii")
    firsts = (word.lstrip().partition(" ") for word in plain.split("\n"))
    return [first[:_BEGINNING] if blank or len(first) >= _BEGINNING else "" for first, blank, _ in firsts]


# All but ASCII letters, digits and line ends → blanks
_BLANK = bytes(code if chr(code).isalnum() or code == ord("\n") else ord(" ") for code in range(128)).ljust(256)


@lru_cache(maxsize=16)  # the same few texts of a message are asked about many times
def _index(text: str) -> _Index:
    """Return how the words of a text begin, and its letters beyond ASCII."""
    plain = text.encode("ascii", "replace").translate(_BLANK).decode("ascii")
    letters = frozenset() if text.isascii() else frozenset(text) - _ASCII
    return frozenset([word[:_BEGINNING] for word in plain.split()]), letters


_ASCII = frozenset(map(chr, range(128)))


def spellings(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words case-folded (ß is "ss" then), and as systems write them that have no letters but ASCII."""
    folded = "\n".join(words).casefold()  # all at once: there are thousands
    listed = folded.split("\n") if folded else []
    foreign = "\n".join([word for word in listed if not word.isascii()])
    plainer = zip(_bare(foreign).split("\n"), _bare(_umlauts(foreign)).split("\n"), strict=True)
    found: dict[str, None] = {}
    for word in listed:
        found[word] = None
        if not word.isascii():
            for plain in next(plainer):
                if plain.isascii() and len(plain) >= _PLAIN:
                    found[plain] = None
    return tuple(found)


# A shorter word without its accents is another one, or part of many: "vár" waits, "var" does not
_PLAIN = 5


def _bare(text: str) -> str:
    """Take the accents off."""
    return text if text.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFKD", text))


# Combining diacritical marks, which are what is left of Latin letters with accents
_ACCENTS = re.compile(r"[\u0300-\u036f]")


def _umlauts(text: str) -> str:
    """Write umlauts as German mail systems without them do."""
    return text.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")


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
