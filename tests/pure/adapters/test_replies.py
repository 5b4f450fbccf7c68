"""Replies as real servers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.adapters.replies import read_reply
from bsaudit.ndn.queue_id import queue_id


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        ("Postfix", "2.0.0 Ok: queued as 4XyZ1b3vMfz9rxL", "4XyZ1b3vMfz9rxL"),
        ("Exim", "OK id=1r3abc-000Abc-De", "1r3abc-000Abc-De"),
        ("Exim 4.97", "OK id=1r3abc-0000000Abcd-2Def", "1r3abc-0000000Abcd-2Def"),
        ("Sendmail", "2.0.0 3AN8q1bC012345 Message accepted for delivery", "3AN8q1bC012345"),
        ("OpenSMTPD", "2.0.0 1a2b3c4d Message accepted for delivery", "1a2b3c4d"),
        ("qmail", "ok 1700000000 qp 12345", "qp 12345"),
        ("Courier", "Ok. 000000000016A2BC.655F0D4C.00001A2B", "000000000016A2BC.655F0D4C.00001A2B"),
        (
            "Exchange",
            "2.6.0 <t@own.test> [InternalId=1234567890, Hostname=EX1.corp.test] Queued mail for delivery",
            "1234567890",
        ),
        (
            "Haraka",
            "Message Queued (0B3C1B6E-8A5B-4E0C-9D5F-3F2B0C7D8E9F.1)",
            "0B3C1B6E-8A5B-4E0C-9D5F-3F2B0C7D8E9F.1",
        ),
        ("Google", "2.0.0 OK  1700000000 a1b2c3-20020a.12 - gsmtp", "a1b2c3-20020a.12"),
        ("aiosmtpd", "OK", None),
    ],
)
def test_the_queue_id_of(server: str, text: str, expected: str | None) -> None:
    assert queue_id(read_reply(250, text).text) == expected


@pytest.mark.parametrize(
    ("code", "text", "enhanced", "rest"),
    [
        (550, "5.1.1 User unknown", "5.1.1", "User unknown"),
        (550, "5.1.1", "5.1.1", ""),
        (550, "5.7.1 one\n5.7.1 two\nthree", "5.7.1", "one two three"),
        (550, "No such user", None, "No such user"),
        (550, "4.3.2 is not the class of a 550", None, "4.3.2 is not the class of a 550"),
        (554, "5.1.1234 too many digits", None, "5.1.1234 too many digits"),
        (250, "192.0.2.1 hello", None, "192.0.2.1 hello"),
    ],
)
def test_the_enhanced_code_is_split_out(code: int, text: str, enhanced: str | None, rest: str) -> None:
    reply = read_reply(code, text)
    assert (reply.enhanced, reply.text) == (enhanced, rest)


@given(st.integers(200, 599), st.text())
def test_any_text_reads(code: int, text: str) -> None:
    reply = read_reply(code, text)
    assert "\n" not in reply.text
    queue_id(reply.text)
