"""The guides: nothing is left to be filled in, and no rule believes a list that refuses to answer."""

from __future__ import annotations

import re

import pytest

from bsaudit.defence.guide import LISTED, ZONE, guides, passages, told

ASKS = [name for name in guides() if any("{zone}" in one.text for one in guides()[name].file)]


@pytest.mark.parametrize("server", guides())
def test_everything_is_filled_in_and_commented(server: str) -> None:
    lines = list(told(server, zone="bl.mirror.example", relays=["out.acme.example"]))
    assert not re.search(r"\{(zone|code|relays)\}|\{\{|\}\}", "\n".join(lines))
    assert ZONE not in "\n".join(line for line in lines if not line.startswith("#"))
    assert "RFC 1123" in "\n".join(lines)


@pytest.mark.parametrize("server", ASKS)
def test_every_rule_that_asks_the_list_names_the_answer_that_counts(server: str) -> None:
    text = "\n".join(one.text for one in passages(server)).replace("\\", "")
    assert ZONE in text
    assert LISTED in text


def test_a_server_that_cannot_do_it_is_told_so_and_gets_no_rule() -> None:
    for server in ("opensmtpd", "courier", "sendmail"):
        assert passages(server) == ()
        assert re.search(r"cannot be treated so|cannot treat", " ".join(told(server)).replace("\n", " "))


def test_relays_are_asked_for_where_they_are_needed() -> None:
    assert "--relay-host" in "\n".join(told("spamassassin"))
    assert "out.acme.example" in "\n".join(told("spamassassin", relays=["out.acme.example"]))
    assert "--relay-host" not in "\n".join(told("spamassassin", relays=["out.acme.example"]))
    assert "--relay-host" not in "\n".join(told("postfix"))


@pytest.mark.parametrize("server", ASKS)
def test_a_zone_may_end_in_a_dot(server: str) -> None:
    """With two, SpamAssassin asks for a name that nobody has, and lets all of it in."""
    assert list(told(server, zone="bl.mirror.example.")) == list(told(server, zone="bl.mirror.example"))
