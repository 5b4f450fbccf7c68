"""Who wrote this notification? docs/attribution.md has the method, the evidence in its order, and its limits.

One table of evidence (`evidence.TABLE`), strongest first; each row looks at one thing and says what it saw. One
function (`decide.decide`) weighs what the rows said. Pure.
"""

from __future__ import annotations

from bsaudit.judge.attribution.decide import as_claimed, decide
from bsaudit.judge.attribution.evidence import gather
from bsaudit.judge.attribution.scene import open_scene
from bsaudit.judge.attribution.writer import handed_over_by, is_claimed, written_by
from bsaudit.judge.parties import Side
from bsaudit.model.knowledge import Knowledge
from bsaudit.model.notification import Attributed, Notification

__all__ = ["attribute", "stranger"]


def attribute(notification: Notification, knowledge: Knowledge) -> Attributed:
    """Return which system wrote `notification`, with the evidence for and against."""
    scene = open_scene(notification, knowledge)
    evidence = gather(scene)
    attribution = decide(evidence, scene)
    writer = written_by(scene, attribution)
    return Attributed(
        attribution=attribution,
        written_by=writer,
        claimed=is_claimed(scene, attribution, writer),
        handed_over_by=handed_over_by(scene),
        evidence=as_claimed(evidence, scene),
    )


def stranger(notification: Notification, knowledge: Knowledge) -> str | None:
    """Return the address of whoever handed a message over to us, or to our relay; None for hosts that are known."""
    scene = open_scene(notification, knowledge)
    hop = scene.taken_in or scene.client
    known = hop is None or hop.address is None or not scene.sides.address(hop.address).of(Side.OTHER)
    return None if hop is None or known else hop.address
