"""Looking up many words in a text: the plain loop over `in` beats one large regular expression, and is linear."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")
Owner = TypeVar("Owner")


class Words:
    """A set of words to look for. What contains another word of the set is left out: it cannot decide anything."""

    __slots__ = ("_all", "_ascii")

    def __init__(self, words: Iterable[str], *, but: Iterable[str] = ()) -> None:
        """Prepare; words that contain one of `but` (which are looked up first) are left out, too."""
        kept: list[str] = []
        shorter = list(but)
        for word in sorted(set(words), key=len):
            if not any(other in word for other in shorter):
                kept.append(word)
                shorter.append(word)
        self._all = tuple(kept)
        self._ascii = tuple(word for word in kept if word.isascii())

    def __iter__(self) -> Any:
        return iter(self._all)

    def found_in(self, text: str) -> bool:
        """Return whether one of the words stands in `text` (both case-folded)."""
        for word in self._ascii if text.isascii() else self._all:  # noqa: SIM110 — twice as fast as any()
            if word in text:
                return True
        return False


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
