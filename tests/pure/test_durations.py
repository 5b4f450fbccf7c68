"""Durations read alike wherever a person meets one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.durations import duration

SOURCES = Path(__file__).parents[2] / "bsaudit"
# A number formatted by itself before a unit: {limit:g} s, {seconds:.1f} min, %g s
_BY_HAND = re.compile(r"(?:\{[^{}\n]*:[.,\d]*[dfg]\}|%[.\d]*[dfg]) (?:s|seconds?|min|minutes?|h|hours?)\b")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3.0, "0 s"),
        (0.0, "0 s"),
        (0.001, "0.01 s"),
        (0.094, "0.09 s"),
        (0.44, "0.4 s"),
        (1.0, "1 s"),
        (59.9, "59.9 s"),
        (59.96, "1 min"),
        (3599.7, "1 h"),
        (60, "1 min"),
        (243, "4 min 3 s"),
        (7200, "2 h"),
    ],
)
def test_durations_have_the_units_that_matter(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@given(st.floats(min_value=0, max_value=1e7))
def test_no_duration_reads_as_sixty_of_a_unit_that_has_a_larger_one(seconds: float) -> None:
    assert "60 s" not in duration(seconds)
    assert "60 min" not in duration(seconds)


def test_nobody_words_a_duration_by_hand() -> None:
    found = {
        f"{path.relative_to(SOURCES)}: {hit[0]}"
        for path in SOURCES.rglob("*.py")
        if path.name != "durations.py"
        for hit in _BY_HAND.finditer(path.read_text())
    }
    assert not found
