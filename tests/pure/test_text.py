"""The sanitiser: whatever strangers write, what comes out is printable and bounded."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.text import ELLIPSIS, REPLACEMENT, clean_block, clean_line

ANYTHING = st.text(st.characters(exclude_categories=())) | st.binary()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("550 5.1.1 User unknown", "550 5.1.1 User unknown"),
        ("550 5.1.1\r\n\tUser   unknown \n", "550 5.1.1 User unknown"),
        (" 550  User unknown ", "550 User unknown"),
        ("\x1b[31mclean\x1b[0m", f"{REPLACEMENT}[31mclean{REPLACEMENT}[0m"),
        ("\x9b31mclean", f"{REPLACEMENT}31mclean"),
        ("evil\u202egnp.exe", f"evil{REPLACEMENT}gnp.exe"),
        ("a\u200bb\ufeffc", f"a{REPLACEMENT}b{REPLACEMENT}c"),
        ("line\u2028two\u0085three", "line two three"),
        ("größer als 5\u00a0MB", "größer als 5 MB"),
        (b"Empf\xe4nger unbekannt", f"Empf{REPLACEMENT}nger unbekannt"),
        ("lone \udce4 surrogate", f"lone {REPLACEMENT} surrogate"),
        ("[bold]markup[/bold] is the renderers' affair", "[bold]markup[/bold] is the renderers' affair"),
    ],
)
def test_a_line(said: str | bytes, shown: str) -> None:
    assert clean_line(said) == shown


def test_a_block_keeps_its_lines() -> None:
    assert clean_block("one \r\ntwo\x1b[2J\n\nthree") == f"one\ntwo{REPLACEMENT}[2J\n\nthree"


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert clean_line("x" * 50, 10) == "x" * 9 + ELLIPSIS
    assert clean_line(" ".join("x" * 50), 10) == "x x x x x" + ELLIPSIS


@given(ANYTHING, st.integers(1, 50))
def test_a_line_is_printable_and_bounded(said: str | bytes, limit: int) -> None:
    shown = clean_line(said, limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    assert not [char for char in shown if unicodedata.category(char)[0] == "C"]


@given(ANYTHING, st.integers(1, 50))
def test_a_block_is_printable_and_bounded(said: str | bytes, limit: int) -> None:
    shown = clean_block(said, limit)
    assert len(shown) <= limit
    assert not [char for char in shown if unicodedata.category(char)[0] == "C" and char != "\n"]
