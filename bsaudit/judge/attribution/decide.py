"""From the evidence to one answer. Pure.

1. The strongest piece names the camp: the relay, the target's side, or our own side.
2. Where decisive or strong pieces contradict each other across camps, the answer is `unknown`; only a decisive one
   for the target's side stands against testimony, since that is what our own side or the relay saw itself.
3. What the relay's host handed over, without a line of the relay that it took it in, is the relay's own or cannot be
   told: the message's own words then convict nobody.
4. Within the target's side, the kinds that look deepest say whether it was the target or a host beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence

from bsaudit.judge.attribution.scene import Scene
from bsaudit.model.notification import Attribution, Evidence, Strength

# Which kind tells best how far behind the border the writer stood: the copy in its own queue, then its own trail.
_DEPTH = ("returned_trace", "birth", "received_from", "reporter", "handed_over", "signature", "recipient", "from")


def decide(evidence: Sequence[Evidence], scene: Scene) -> Attribution:
    """Return the attribution that the evidence bears, `unknown` where it bears none."""
    if scene.knowledge.relay_is_target:
        return Attribution.UNKNOWN
    good = [piece for piece in evidence if piece.strength is not Strength.WEAK]
    decisive = [piece for piece in good if piece.strength is Strength.DECISIVE]
    if not good:
        return Attribution.UNKNOWN
    first = (decisive or good)[0]
    if first.supports is Attribution.CATCH:
        # Our own lines say that we wrote it; the copy it returns may be anybody's notification.
        evidence = [piece for piece in evidence if piece.source != "returned_trace"]
    if not first.supports.is_target_side:
        return Attribution.UNKNOWN if _is_contradicted(first, evidence) else first.supports
    contradicted = any(not piece.supports.is_target_side for piece in good)
    if first.strength is not Strength.DECISIVE and (contradicted or not scene.passed_on):
        return Attribution.UNKNOWN
    return _how_deep([piece for piece in good if piece.supports.is_target_side])


def _is_contradicted(first: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Return whether anything good speaks for another camp, or the message itself is signed by the target.

    Clearing the target is as grave as accusing it, and nobody else writes From the target.
    """
    others = [piece for piece in evidence if piece.supports is not first.supports]
    return any(piece.strength is not Strength.WEAK or piece.source == "from" for piece in others)


def _how_deep(evidence: Sequence[Evidence]) -> Attribution:
    return min(evidence, key=lambda piece: _DEPTH.index(piece.source)).supports
