"""Looking up many words in a text: `in` beats one large regular expression; an index spares most of it."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from operator import itemgetter
from typing import Generic, TypeVar, overload

Value = TypeVar("Value")
Owner = TypeVar("Owner")


# Of a word as many letters are looked up in the index of a text: fewer stand in every text, more in a single word
_BEGINNING = 4
_Key = bytes | str  # the beginning of a word, a letter beyond ASCII


# So few are found faster without
_FEW = 12


class Words:
    """A set of words to look for.

    A word is sought only in a text that has its beginning at the beginning of some word of its own, or its first
    letter beyond ASCII anywhere (Chinese and Japanese have no blanks): most texts need few searches.
    """

    __slots__ = ("_all", "_groups", "_keys", "_rest")

    def __init__(self, words: Iterable[str]) -> None:
        self._all = tuple(words)
        self._groups: dict[_Key, list[str]] = {}
        self._keys: frozenset[_Key] = frozenset()
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
        for key in self._keys & _index(text) if self._keys else ():
            for word in self._groups[key]:
                if word in text:
                    return True
        return False

    def _prepared(self) -> tuple[str, ...]:
        """Group the words, when first needed; return those that begin with too little to be found by, or are few."""
        words = spellings(self._all)
        if len(words) <= _FEW:
            return words
        groups: dict[_Key, list[str]] = defaultdict(list)
        for word, beginning in zip(words, _beginnings(words), strict=True):
            groups[beginning if word.isascii() else word.lstrip(_ASCII)[0]].append(word)
        rest = groups.pop(_ANY, [])
        self._groups, self._keys = groups, frozenset(groups)
        return tuple(rest)


# The beginning of what may begin anyhow
_ANY = b""


def _beginnings(words: Iterable[str]) -> list[bytes]:
    """Return by which beginning of a word in a text each of `words` can be found."""
    firsts = (word.lstrip().partition(b" ") for word in _plain("\n".join(words)).split(b"\n"))
    return [first[:_BEGINNING] if blank or len(first) >= _BEGINNING else _ANY for first, blank, _ in firsts]


@lru_cache(maxsize=16)  # the same few texts of a message are asked about many times
def _index(text: str) -> frozenset[_Key]:
    """Return how the words of a text begin, and its letters beyond ASCII."""
    beginnings = frozenset(map(_begin, _plain(text).split()))
    return beginnings if text.isascii() else beginnings.union(frozenset(text).difference(_ASCII))


_begin = itemgetter(slice(_BEGINNING))


def _plain(text: str) -> bytes:
    """Return a text with blanks in the place of all but ASCII letters, digits and line ends."""
    return text.encode("ascii", "replace").translate(_BLANK)


_BLANK = bytes(code if chr(code).isalnum() or code == ord("\n") else ord(" ") for code in range(128)).ljust(256)
_ASCII = "".join(map(chr, range(128)))


def folded(text: str) -> str:
    """Return a text as words are looked up in it: case-folded, with single blanks and the apostrophe of the tables."""
    text = " ".join(text.casefold().split())
    return text if text.isascii() else text.replace("’", "'")


def spellings(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words case-folded (ß is "ss" then), and as systems write them that have no letters but ASCII."""
    joined = "\n".join(words).casefold()  # all at once: there are thousands
    listed = joined.split("\n") if joined else []
    foreign = "\n".join([word for word in listed if not word.isascii()])
    plainer = [*_bare(foreign).split("\n"), *_bare(_umlauts(foreign)).split("\n")]
    return tuple(dict.fromkeys([*listed, *[word for word in plainer if len(word) >= _PLAIN and word.isascii()]]))


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
