"""One's own door: what the records mean, and what is to be published."""

from __future__ import annotations

import pytest

from bsaudit.defence.door import Door


def said(**found: object) -> str:
    return "\n".join(Door(domain="acme.example", **found).told())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), "SPF: none"),
        (("something else",), "SPF: none"),
        (("v=spf1 mx -all",), "good"),
        (("V=SPF1 mx -ALL",), "good"),
        (("v=spf1 mx ~all",), "soft"),
        (("v=spf1 mx ?all",), "says nothing"),
        (("v=spf1 mx",), "says nothing"),
        (("v=spf1 +all",), "says nothing"),
        (("v=spf1 all",), "says nothing"),
        (("v=spf1 redirect=_spf.acme.example",), "decided elsewhere"),
        (("v=spf1 mx -all exp=why.acme.example",), "(good"),
        (("v=spf1 mx -all redirect=_spf.acme.example",), "(good"),
        (("v=spf1 +all -all",), "says nothing"),
        (("v=spf1 exists:%{i}.redirect=x.acme.example ~all",), "(soft"),
        (("v=spf1 -all", "v=spf1 mx -all"), "several records"),
    ],
)
def test_what_an_spf_record_does_against_forged_senders(texts: tuple[str, ...], expected: str) -> None:
    line = next(line for line in said(texts=texts).splitlines() if line.startswith("  SPF: "))
    assert expected in line


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), "DMARC: none"),
        (("v=DMARC1; p=reject",), "good"),
        (("v=DMARC1; p=quarantine; sp=reject",), "soft"),
        (("v=DMARC1; p=none",), "only watches"),
        (("v=DMARC1; sp=reject",), "only watches"),
        (("v=DMARC1; p=reject; pct=0",), "soft"),
        (("v=DMARC1; p=quarantine; pct=0;",), "only watches"),
        (("v=DMARC1; p=reject", "v=DMARC1; p=none"), "several records"),
    ],
)
def test_what_a_dmarc_record_does(texts: tuple[str, ...], expected: str) -> None:
    line = next(line for line in said(dmarc_texts=texts).splitlines() if line.startswith("  DMARC: "))
    assert expected in line


def test_what_could_not_be_looked_up_is_unknown_and_not_absent() -> None:
    text = said(texts=None, dmarc_texts=None, mail_exchangers=None, errors=("no answer\x1b[2J",))
    assert "unknown: no answer" in text
    assert "\x1b" not in text
    assert "SPF: " not in text
    assert "DMARC: " not in text


def test_the_null_mx_is_offered_for_names_that_send_nothing() -> None:
    assert "acme.example.  IN MX  0 ." in said(mail_exchangers=("mx.acme.example",))
