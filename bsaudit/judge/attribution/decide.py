"""From the evidence to one answer. Pure.

1. The strongest piece names the camp: the relay, the target's side, or our own side.
2. For the target's side somebody's word is not enough: a host of its must have been seen, or acceptance been shown.
3. Where decisive or strong pieces contradict each other across camps, the answer is `unknown`; only a decisive one
   for the target's side stands against testimony, since that is what our own side or the relay saw itself.
4. What the relay's host handed over, without a line of the relay that it took it in, is the relay's own or cannot be
   told: the message's own words then convict nobody.
5. Within the target's side, the kinds that look deepest say whether it was the target or a host beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from bsaudit.judge.attribution.scene import Scene
from bsaudit.judge.parties import share_a_host
from bsaudit.model.notification import NAMED, Attribution, Evidence, Strength

# Which kind tells best how far behind the border the writer stood: the copy in its own queue, then its own trail.
_DEPTH = (
    "returned_trace",
    "birth",
    "received_from",
    "reporter",
    "handed_over",
    "signature",
    "recipient",
    "from",
    "acceptance",
    NAMED,
)

# What rests on no word of the writer's (on the user's perhaps), beside the sight of who handed it over.
_SHOWN = frozenset({"signature", "acceptance", NAMED})


def decide(evidence: Sequence[Evidence], scene: Scene) -> Attribution:
    """Return the attribution that the evidence bears, `unknown` where it bears none."""
    if scene.knowledge.relay_is_target:
        return Attribution.UNKNOWN
    good = [piece for piece in evidence if piece.strength is not Strength.WEAK]
    decisive = [piece for piece in good if piece.strength is Strength.DECISIVE]
    if not good:
        return Attribution.UNKNOWN
    first = (decisive or good)[0]
    if first.supports is not Attribution.RELAY and share_a_host(scene.knowledge.catch, scene.knowledge.target):
        return Attribution.UNKNOWN  # where our own side takes mail, what that host writes may be of either
    if first.supports is Attribution.CATCH:
        # Our own lines say that we wrote it; the copy it returns may be anybody's notification.
        evidence = [piece for piece in evidence if piece.source != "returned_trace"]
    if not first.supports.is_target_side:
        return Attribution.UNKNOWN if _is_contradicted(first, evidence) else first.supports
    contradicted = any(not piece.supports.is_target_side for piece in good)
    doubtful = first.strength is not Strength.DECISIVE and (contradicted or not scene.passed_on)
    if doubtful or not is_shown(evidence, scene):
        return Attribution.UNKNOWN
    return _how_deep([piece for piece in good if piece.supports.is_target_side])


def is_shown(evidence: Sequence[Evidence], scene: Scene) -> bool:
    """Return whether anything but somebody's word speaks for the target's side."""
    return scene.identified or any(piece.source in _SHOWN and piece.strength is not Strength.WEAK for piece in evidence)


def as_claimed(evidence: Sequence[Evidence], scene: Scene) -> tuple[Evidence, ...]:
    """Return the evidence as it is told: what rests on nobody's eyes but the writer's word is weak.

    Against the relay's or our own authorship it weighs all the same: who clears by it, clears wrongly.
    """
    if is_shown(evidence, scene):
        return tuple(evidence)
    return tuple(
        replace(piece, strength=Strength.WEAK) if piece.supports.is_target_side else piece for piece in evidence
    )


def _is_contradicted(first: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Return whether anything good speaks for another camp, or the message itself is signed by the target.

    Clearing the target is as grave as accusing it, and nobody else writes From the target.
    """
    others = [piece for piece in evidence if piece.supports is not first.supports]
    return any(piece.strength is not Strength.WEAK or piece.source == "from" for piece in others)


def _how_deep(evidence: Sequence[Evidence]) -> Attribution:
    """Return how far behind the border the writer stood; who names no recipient of the target's cannot be the target.

    That is said of hosts only that are known by nothing but shown acceptance, and overrides their own word.
    """
    if any(piece.source == "acceptance" and piece.supports is Attribution.BEYOND_TARGET for piece in evidence):
        return Attribution.BEYOND_TARGET
    return min(evidence, key=lambda piece: _DEPTH.index(piece.source)).supports
