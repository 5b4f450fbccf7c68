"""A table that forgets: of what was put last, it knows at least so much."""

from __future__ import annotations

from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Two dictionaries: when the young one is full, the old one goes. No key has to be looked for to be dropped.

    `young` is for loops that cannot afford a call.
    """

    __slots__ = ("_old", "limit", "young")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}

    def find(self, key: Key) -> Value | None:
        found = self.young.get(key)
        return found if found is not None else self._old.get(key)

    def put(self, key: Key, value: Value) -> None:
        self.young[key] = value
        if len(self.young) > self.limit:
            self.turn()

    def turn(self) -> None:
        self._old = dict(self.young)
        self.young.clear()  # the same object: others hold it

    def drop(self, key: Key) -> None:
        self.young.pop(key, None)
        self._old.pop(key, None)


class Marks(Recent[Key, bool]):
    """Keys of which one thing is known."""

    __slots__ = ()

    def add(self, key: Key) -> None:
        self.put(key, True)  # noqa: FBT003 -- what it knows
