"""What lists answered, known for as long as each answer holds: so they are not asked again. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bsaudit.model.standing import LONGEST_MEMORY_S, Remembered, Told


class Memory:
    """Answers by name and kind. `new` are those that were noted here; an error is no answer, and is never kept."""

    def __init__(self, known: Iterable[Remembered] = (), *, now: Callable[[], float]) -> None:
        """Begin with what is `known`; `now` returns seconds since 1970."""
        self._known = {(one.name, one.kind): one for one in known}
        self._now = now
        self._new: dict[tuple[str, str], Remembered] = {}

    @property
    def new(self) -> Sequence[Remembered]:
        return tuple(self._new.values())

    def recall(self, name: str, kind: str) -> Remembered | None:
        """Return an answer that still holds."""
        found = self._known.get((name, kind))
        return found if found is not None and found.until > self._now() else None

    def note(self, name: str, kind: str, told: Told) -> None:
        """Keep an answer, as long as it says that it holds and no longer than an hour."""
        if told.holds_s > 0:
            until = self._now() + min(told.holds_s, LONGEST_MEMORY_S)
            self._new[name, kind] = self._known[name, kind] = Remembered(name, kind, told.records, until)

    def forget(self, name: str, kind: str) -> None:
        """Drop an answer that is not believed: the next run asks anew."""
        self._known.pop((name, kind), None)
        self._new.pop((name, kind), None)
