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
from tests.support.notifications import FAILED

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


TAKEN_IN = (
    f"by {OWN_HOST} (Postfix, from userid 1000) id 4A",
    f"from pc (pc [10.0.0.5]) by {OWN_HOST} (Postfix) with ESMTP id 4A",
    f"from [192.168.1.5] (203-0-113-9.dyn.isp.example [203.0.113.9]) by {OWN_HOST} (Postfix) with ESMTPSA id 4A",
)


def by_own_relay(*lines: str, own: Own = HOST) -> tuple[Pile, Shown]:
    fields = FAILED.replace(REPORTER, OWN_HOST)
    found = seen(notice(original(*lines), peer=OWN_HOP, sender=f"MAILER-DAEMON@{OWN_HOST}", fields=fields), own)
    return found.pile, found.shown


@pytest.mark.parametrize("line", TAKEN_IN)
@pytest.mark.parametrize("own", EVERY)
def test_what_own_hosts_took_in_and_returned_themselves_is_own(line: str, own: Own) -> None:
    assert by_own_relay(line, own=own) == (Pile.OWN, Shown.OWN_RELAY)


@pytest.mark.parametrize("line", TAKEN_IN)
def test_nobody_but_an_own_host_shows_that_an_own_host_took_it_in(line: str) -> None:
    """Whoever returns a copy without a line of its own returns lines that the sender wrote."""
    assert about(line) == (Pile.CANNOT_TELL, Shown.CLAIM)


def test_an_own_server_answers_forged_mail_as_well_as_its_users() -> None:
    edge = f"from edge (edge [10.0.0.7]) by {OWN_HOST} with ESMTP id 4A"
    assert by_own_relay(f"{BOT_HOP} by {OWN_HOST} with ESMTP id 4A")[0] is Pile.CANNOT_TELL
    assert by_own_relay(edge, f"{BOT_HOP} by edge with ESMTP id 4B")[0] is Pile.CANNOT_TELL


@pytest.mark.parametrize("own", EVERY)
@pytest.mark.parametrize(
    "lines",
    [
        (f"{OWN_HOP} by relay.other.example with ESMTP id 4A",),  # who returned it writes no line
        (f"{OWN_HOP} by localhost with ESMTP id 4A",),
        # who took it in did not say whose line it was, or took the greeting for a name
        (f"from gateway (gateway [10.0.0.7]) by {REPORTER} with ESMTP id 4A", TAKEN_IN[1]),
        (f"from {OWN_HOST} ([203.0.113.9]:4711) by {REPORTER} with [XMail 1.27 ESMTP Server] id S1",),
        # a greeting by the name that the next line is written in, and a server that wrote the next line itself
        (BOT_HOP.replace(OWN_HOST, "relay.x.example"), f"{OWN_HOP} by relay.x.example with ESMTP id 4A"),
        (HOSTER_HOP, f"{OWN_HOP} by srv7.hoster.example with ESMTP id 4A"),
        (HOSTER_HOP, f"{OWN_HOP} by localhost with ESMTP id 4A"),
        (f"from {REPORTER} (unknown [203.0.113.9])", f"{OWN_HOP} by {REPORTER} with ESMTP id 4A"),
    ],
)
def test_what_a_sender_may_have_written_shows_no_own_host(own: Own, lines: Sequence[str]) -> None:
    assert about(*lines, own=own)[0] is not Pile.OWN


@pytest.mark.parametrize("own", EVERY)
def test_own_mail_that_was_forwarded_is_not_told_from_mail_that_says_so(own: Own) -> None:
    forwarder = "from fw.forwarder.example (fw.forwarder.example [192.0.2.61])"
    behind = "by fw.forwarder.example with ESMTP id 4F"
    assert about(forwarder, f"{OWN_HOP} {behind}", own=own) == (Pile.CANNOT_TELL, Shown.CLAIM)


def test_an_own_address_below_a_strangers_line_is_a_claim() -> None:
    forwarder = "from fw.forwarder.example (fw.forwarder.example [192.0.2.61])"
    small = "from fw.forwarder.example (203-0-113-9.static.isp.example [203.0.113.9])"
    line = f"from ann-server (unknown [{OWN_ADDRESS}]) by fw.forwarder.example with ESMTP id 4F"
    assert about(forwarder, line, own=ADDRESS) == about(small, line, own=ADDRESS) == (Pile.CANNOT_TELL, Shown.CLAIM)


@pytest.mark.parametrize("own", [DOMAIN, GUESS])
def test_a_provider_that_notes_no_login_may_be_the_persons(own: Own) -> None:
    """Many relays know their customers by address, and write nothing of a login."""
    customer = f"from pc (203-0-113-9.dyn.dest.example [203.0.113.9]) by {REPORTER} with ESMTP id 4A"
    assert about(customer, own=own)[0] is Pile.CANNOT_TELL
    relayed = (
        "from out.isp.example (out.isp.example [192.0.2.71])",
        "from pc (unknown [203.0.113.9]) by out.isp.example",
    )
    assert about(*relayed, own=own)[0] is Pile.CANNOT_TELL


@pytest.mark.parametrize(
    "lines",
    [
        (f"from localhost (localhost [127.0.0.1]) by {REPORTER} (Postfix) with ESMTP id 4B", OWN_HOP),
        ("from localhost ([127.0.0.1]) by localhost (amavisd-new, port 10024) with ESMTP id 4C", OWN_HOP),
        (f"from filter (filter [10.0.0.3]) by {REPORTER} with ESMTP id 4B", f"{OWN_HOP} by filter with ESMTP id 4C"),
    ],
)
def test_hosts_within_do_not_hide_who_handed_it_over(lines: Sequence[str]) -> None:
    assert about(*lines) == (Pile.OWN, Shown.OWN_RELAY)


def test_what_qmail_writes_first_names_nobody() -> None:
    raw = notice(original("(qmail 12 invoked from network)", f"{OWN_HOP} by {REPORTER} with SMTP"))
    raw = raw.replace(f"Received: (qmail 12 invoked from network)\n\tby {REPORTER}".encode(), b"Received: (qmail 12)")
    assert seen(raw).shown is Shown.OWN_RELAY


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
    line = f"from pc (203-0-113-9.dyn.isp.example [203.0.113.9]) by {REPORTER} {note}"
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
        (f"<1@{OWN_HOST}>", (Pile.CANNOT_TELL, Shown.OWN_MESSAGE_ID)),  # anybody can write it
        (f"<1@{OWN_DOMAIN}>", (Pile.CANNOT_TELL, Shown.CLAIM)),
        ("<1@pc>", (Pile.CANNOT_TELL, Shown.NOTHING_RETURNED)),
    ],
)
def test_without_lines_the_message_id_tells_a_little(message_id: str, expected: Sequence[object]) -> None:
    assert about(message_id=message_id) == expected


def test_what_lies_in_the_sent_folder_is_own_whatever_else_is_said() -> None:
    own = HOST.having_sent([("<1@pc>", ["bob@dest.example"]), ("<2@laptop>", [])])
    assert about(BOT_HOP, own=own) == (Pile.OWN, Shown.SENT_FOLDER)
    assert about(message_id="<9@laptop>", own=own) == (Pile.CANNOT_TELL, Shown.OWN_MESSAGE_ID)


@pytest.mark.parametrize("lines", [(), (HOSTER_HOP,)])
def test_what_the_sent_folder_lacks_is_backscatter_if_nothing_in_it_went_to_the_recipient(lines: Sequence[str]) -> None:
    """Many a provider names what it sends anew: then no answer is about a Message-ID of the Sent folder."""
    never, written = (DOMAIN.having_sent([("<1@pc>", [to])]) for to in ("carol@x.example", "bob@dest.example"))
    assert about(*lines, message_id="<9@spam.example>", own=never) == (Pile.BACKSCATTER, Shown.FOREIGN_MESSAGE_ID)
    assert about(*lines, message_id="<9@ses.example>", own=written)[0] is Pile.CANNOT_TELL
    # of one that names no recipient nothing is known
    copy = original(*lines, message_id="<9@ses.example>").replace("To: bob@dest.example\n", "")
    fields = "Reporting-MTA: dns; mx.dest.example\n\nAction: failed\nStatus: 5.1.1\n"
    assert seen(notice(copy, fields=fields), never).pile is Pile.CANNOT_TELL


def test_what_an_answered_message_says_that_it_answers_is_its_own_word() -> None:
    own = HOST.having_sent([("<1@pc>", ["bob@dest.example"])])
    for fields in (
        "In-Reply-To: <9@spam.example>\nReferences: <1@pc> <9@spam.example>",
        "References: <1@pc> <9@spam.x>",
    ):
        assert seen(AWAY.replace(b"In-Reply-To: <1@pc>", fields.encode()), own).pile is Pile.CANNOT_TELL


AWAY = (
    f"Return-Path: <>\nFrom: bob@dest.example\nTo: ann@{OWN_DOMAIN}\nSubject: Out of office\n"
    "Auto-Submitted: auto-replied\nIn-Reply-To: <1@pc>\n\nI am out of the office until Monday.\n"
).encode()


def test_an_automatic_answer_is_sorted_by_what_it_answers() -> None:
    assert seen(AWAY).pile is Pile.CANNOT_TELL
    found = seen(AWAY, HOST.having_sent([("<1@pc>", [])]))
    assert (found.pile, found.causes) == (Pile.OWN, ("autoreply",))


def test_ordinary_mail_is_in_no_pile_and_what_a_daemon_says_is_not_cleared() -> None:
    assert seen(NEWSLETTER).pile is Pile.OTHER
    odd = f"Return-Path: <>\nFrom: MAILER-DAEMON@dest.example\nTo: ann@{OWN_DOMAIN}\nSubject: Hm\n\nQapla.\n".encode()
    assert (seen(odd).pile, seen(odd).shown) == (Pile.CANNOT_TELL, Shown.NOT_UNDERSTOOD)


def test_what_is_own_is_guessed_from_most_mail() -> None:
    found = guessed([f"ann@{OWN_DOMAIN}"] * 8 + ["list@lists.example", "x"])
    assert (found.domains, found.guessed) == ({OWN_DOMAIN}, True)


@pytest.mark.parametrize(
    "text",
    [
        *("", "nonsense", "a b.example", "example.org/x", "1.2.3.4.5/99"),
        *("192.0.2.256", "192.0.2.1-9", "192.0.2"),
        *("mail.example.org,example.org", "mail.example.org:25", "*.example.org", "mail..example.org"),
    ],
)
def test_own_must_name_something(text: str) -> None:
    """What no host bears, but counted as a relay that was named, would make the real one a stranger's."""
    with pytest.raises(ValueError, match="names no"):
        own_from([text])


@pytest.mark.parametrize("text", ["co.uk", "ann@Co.UK.", "github.io", "com.br"])
def test_what_strangers_have_domains_below_is_nobodys_own(text: str) -> None:
    """All of .co.uk would be the user's own, and its backscatter answers to own mail."""
    with pytest.raises(ValueError, match="strangers have domains below"):
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


@pytest.mark.parametrize("domain", ["müller.example", "MÜLLER.example", "xn--mller-kva.example"])
def test_an_own_domain_is_known_however_it_is_spelt(domain: str) -> None:
    assert own_from([domain]) == own_from(["müller.example"])
    assert own_from(["müller.example"]).name(f"mail.{domain}".lower())
    assert guessed([f"ann@{domain}"]).domains == {"xn--mller-kva.example"}
