"""Reply text → clauses: which concepts stand together in one statement, as bits of the vocabulary.

A clause that only tells what to do ("please check the address") is marked as advice.
"""

from __future__ import annotations

import re

from bsaudit.ndn.vocabulary import BEGINS, CLOSES, ENDS, FLAGS, HEAD, OPENS, STOPS, Vocabulary

# Clauses of one text that are looked at; a reply has a handful
MAX_CLAUSES = 64
# A line that does not go on with the sentence of the one above, nor with its reply
_LINE = re.compile(r"\n[ \t]{0,8}(?=[^\Wa-z\d]|\n)")
_MARKS = BEGINS | CLOSES | ENDS | OPENS | STOPS


def clauses(text: str, vocabulary: Vocabulary) -> list[int]:
    """Return what each clause speaks of, once; those that say nothing are left out."""
    words = (_LINE.sub(" . ", text) if "\n" in text else text).split()
    of, advice = vocabulary.of, vocabulary.bits["advice"]
    marks = _MARKS | advice
    reading = _Reading(advice, vocabulary.bits["not"])
    for index, word in enumerate(words):
        said = of(word)
        if said & HEAD:
            said |= vocabulary.phrase(words, index)
        if said & marks:
            reading.turn(said)
        else:
            reading.clause |= said
    reading.turn(CLOSES)  # also of what nobody closed
    reading.end()
    bare = [mask >> FLAGS << FLAGS for mask in reading.found]
    return [one for one in dict.fromkeys(bare) if one & ~advice][:MAX_CLAUSES]


class _Reading:
    """The clause that is being read, the one around it, and those that are read."""

    __slots__ = ("_advice", "_advising", "_around", "_not", "clause", "found")

    def __init__(self, advice: int, negation: int) -> None:
        self._advice, self._not = advice, negation
        self._advising = self._around = self.clause = 0
        self.found: list[int] = []

    def end(self) -> None:
        if self.clause:
            self.found.append(self.clause | self._advising)
            self.clause = 0

    def turn(self, said: int) -> None:
        """Take a word that begins or ends something."""
        if said & OPENS and self._around:  # parentheses within parentheses
            self.end()
        elif said & OPENS:
            self._around, self.clause = self.clause, 0
        if said & BEGINS:
            self.end()
        if said & self._advice:
            if self.clause & self._not:  # "unable to contact the server" advises nothing
                said &= ~self._advice
            else:
                self.end()
                self._advising = self._advice
        self.clause |= said
        self._close(said)

    def _close(self, said: int) -> None:
        if said & CLOSES:
            self.end()
            self.clause, self._around = self._around, 0
        if said & ENDS:
            self.end()
        if said & STOPS:
            self._advising = 0
