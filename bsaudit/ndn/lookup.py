"""Looking up many words in a text: the plain loop over `in` beats one large regular expression, and is linear."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar, overload

Value = TypeVar("Value")
Owner = TypeVar("Owner")


# Words are grouped by how they begin: shorter beginnings stand in every text, longer ones in one word only.
_BEGINNING = 4
_Groups = tuple[tuple[str, tuple[str, ...]], ...]


class Words:
    """A set of words to look for.

    Grouped by a beginning that they share: a text without the beginning has none of the group, so that most texts
    need few lookups.
    """

    __slots__ = ("_all", "_any", "_ascii")

    def __init__(self, words: Iterable[str]) -> None:
        self._all = tuple(words)
        self._ascii: _Groups | None = None
        self._any: _Groups | None = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def found_in(self, text: str) -> bool:
        """Return whether one of the words stands in `text` (both case-folded)."""
        groups = self._ascii if text.isascii() else self._any
        for beginning, words in groups or self._prepared(text):
            if beginning in text:
                for word in words:
                    if word in text:
                        return True
        return False

    def _prepared(self, text: str) -> _Groups:
        """Group the words, when first needed: those that can stand in a text like this."""
        words = spellings(self._all)
        if text.isascii():
            self._ascii = _grouped(word for word in words if word.isascii())
            return self._ascii
        self._any = _grouped(words)
        return self._any


def spellings(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words case-folded (ß is "ss" then), and as systems write them that have no letters but ASCII."""
    found: dict[str, None] = {}
    for word in words:
        folded = word.casefold()
        found[folded] = None
        if not folded.isascii():
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


def _grouped(words: Iterable[str]) -> _Groups:
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[:_BEGINNING], []).append(word)
    return tuple((key if len(group) > 1 else group[0], tuple(group)) for key, group in groups.items())


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
