"""Mailboxes of known parts: what is told is right, and what is not told stands in the third pile."""

from __future__ import annotations

from collections import Counter

import pytest

from bsaudit.model.survey import Pile
from bsaudit.survey.reading import reading
from tests.support.composed import WORLDS, composed

MESSAGES = 700
# What part of the backscatter is told at least; where a relay may be one's own that nobody named, most is not
TOLD = {"host": 0.2, "address": 0.35, "provider": 0.2, "sent": 0.2, "domain": 0.08, "sent, provider": 0.3}
# What part of the answers to own mail is told at least
KNOWN = {"host": 0.6, "address": 0.55, "provider": 0.55, "domain": 0.6, "sent": 0.9, "sent, provider": 0.8}
# Who returns a copy without a line of its own returns one that the sender may have written in its name
IN_ITS_NAME = 0.005


@pytest.mark.parametrize("name", WORLDS)
def test_own_is_never_called_backscatter_and_backscatter_hardly_ever_own(name: str) -> None:
    world = WORLDS[name]
    sorted_ = (
        (truth, reading(raw, world.own, file="x").pile)
        for seed in (1,)
        for raw, truth in composed(world, seed, MESSAGES)
    )
    piles = Counter(sorted_)
    other = piles.pop((Pile.OTHER, Pile.OTHER))
    own, backscatter = (
        {pile: count for (truth, pile), count in piles.items() if truth is one} for one in (Pile.OWN, Pile.BACKSCATTER)
    )
    assert piles.total() + other == MESSAGES
    assert Pile.BACKSCATTER not in own
    assert backscatter.get(Pile.OWN, 0) <= IN_ITS_NAME * sum(backscatter.values())
    assert own.get(Pile.OWN, 0) >= KNOWN.get(name, 0) * sum(own.values())
    assert backscatter.get(Pile.BACKSCATTER, 0) >= TOLD.get(name, 0) * sum(backscatter.values())
