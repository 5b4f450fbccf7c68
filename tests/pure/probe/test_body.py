"""Whether a message is the one that we sent: its body, and the fields that make servers keep silent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.probe.body import body_digest, hushing_fields

SENT = b"From: a@b.example\r\nSubject: x\r\n\r\nHello,\r\n\r\nthis is a note.\r\n"


@pytest.mark.parametrize(
    "came",
    [
        SENT.replace(b"\r\n", b"\n"),
        b"Received: from x by y\r\nReturn-Path: <>\r\n" + SENT,
        SENT + b"\r\n\r\n",
        SENT.replace(b"note.", b"note.  "),
    ],
)
def test_what_mail_systems_may_do_to_a_message_leaves_it_the_same(came: bytes) -> None:
    assert body_digest(came) == body_digest(SENT)


@pytest.mark.parametrize(
    "came",
    [
        SENT.replace(b"note", b"n0te"),
        SENT + b"-- \r\nScanned by our filter\r\n",
        SENT.replace(b"\r\n\r\nthis", b"\r\nthis"),
        b"From: a@b.example\r\n\r\n",
    ],
)
def test_whoever_changes_a_message_is_noticed(came: bytes) -> None:
    assert body_digest(came) != body_digest(SENT)


PARTS = b"""MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="one"

--one
Content-Type: text/plain; charset="utf-8"

Hello
--one
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="invoice.pdf.exe"

VGhpcyBmaWxlIGlzIG5vdCBhIHByb2dyYW0uCg==
--one--
"""


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (b"one", b"=_two", True),  # another boundary
        (b"\n--one\nContent-Type: text", b"\nThis is a MIME message.\n\n--one\nContent-Type: text", True),
        (b"base64\n", b"base64\nContent-Description: added\n", True),
        (b"VGhpcyBmaWxlIGlzIG5vdCBhIHByb2dyYW0uCg==", b"VGhpcyBmaWxlIGlzIG5v\ndCBhIHByb2dyYW0uCg==", True),
        (b"Hello", b"Hello\n\nScanned by our filter", False),
        (b"invoice.pdf.exe", b"invoice.pdf.txt", False),
        (b"attachment;", b"inline;", False),
        (b"VGhpcyBmaWxl", b"VGhhdCBmaWxl", False),
        (b"application/octet-stream", b"text/plain", False),
    ],
)
def test_a_mail_system_may_write_the_mime_anew_not_what_it_holds(before: bytes, after: bytes, *, same: bool) -> None:
    assert before in PARTS
    assert (body_digest(PARTS.replace(before, after)) == body_digest(PARTS)) is same


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_input_is_too_odd(header: bytes, body: bytes) -> None:
    raw = header + b"\r\n\r\n" + body
    assert len(body_digest(raw)) == 64
    assert all(name.islower() for name in hushing_fields(raw))


@given(st.text("ab .-=\n\t", max_size=200))
def test_blank_lines_at_the_end_are_nobodys_change(body: str) -> None:
    header, text = b"From: a@b.example\r\n\r\n", body.encode()
    sent = body_digest(header + text)
    assert sent == body_digest(header + text + b"\r\n") == body_digest(header + text.replace(b"\n", b"\r\n"))


@pytest.mark.parametrize(
    ("field", "names"),
    [
        (b"Precedence: bulk", ("precedence",)),
        (b"precedence:list", ("precedence",)),
        (b"Auto-Submitted: auto-generated", ("auto-submitted",)),
        (b"Auto-Submitted: no", ()),  # RFC 3834 §5: a person's
        (b"List-Unsubscribe: <mailto:x@y.example>\r\nList-Id: <l.example>", ("list-unsubscribe", "list-id")),
        (b"X-Auto-Response-Suppress: All", ("x-auto-response-suppress",)),
        (b"X-Precedence: bulk", ()),
        (b"Subject: Precedence: bulk", ()),
        (b"Subject: a\r\n Precedence: bulk", ()),  # a folded line is no field
    ],
)
def test_fields_that_make_servers_keep_silent(field: bytes, names: tuple[str, ...]) -> None:
    assert hushing_fields(field + b"\r\n" + SENT + b"Precedence: bulk\r\n") == names
