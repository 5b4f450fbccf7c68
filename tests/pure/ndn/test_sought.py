"""Expressions that ignore case find in small letters what `re` finds without."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.ndn import html, patterns
from bsaudit.ndn.sought import Sought

EXPRESSIONS = {
    name: found for module in (patterns, html) for name, found in vars(module).items() if isinstance(found, Sought)
}
# What the expressions speak of, what stands around it, and letters whose other case is in or beyond ASCII
PIECES = st.sampled_from((
    "subject", "betreff", "тема", "recipient", "mailbox", "addressed to", "empfänger", "получатель", "user", "for",
    "while talking to", "remote host", "said", "rejected", "mx1.example.com", "[192.0.2.1]", "info@example.org",
    "<span style='display : none'>", "<div hidden>", "<style>", "</style>", "<p", "font-size:0px;", "1000", "s",
    ":", " ", "\t", "\n", "\n\n", "<", ">", "(", "=", "ſ", "K", "İ", "ı", "ß", "Σ",
))  # fmt: skip
CASES = st.sampled_from((str.lower, str.upper, str.title, str.swapcase, str))
TEXTS = st.lists(st.tuples(PIECES, CASES), max_size=25).map(lambda pieces: "".join(case(one) for one, case in pieces))


def spans(matches: object) -> list[tuple[tuple[int, int], tuple[str | None, ...]]]:
    return [(one.span(), one.groups()) for one in matches if one is not None]  # type: ignore[attr-defined]


def test_there_are_expressions_to_compare() -> None:
    assert {"NAMED", "REMOTE", "SUBJECT", "_UNDISPLAYED"} <= set(EXPRESSIONS)


@pytest.mark.parametrize("name", sorted(EXPRESSIONS))
@given(text=TEXTS, start=st.integers(0, 40))
def test_what_is_found_is_what_re_finds_without_case(name: str, text: str, start: int) -> None:
    sought = EXPRESSIONS[name]
    plain = sought.any_case
    assert plain.flags & re.IGNORECASE
    assert spans([sought.search(text)]) == spans([plain.search(text)])
    assert spans(sought.finditer(text)) == spans(plain.finditer(text))
    assert sought.sub("-", text) == plain.sub("-", text)
    found, wanted = sought.searching(text)(start), plain.search(text, start)
    assert (found and found.span()) == (wanted and wanted.span())


def test_capitals_of_the_expression_are_letters_but_not_those_of_its_grammar() -> None:
    sought = Sought(r"(?P<name>Host)[ \t]\S+\Z")
    found = sought.search("by HOST mx.example.com")
    assert found is not None
    assert found["name"] == "HOST"
    assert sought.search("by HOST mx.example.com and more") is None
