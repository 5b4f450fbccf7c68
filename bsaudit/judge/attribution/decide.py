"""From the evidence to one answer. Pure.

1. The strongest piece names the camp: the relay, the target's side, or our own side.
2. The relay is cleared of nothing and the target of nothing by contradiction: where a decisive or strong piece for
   the target's side stands against one for the relay, only a decisive one for the target wins; else `unknown`.
3. Within the target's side, the kinds that look deepest say whether it was the target or a host beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence

from bsaudit.judge.attribution.case import Case
from bsaudit.model.notification import Attribution, Evidence, Strength

_TARGET_CAMP = frozenset({Attribution.TARGET, Attribution.BEYOND_TARGET})
# Which kind tells best how far behind the border the writer stood: the copy in its own queue, then its own trail.
_DEPTH = ("returned_trace", "birth", "reporter", "handed_over", "signature", "recipient", "from")


def decide(evidence: Sequence[Evidence], case: Case) -> Attribution:
    """Return the attribution that the evidence bears, `unknown` where it bears none."""
    if case.knowledge.relay_is_target:
        return Attribution.UNKNOWN
    good = [piece for piece in evidence if piece.strength is not Strength.WEAK]
    decisive = [piece for piece in good if piece.strength is Strength.DECISIVE]
    if not good:
        return Attribution.UNKNOWN
    first = (decisive or good)[0]
    if first.supports not in _TARGET_CAMP:
        contradicted = any(piece.supports is not first.supports for piece in good)
        return Attribution.UNKNOWN if contradicted else first.supports
    if first.strength is not Strength.DECISIVE and any(piece.supports not in _TARGET_CAMP for piece in good):
        return Attribution.UNKNOWN
    return _how_deep([piece for piece in good if piece.supports in _TARGET_CAMP])


def _how_deep(evidence: Sequence[Evidence]) -> Attribution:
    return min(evidence, key=lambda piece: _DEPTH.index(piece.source)).supports
