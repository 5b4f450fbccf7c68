"""A rule's file goes out octet by octet, but for other people's addresses and for what keeps servers silent."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.errors import UsageError
from bsaudit.probe.body import hushing_fields
from bsaudit.probe.compose import compose
from bsaudit.probe.rule import dropped_fields
from tests.support.tokened import NOW, probe


def sent(raw: bytes) -> bytes:
    rule = raw.decode("utf-8", "surrogateescape")
    return compose(replace(probe(), content="rule", rule=0), at=NOW, rules=(rule,))


NAMING = [
    "Resent-To",
    "Resent-Bcc",
    "Resent-Sender",
    "Resent-Message-ID",
    "Apparently-To",
    "Mail-Reply-To",
    "Mail-Followup-To",
    "X-Confirm-Reading-To",
    "Return-receipt-to",
    "Disposition-Notification-To",
    "Errors-To",
    "X-Envelope-From",
    "Delivered-To",
    "X-Original-To",
    "X-Anything",
    "Organization",
]
HUSHING = [
    "Auto-Submitted: auto-generated",
    "auto-submitted: no",
    "Precedence: bulk",
    "X-Precedence: bulk",
    "List-Id: <l.x>",
    "List-Unsubscribe: <https://x.example>",
    "X-Auto-Response-Suppress: All",
    "X-Autoreply: yes",
    "X-Loop: me",
    "X-MS-Exchange-Inbox-Rules-Loop: x",
    "Mailing-List: list x",
]


@pytest.mark.parametrize("name", NAMING)
@pytest.mark.parametrize(
    "how", ["{}: third@party.example", "{} : a,\n b <third@party.example>", "{}: =?utf-8?q?third=40party.example?="]
)
def test_nobody_elses_address_goes_out_in_a_field_and_the_field_is_named(name: str, how: str) -> None:
    rule = f"Subject: s\n{how.format(name)}\nX-Mark: 42\n\nhi\n"
    assert b"party.example" not in sent(rule.encode())
    assert b"X-Mark: 42\r\n" in sent(rule.encode())
    assert dropped_fields(rule) == (name,)


@pytest.mark.parametrize("field", HUSHING)
def test_what_keeps_servers_silent_does_not_go_out_and_is_named(field: str) -> None:
    rule = f"Subject: s\n{field}\n\nhi\n"
    assert field.encode() not in sent(rule.encode())
    assert not hushing_fields(sent(rule.encode()))
    assert dropped_fields(rule) == (field.partition(":")[0],)


@pytest.mark.parametrize(
    "field",
    ["X-Spam-Flag: YES", "X-Mailer: The Bat!", "Subject: to x@y.example", "References: <1@y.example>", "X-Priority: 1"],
)
def test_what_else_a_rule_may_match_stays(field: str) -> None:
    assert f"\r\n{field}\r\n".encode() in sent(f"{field}\n\nhi\n".encode())
    assert dropped_fields(f"{field}\n\nhi\n") == ()


def test_a_bare_cr_hides_no_field() -> None:
    raw = sent(b"Subject: s\rResent-To: third@party.example\rX-A: b\n\nhi\rthere\n")
    assert b"party.example" not in raw
    assert b"\r" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("text", ["ü", "ü".encode("latin-1").decode("utf-8", "surrogateescape"), "\x80\xff", "\x00"])
def test_octets_stay_octets_in_header_and_body(text: str) -> None:
    octets = text.encode("utf-8", "surrogateescape")
    raw = sent(b"Subject: a " + octets + b"\nX-Mark: " + octets + b"\n\nbody " + octets + b"\n")
    assert b"Subject: a " + octets + b"\r\n" in raw
    assert raw.endswith(b"\r\n\r\nbody " + octets + b"\r\n")
    assert sent(b"snippet " + octets).endswith(b"\r\n\r\nsnippet " + octets)


def test_folded_fields_and_mime_parts_keep_their_form() -> None:
    rule = b'Subject: a\n\tb\nContent-Type: multipart/mixed;\n boundary="x@y"\n\n--x@y\n\nhi\n--x@y--\n'
    assert rule.replace(b"\n", b"\r\n") in sent(rule)


def test_the_line_of_an_mbox_file_is_no_part_of_the_message() -> None:
    assert b"party.example" not in sent(b"From third@party.example Mon Mar  2 10:00:00 2026\nSubject: s\n\nhi\n")


def test_text_that_no_file_can_hold_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        compose(replace(probe(), content="rule", rule=0), at=NOW, rules=("\ud800",))
