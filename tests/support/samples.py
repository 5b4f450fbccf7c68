"""How many examples a property is shown."""

from __future__ import annotations

from hypothesis import settings


def samples(share: float) -> settings:
    """Let a property take this share of the examples that the profile of the run gives to each."""
    return settings(max_examples=round(settings.default.max_examples * share))
