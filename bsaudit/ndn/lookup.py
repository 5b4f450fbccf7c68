"""Looking up many words in a text: the plain loop over `in` beats one large regular expression, and is linear."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar, overload

Value = TypeVar("Value")
Owner = TypeVar("Owner")


# Length of the pieces by which words are grouped: shorter ones stand in every text, longer ones in one word only.
_PIECE = 4
_Groups = tuple[tuple[str, tuple[str, ...]], ...]


class Words:
    """A set of words to look for.

    What contains another word of the set is left out: it cannot decide anything. The others are grouped by a piece
    that they share: a text without the piece has none of the group, so that most texts need few lookups.
    """

    __slots__ = ("_all", "_any", "_ascii")

    def __init__(self, words: Iterable[str], *, but: Iterable[str] = ()) -> None:
        """Prepare; words that contain one of `but` (which are looked up first) are left out, too."""
        kept: list[str] = []
        shorter = list(but)
        for word in sorted(set(words), key=len):
            if not any(other in word for other in shorter):
                kept.append(word)
                shorter.append(word)
        self._all = tuple(kept)
        self._ascii: _Groups | None = None
        self._any: _Groups | None = None

    def found_in(self, text: str) -> bool:
        """Return whether one of the words stands in `text` (both case-folded)."""
        for piece, words in self._groups(ascii_only=text.isascii()):
            if piece in text:
                for word in words:
                    if word in text:
                        return True
        return False

    def _groups(self, *, ascii_only: bool) -> _Groups:
        if ascii_only:
            if self._ascii is None:
                self._ascii = _grouped([word for word in self._all if word.isascii()])
            return self._ascii
        if self._any is None:
            self._any = _grouped(self._all)
        return self._any


def _grouped(words: Iterable[str]) -> _Groups:
    """Group words by shared pieces, the most common piece first. Made when first needed: it takes a millisecond."""
    holders: dict[str, list[str]] = {}
    for word in words:
        for start in range(max(len(word) - _PIECE + 1, 1)):
            holders.setdefault(word[start : start + _PIECE], []).append(word)
    left = set(words)
    groups: list[tuple[str, tuple[str, ...]]] = []
    for piece, holding in sorted(holders.items(), key=lambda item: -len(item[1])):
        mine = left.intersection(holding)
        if len(mine) > 1:
            groups.append((piece, tuple(sorted(mine))))
            left -= mine
    return (*groups, *((word, (word,)) for word in sorted(left)))


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
