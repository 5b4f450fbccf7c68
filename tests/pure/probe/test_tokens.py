"""Tokens tie a returned message to its probe, whatever mail systems do to addresses on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bsaudit.model.mail import Arrival
from bsaudit.model.probe import Place, Probe, Reached
from bsaudit.model.settings import Tagging
from bsaudit.ndn import read
from bsaudit.probe.tagging import split, tagged
from bsaudit.probe.tokens import Match, TokenIndex, tokens_for
from tests.support.tokened import NOW, probe


def arrival(*lines: str, to: str = "me@inbox.example") -> Arrival:
    raw = "\r\n".join([f"Delivered-To: {to}", "From: MAILER-DAEMON@mx.acme.example", *lines, ""]).encode()
    return Arrival(uid="1", raw=raw, seen_at=NOW)


def match(one: Arrival, *probes: Probe) -> Match | None:
    return TokenIndex(probes).match(one, read(one.raw))


def test_the_address_it_came_to_names_probe_and_place() -> None:
    first, second = probe("p01"), probe("p02")
    for address, reached in (
        (second.reverse_path, Reached.REVERSE_PATH),
        (second.from_address, Reached.FROM),
        (second.reply_to, Reached.REPLY_TO),
    ):
        found = match(arrival("", "text", to=address), first, second)
        assert found is not None
        assert (found.probe_id, found.reached) == ("p02", reached)


def test_the_owner_of_an_address_is_known_by_the_token_in_it() -> None:
    first, second = probe("p01"), probe("p02")
    index = TokenIndex((first, second))
    for one in (first, second):
        assert index.owner(one.reverse_path.upper()) == one
        assert index.owner(one.from_address) == one
    assert index.owner("me@inbox.example") is None
    assert index.owner("") is None


def test_case_srs_and_soft_line_breaks_do_not_hide_a_token() -> None:
    one = probe()
    token = one.token(Place.REVERSE_PATH)
    for address in (
        one.reverse_path.upper(),
        f"SRS0=x1=XX=inbox.example=me+{token}@mail.carrier.example",
        f"prvs=123{one.reverse_path}",
    ):
        assert match(arrival("", "text", to=address), one) is not None
    body = one.token(Place.BODY)
    assert match(arrival("", f"Reference: {body[:7]}=", body[7:]), one) is not None


def test_where_addresses_are_lost_the_body_is_enough_and_says_so() -> None:
    one = probe()
    found = match(arrival("", f"Reference: {one.token(Place.BODY)}"), one)
    assert found is not None
    assert (found.place, found.reached) == (Place.BODY, Reached.UNKNOWN)


def test_of_two_probes_from_one_sender_a_report_belongs_to_the_one_it_names() -> None:
    first, second = probe("p01"), probe("p02")
    second = replace(second, repeats="p01", reverse_path=first.reverse_path)
    report = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
        "",
        "--x",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.acme.example",
        f"Original-Envelope-Id: {second.envid}",
        "",
        "Final-Recipient: rfc822; nobody@acme.example",
        "Action: delivered",
        "Status: 2.0.0",
        "--x--",
    )
    found = match(arrival(*report, to=first.reverse_path), first, second)
    answer = match(arrival("Auto-Submitted: auto-replied", "", "away", to=first.reverse_path), first, second)
    assert found is not None
    assert answer is not None
    assert (found.probe_id, found.reached) == ("p02", Reached.REVERSE_PATH)
    assert answer.probe_id == "p01"


def test_a_forged_bounce_matches_nothing() -> None:
    """Who does not know the key cannot make a token, not even one of the right form for the same run and probe."""
    forged = probe(key=b"guessed")
    assert match(arrival("", "text", to=forged.reverse_path), probe()) is None


@given(st.binary(min_size=1, max_size=40), st.text(max_size=10), st.text(max_size=10))
def test_tokens_differ_by_place_and_fit_any_mail_system(key: bytes, run: str, probe_id: str) -> None:
    tokens = tokens_for(key, run, probe_id)
    assert len(set(tokens.values())) == len(Place)
    for token in tokens.values():
        assert token.isalnum()
        assert token == token.lower()
        assert len(tagged("a" * 46 + "@inbox.example", token, Tagging.PLUS).rpartition("@")[0]) <= 64


@given(st.sampled_from([Tagging.PLUS, Tagging.MINUS, Tagging.CATCHALL, Tagging.NONE]))
def test_tagging_keeps_the_domain(style: Tagging) -> None:
    assert split(tagged("me@[192.0.2.1]", "btoken", style))[1] == "[192.0.2.1]"


def test_a_target_cannot_pass_a_bounce_of_one_probe_for_another_probe_come_through() -> None:
    """It was handed both, so it knows both Message-IDs; the address tells what it writes about."""
    first, second = (replace(probe(name), target="acme.example") for name in ("p01", "p02"))
    for envelope in ((), (first.reverse_path,)):
        one = arrival(f"Message-ID: {second.message_id}", "", "could not be delivered", to=first.reverse_path)
        found = match(replace(one, envelope_to=envelope), first, second)
        assert found is not None
        assert (found.probe_id, found.reached) == ("p01", Reached.REVERSE_PATH)


def test_a_control_is_known_by_its_message_id_whatever_address_the_relay_made_of_it() -> None:
    first, second = probe("c01"), probe("c02")
    found = match(arrival(f"Message-ID: {second.message_id}", "", "text", to=first.reverse_path), first, second)
    assert found is not None
    assert found.probe_id == "c02"


def test_a_repeated_probe_that_is_sent_back_as_it_was_is_that_one() -> None:
    first = replace(probe("p01"), target="acme.example")
    second = replace(probe("p02"), target="acme.example", repeats="p01", reverse_path=first.reverse_path)
    found = match(arrival(f"Message-ID: {second.message_id}", "", "text", to=first.reverse_path), first, second)
    assert found is not None
    assert found.probe_id == "p02"
