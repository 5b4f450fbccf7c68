"""What a text says: its clauses, the denied turned round, and the first row of the table that one of them fits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

from msgspec import Struct

from bsaudit.model.notification import Reason
from bsaudit.ndn.clauses import clauses
from bsaudit.ndn.codes import published
from bsaudit.ndn.concepts import CONCEPTS, UNSPACED
from bsaudit.ndn.meanings import CLEAR, FAINT, MEANINGS, NORMAL, VAGUE, Meaning
from bsaudit.ndn.vocabulary import Vocabulary

# Concepts that no word has: what grammar gives, an address, and what providers' codes say
_DERIVED = ("excess", "@", *(f"={reason}" for reason in Reason))
_PUBLISHED = tuple(Meaning(f"published-{reason}", f"={reason}", reason, CLEAR) for reason in Reason)


class Said(Struct, frozen=True):
    """The rows of `MEANINGS` that a text fits: the first `sure` one, `vague` one and `faint` one."""

    sure: Meaning | None = None
    vague: Meaning | None = None
    faint: Meaning | None = None


_Row = tuple[tuple[int, ...], int, Meaning]


class Understanding:
    """The tables, made ready: `without` are the ids of rows and words that are left out."""

    def __init__(self, without: Collection[str] = ()) -> None:
        self.vocabulary = Vocabulary(CONCEPTS, UNSPACED, _DERIVED, published(without), without)
        mask = self.vocabulary.mask
        self._normal = [
            (_groups(mask, row.needs), mask(row.lacks), mask(row.gives)) for row in NORMAL if row.id not in without
        ]
        self._published = [(_groups(mask, row.needs), 0, row) for row in _PUBLISHED if row.id not in without]
        rows = [(_groups(mask, row.needs), mask(row.lacks), row) for row in MEANINGS if row.id not in without]
        self._sure = [row for row in rows if row[2].strength > VAGUE]
        self._vague = [row for row in rows if row[2].strength == VAGUE]
        self._faint = [row for row in rows if row[2].strength == FAINT]
        self.of = lru_cache(maxsize=16)(self._of)  # the same prose is asked about several times
        self._meant = lru_cache(maxsize=4096)(self._decided)  # and the same is said in many messages

    def normal(self, clause: int) -> int:
        """Return what a clause says besides, by the grammar of `NORMAL`."""
        for needs, lacks, gives in self._normal:
            if clause & needs[0] and _fits(clause, needs, lacks):
                clause |= gives
        return clause

    def _of(self, text: str) -> Said:
        return self._meant(tuple(clauses(text, self.vocabulary)))

    def _decided(self, found: tuple[int, ...]) -> Said:
        every = [self.normal(one) for one in found]
        advice = self.vocabulary.bits["advice"]
        told = [one for one in every if not one & advice]
        sure = _first(self._published, every) or _first(self._sure, told)  # "please see …: IB506" is no advice
        if sure is None and len(told) < len(every):  # all that is said is what to do: "please log in first"
            sure = _first(self._sure, every)
        return Said(sure, _first(self._vague, told), _first(self._faint, told))


def _groups(mask: Callable[[str], int], needs: str) -> tuple[int, ...]:
    return tuple(mask(group) for group in needs.split())


def _first(rows: Sequence[_Row], told: Sequence[int]) -> Meaning | None:
    union = 0
    for one in told:
        union |= one
    for needs, lacks, row in rows:
        if union & needs[0]:
            for clause in told:
                if clause & needs[0] and _fits(clause, needs, lacks):
                    return row
    return None


def _fits(clause: int, needs: tuple[int, ...], lacks: int) -> bool:
    for one in needs:
        if not clause & one:
            return False
    return not clause & lacks
