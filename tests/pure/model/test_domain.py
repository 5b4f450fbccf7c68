"""A name lies in a domain by whole labels; everybody may have a name that ends alike."""

from __future__ import annotations

import pytest

from bsaudit.model.domain import is_below, one_spelling
from bsaudit.model.notification import Attribution


@pytest.mark.parametrize(
    ("name", "domain", "below"),
    [
        ("acme.example", "acme.example", True),
        ("mx.acme.example", "acme.example", True),
        ("a.b.acme.example", "acme.example", True),
        ("notacme.example", "acme.example", False),
        ("acme.example.attacker.test", "acme.example", False),
        ("example", "acme.example", False),
        ("acme.example", "", False),
        ("", "acme.example", False),
        ("[192.0.2.1]", "[192.0.2.1]", True),
    ],
)
def test_a_name_is_below_a_domain_by_whole_labels(name: str, domain: str, below: bool) -> None:
    assert is_below(name, domain) is below


def test_an_inner_host_of_the_target_is_of_its_side_and_nobody_else_is() -> None:
    assert {one for one in Attribution if one.is_target_side} == {Attribution.TARGET, Attribution.BEYOND_TARGET}


def test_a_domain_has_one_spelling_and_what_is_too_long_for_one_costs_nothing() -> None:
    assert {one_spelling(name) for name in ("MÜLLER.example", "müller.example.", "xn--MLLER-kva.example")} == {
        "xn--mller-kva.example"
    }
    assert one_spelling("ü" * 1_000_000) == "ü" * 1_000_000
