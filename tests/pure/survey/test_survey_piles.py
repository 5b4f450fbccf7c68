"""Which pile a notice belongs to. Neither own nor backscatter is a rest: what is not shown is told as that."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bsaudit.model.survey import Pile, Seen, Shown
from bsaudit.survey.own import Own, guessed, own_from
from bsaudit.survey.reading import reading
from tests.support.mailboxes import (
    BACKSCATTER,
    BOT_HOP,
    HOSTER_HOP,
    NEWSLETTER,
    OWN,
    OWN_ADDRESS,
    OWN_DOMAIN,
    OWN_HOP,
    OWN_HOST,
    REPORTER,
    notice,
    original,
)

DOMAIN = own_from([OWN_DOMAIN])
HOST = own_from([OWN_DOMAIN, OWN_HOST])
ADDRESS = own_from([OWN_DOMAIN, OWN_ADDRESS])
GUESS = guessed([f"ann@{OWN_DOMAIN}"])
EVERY = (DOMAIN, HOST, ADDRESS, GUESS)


def seen(raw: bytes, own: Own = HOST) -> Seen:
    return reading(raw, own, file="mbox")


def about(*hops: str, message_id: str = "<1@pc>", own: Own = HOST) -> tuple[Pile, Shown]:
    found = seen(notice(original(*hops, message_id=message_id)), own)
    return found.pile, found.shown


@pytest.mark.parametrize("own", EVERY)
def test_what_own_hosts_handed_on_is_own(own: Own) -> None:
    assert seen(OWN, own).pile is Pile.OWN
    behind = (
        f"from hub.dest.example (hub.dest.example [192.0.2.45]) by {REPORTER} with ESMTP",
        OWN_HOP + " by hub.dest.example",
    )
    assert about(*behind, own=own) == (Pile.OWN, Shown.OWN_RELAY)


@pytest.mark.parametrize(
    "line",
    [
        f"by {OWN_HOST} (Postfix, from userid 1000) id 4A",
        f"from pc (pc [10.0.0.5]) by {OWN_HOST} (Postfix) with ESMTP id 4A",
        f"from [192.168.1.5] (203-0-113-9.dyn.isp.example [203.0.113.9]) by {OWN_HOST} (Postfix) with ESMTPSA id 4A",
    ],
)
def test_a_copy_that_own_hosts_took_in_is_own(line: str) -> None:
    assert about(line) == (Pile.OWN, Shown.OWN_RELAY)


@pytest.mark.parametrize("own", EVERY)
def test_what_a_host_without_a_name_handed_over_is_backscatter(own: Own) -> None:
    bot = BOT_HOP.replace(f"{OWN_HOST} (", "user-pc (")
    assert about(bot, own=own) == (Pile.BACKSCATTER, Shown.FOREIGN_SOURCE)


@pytest.mark.parametrize("own", EVERY)
@pytest.mark.parametrize("message_id", ["<1@pc>", f"<1@{OWN_DOMAIN}>", f"<1@{OWN_HOST}>"])
@pytest.mark.parametrize(
    "client", [BOT_HOP, HOSTER_HOP, f"from {OWN_HOST} (unknown [203.0.113.9])", f"from {OWN_HOST} (203.0.113.9)"]
)
@pytest.mark.parametrize(
    "forged",
    [
        f"{OWN_HOP} by {OWN_HOST} with ESMTPSA id 4A",
        f"{OWN_HOP} by relay.other.example with ESMTP id 4A",
        f"from pc (pc [10.0.0.5]) by {OWN_HOST} (Postfix) with ESMTPSA id 4A",
    ],
)
def test_own_lines_below_a_strangers_are_no_proof(own: Own, message_id: str, client: str, forged: str) -> None:
    """Whoever forges a sender forges its relay, too."""
    assert about(client, forged, message_id=message_id, own=own)[0] is not Pile.OWN


@pytest.mark.parametrize(
    ("own", "message_id", "expected"),
    [
        (HOST, "<1@pc>", (Pile.BACKSCATTER, Shown.FOREIGN_SOURCE)),
        (HOST, f"<1@{OWN_DOMAIN}>", (Pile.BACKSCATTER, Shown.FOREIGN_SOURCE)),
        (HOST, f"<1@{OWN_HOST}>", (Pile.CANNOT_TELL, Shown.CONTRADICTION)),
        (DOMAIN, "<1@pc>", (Pile.CANNOT_TELL, Shown.RELAY_UNKNOWN)),
        (DOMAIN, f"<1@{OWN_DOMAIN}>", (Pile.CANNOT_TELL, Shown.CONTRADICTION)),
        (GUESS, "<1@pc>", (Pile.CANNOT_TELL, Shown.RELAY_UNKNOWN)),
        (own_from([]), "<1@pc>", (Pile.CANNOT_TELL, Shown.RELAY_UNKNOWN)),
    ],
)
def test_a_named_server_may_be_a_relay_of_ones_own(own: Own, message_id: str, expected: Sequence[object]) -> None:
    assert about(HOSTER_HOP, message_id=message_id, own=own) == expected


def test_a_relay_that_asked_for_a_login_may_be_ones_own_until_relays_are_named() -> None:
    below = "from pc (pc [203.0.113.9]) by srv7.hoster.example with ESMTPSA id 4A"
    assert about(HOSTER_HOP, below, own=DOMAIN) == (Pile.CANNOT_TELL, Shown.RELAY_UNKNOWN)
    assert about(HOSTER_HOP, below, own=HOST) == (Pile.BACKSCATTER, Shown.FOREIGN_SOURCE)


@pytest.mark.parametrize("own", [DOMAIN, GUESS])
@pytest.mark.parametrize("note", ["with ESMTPSA id 4A", "(authenticated bits=0) with ESMTP id 4A"])
def test_whoever_logged_in_at_a_relay_may_be_the_person(own: Own, note: str) -> None:
    """The most frequent bounce of all: one's own provider could not deliver what came from one's own line."""
    line = f"from pc (203-0-113-9.dyn.isp.example [203.0.113.9]) by smtp.provider.example {note}"
    assert about(line, own=own) == (Pile.CANNOT_TELL, Shown.RELAY_UNKNOWN)


def test_a_relay_of_the_same_organisation_is_no_strangers() -> None:
    relay = "from smtp.uni.example (smtp.uni.example [192.0.2.90])"
    assert about(relay, own=own_from(["cs.uni.example"])) == (Pile.CANNOT_TELL, Shown.CLAIM)


def test_no_relay_without_a_name_greets_as_the_mail_domain_where_hosts_are_named() -> None:
    claim = f"from {OWN_DOMAIN} (203-0-113-9.dyn.isp.example [203.0.113.9])"
    assert about(claim, own=HOST) == (Pile.BACKSCATTER, Shown.FOREIGN_SOURCE)
    assert about(claim, own=DOMAIN) == about(claim, own=GUESS) == (Pile.CANNOT_TELL, Shown.CLAIM)
    named = f"from {OWN_DOMAIN} (vps7.hoster.example [203.0.113.9])"  # a relay in whose address nobody named it
    assert about(named, own=HOST) == (Pile.CANNOT_TELL, Shown.CLAIM)
    written = f"from pc (pc [10.0.0.5]) by {OWN_DOMAIN} (Postfix) with ESMTP id 4A"
    assert about(claim, written, own=HOST) == (Pile.CANNOT_TELL, Shown.CLAIM)


def test_an_own_name_as_greeting_proves_nothing_until_addresses_are_named() -> None:
    claim = f"from {OWN_HOST} (unknown [203.0.113.9])"
    assert about(claim, own=HOST) == (Pile.CANNOT_TELL, Shown.CLAIM)
    assert about(claim, own=ADDRESS) == (Pile.BACKSCATTER, Shown.FOREIGN_SOURCE)


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        (f"<1@{OWN_HOST}>", (Pile.OWN, Shown.OWN_MESSAGE_ID)),
        (f"<1@{OWN_DOMAIN}>", (Pile.CANNOT_TELL, Shown.CLAIM)),
        ("<1@pc>", (Pile.CANNOT_TELL, Shown.NOTHING_RETURNED)),
    ],
)
def test_without_lines_the_message_id_tells_a_little(message_id: str, expected: Sequence[object]) -> None:
    assert about(message_id=message_id) == expected


def test_what_lies_in_the_sent_folder_is_own_whatever_else_is_said() -> None:
    own = HOST.having_sent(["<1@pc>", "<2@laptop>"])
    assert about(BOT_HOP, own=own) == (Pile.OWN, Shown.SENT_FOLDER)
    assert about(message_id="<9@spam.example>", own=own) == (Pile.BACKSCATTER, Shown.FOREIGN_MESSAGE_ID)
    assert about(message_id="<9@laptop>", own=own) == (Pile.OWN, Shown.OWN_MESSAGE_ID)


def test_an_automatic_answer_is_sorted_by_what_it_answers() -> None:
    away = (
        f"Return-Path: <>\nFrom: bob@dest.example\nTo: ann@{OWN_DOMAIN}\nSubject: Out of office\n"
        "Auto-Submitted: auto-replied\nIn-Reply-To: <1@pc>\n\nI am out of the office until Monday.\n"
    ).encode()
    assert seen(away).pile is Pile.CANNOT_TELL
    found = seen(away, HOST.having_sent(["<1@pc>"]))
    assert (found.pile, found.causes) == (Pile.OWN, ("autoreply",))


def test_ordinary_mail_is_in_no_pile_and_what_a_daemon_says_is_not_cleared() -> None:
    assert seen(NEWSLETTER).pile is Pile.OTHER
    odd = f"Return-Path: <>\nFrom: MAILER-DAEMON@dest.example\nTo: ann@{OWN_DOMAIN}\nSubject: Hm\n\nQapla.\n".encode()
    assert (seen(odd).pile, seen(odd).shown) == (Pile.CANNOT_TELL, Shown.NOT_UNDERSTOOD)


def test_what_is_own_is_guessed_from_most_mail() -> None:
    found = guessed([f"ann@{OWN_DOMAIN}"] * 8 + ["list@lists.example", "x"])
    assert (found.domains, found.guessed) == ({OWN_DOMAIN}, True)


@pytest.mark.parametrize("text", ["", "nonsense", "a b.example", "example.org/x", "1.2.3.4.5/99"])
def test_own_must_name_something(text: str) -> None:
    with pytest.raises(ValueError, match="names no"):
        own_from([text])


def test_own_names_addresses_networks_and_mail_addresses() -> None:
    own = own_from(["192.0.2.0/24", "[2001:db8::1]", "Ann@Bücher.example"])
    assert own.address("192.0.2.7")
    assert own.address("2001:db8::1")
    assert not own.address("192.0.3.7")
    assert own.name("www.xn--bcher-kva.example")
    assert not own.name("cher-kva.example")


def test_backscatter_says_who_wrote_it_why_and_whence_the_original_came() -> None:
    found = seen(BACKSCATTER)
    assert (found.host, found.address, found.causes) == (REPORTER, "192.0.2.44", ("user-unknown",))
    assert (found.returned, found.product, found.at) == ("headers", "postfix", "2026-06-01T10:00:00Z")
    assert (found.source, found.subject) == ("203.0.113.9", "Cheap pills 7")
