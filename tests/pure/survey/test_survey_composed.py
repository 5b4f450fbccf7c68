"""Mailboxes of known parts: what is told is right, and what is not told stands in the third pile."""

from __future__ import annotations

from collections import Counter

import pytest

from bsaudit.model.survey import Pile
from bsaudit.survey.reading import reading
from tests.support.composed import WORLDS, composed

MESSAGES = 300
# What part of the backscatter is told at least; where a relay may be one's own that nobody named, most is not
TOLD = {"host": 0.35, "address": 0.6, "provider": 0.35, "sent": 0.4, "domain": 0.15}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", WORLDS)
def test_own_is_never_called_backscatter_nor_backscatter_own(name: str, seed: int) -> None:
    world = WORLDS[name]
    piles = Counter((truth, reading(raw, world.own, file="x").pile) for raw, truth in composed(world, seed, MESSAGES))
    other = piles.pop((Pile.OTHER, Pile.OTHER))
    assert not {(Pile.OWN, Pile.BACKSCATTER), (Pile.BACKSCATTER, Pile.OWN)} & piles.keys()
    assert all(pile is not Pile.OTHER for _, pile in piles)
    assert piles.total() + other == MESSAGES
    backscatter = sum(count for (truth, _), count in piles.items() if truth is Pile.BACKSCATTER)
    assert piles[Pile.BACKSCATTER, Pile.BACKSCATTER] >= TOLD.get(name, 0) * backscatter
