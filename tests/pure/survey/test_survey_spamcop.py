"""A submission to SpamCop: the newest that it takes, as it came, or none."""

from __future__ import annotations

import email
from datetime import UTC, datetime

import pytest

from bsaudit.errors import UsageError
from bsaudit.model.survey import Pile
from bsaudit.report.spamcop import spamcop_submission
from bsaudit.survey.notice import HostNotice
from bsaudit.survey.own import own_from
from bsaudit.survey.reading import reading
from bsaudit.survey.result import result
from bsaudit.survey.spamcop import MOST_OCTETS, Takes, submission_address
from bsaudit.survey.tally import Tally
from tests.support.mailboxes import BOT_HOP, OWN, OWN_DOMAIN, OWN_HOST, REPORTER, notice, original

HOST = own_from([OWN_DOMAIN, OWN_HOST])
NOW = datetime(2026, 6, 4, 12, tzinfo=UTC)
OLD, YOUNG, NEWEST = (f"{day} Jun 2026 10:00:00 +0000" for day in ("Tue, 2", "Wed, 3", "Thu, 4"))
TO = "submit.AbC123@spam.spamcop.net"
BOT = BOT_HOP.replace(f"{OWN_HOST} (", "pc (")


def bounce(date: str, *, body: str = "Pills!\n", peer: str = f"from {REPORTER} ({REPORTER} [192.0.2.44])") -> bytes:
    return notice(original(BOT, subject="Cheap pills"), date=date, body=body, peer=peer)


def submitted(*messages: bytes) -> bytes:
    collected, tally = HostNotice(REPORTER, HOST, Takes(NOW), newest=True), Tally()
    for raw in messages:
        seen = reading(raw, HOST, file="mbox")
        tally.add(seen)
        collected.add(seen, raw)
    grounds = collected.grounds(result(tally, HOST, ()))
    return spamcop_submission(grounds, collected.raw, TO, NOW)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 1, 0, 3), (3, 2, 0, 1)])
def test_the_newest_is_attached_as_it_came(order: tuple[int, ...]) -> None:
    messages = [bounce(OLD), bounce(YOUNG), bounce(NEWEST, body="8bit: \u00e9\n"), OWN]
    mail = email.message_from_bytes(submitted(*(messages[index] for index in order)))
    text, attached = mail.get_payload()
    assert (mail["To"], mail["From"], mail.get_content_type()) == (TO, None, "multipart/mixed")
    assert attached.get_content_type() == "message/rfc822"
    assert messages[2].replace(b"\n", b"\r\n") in submitted(*messages)
    assert "192.0.2.44" in text.get_payload()


def test_the_mailboxs_own_line_is_none_of_the_messages() -> None:
    assert b"From MAILER" not in submitted(b"From MAILER-DAEMON Thu Jun  4 10:00:00 2026\n" + bounce(NEWEST))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (bounce(OLD), "older than the two days"),
        (bounce(NEWEST, body="x\n" * MOST_OCTETS), "longer than the 50 KiB"),
        (bounce(NEWEST, body=f"{'x' * 1000}\n"), "no mail can carry unchanged"),
        (bounce(NEWEST, body="\0\n"), "no mail can carry unchanged"),
        (bounce("some day"), "do not show when"),
        (bounce(NEWEST, peer="from elsewhere.example (unknown [192.0.2.44])"), "not among the hosts"),
        (bounce(NEWEST, peer=f"from {REPORTER} (unknown [192.0.2.44])"), "not among the hosts"),
        (bounce(NEWEST).replace(b"MTA: dns; mx.dest", b"MTA: dns; mx.other"), "decisively or strongly"),
        (bounce(NEWEST).replace(b"MIME-Version", b"X-Mailer: Foxmail 7.2\nMIME-Version", 1), "is forged"),
    ],
)
def test_what_spamcop_would_not_take_or_nobody_is_known_to_have_written_is_refused(message: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        submitted(message)


def test_a_younger_one_that_is_not_known_to_be_theirs_stands_in_for_none() -> None:
    forged = bounce(NEWEST).replace(b"MIME-Version", b"X-Mailer: Foxmail 7.2\nMIME-Version", 1)
    assert reading(forged, HOST, file="x").pile is Pile.CANNOT_TELL
    assert YOUNG.encode() in submitted(bounce(YOUNG), forged)


@pytest.mark.parametrize(
    "text",
    [None, " ", "submit.AbC123@spam.spamcop.com", "quick.AbC123@spam.spamcop.net", "a@b.example", f"{TO}, a@b.example"],
)
def test_an_address_that_is_none_of_spamcops_is_refused_and_not_shown(text: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        submission_address(text)
    assert not text or not text.strip() or text not in f"{caught.value.message} {caught.value.remedy}"


def test_an_address_of_spamcops_is_taken() -> None:
    assert submission_address(f" {TO}\n") == TO
