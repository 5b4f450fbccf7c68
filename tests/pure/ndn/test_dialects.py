"""One message of each dialect, with every line end, and none of them where a person speaks."""

# ruff: noqa: E501 — lines of mail stand as they are

from __future__ import annotations

import pytest

from bsaudit.model.notification import Kind, Returned
from bsaudit.ndn import read
from bsaudit.ndn.dialects import DIALECTS
from bsaudit.ndn.dialects.forms import FORMS
from tests.support.notifications import SAMPLES

NAMES = sorted(SAMPLES)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("name", NAMES)
def test_a_dialect_is_read_with_any_line_end(name: str, line_end: str) -> None:
    text, dialect, family, recipient, reason, status = SAMPLES[name]
    notification = read(text.replace("\n", line_end).encode())
    assert notification.kind is Kind.NDN
    assert (notification.dialect, notification.mta_family) == (dialect, family)
    (report,) = notification.recipients
    assert report.final_recipient == recipient
    assert (report.reason.value, report.refined_status) == (reason, status)


@pytest.mark.parametrize("name", [name for name in NAMES if "orig-1@sender.example" in SAMPLES[name][0]])
def test_the_returned_original_is_found(name: str) -> None:
    notification = read(SAMPLES[name][0].encode())
    assert notification.returned is Returned.FULL
    assert notification.returned_payload
    assert notification.original_message_id == "<orig-1@sender.example>"
    assert notification.original_to == "bob@dest.example"
    assert [hop.by for hop in notification.returned_trace] == ["mail.sender.example"]


@pytest.mark.parametrize("name", NAMES)
def test_a_reply_that_quotes_a_bounce_is_none(name: str) -> None:
    quoted = "\n".join("> " + line for line in SAMPLES[name][0].partition("\n\n")[2].split("\n"))
    mail = f"From: Ann <ann@sender.example>\nTo: it@sender.example\nSubject: Re: failure notice\n\nWhat is this?\n\n{quoted}"
    assert read(mail.encode()).kind is Kind.OTHER


@pytest.mark.parametrize("name", NAMES)
def test_an_inline_forward_of_a_bounce_is_none(name: str) -> None:
    text = SAMPLES[name][0].partition("\n\n")[2]
    mail = (
        "From: Ann <ann@sender.example>\nTo: it@sender.example\nSubject: Fwd: failure notice\n\nFYI\n\n"
        f"---------- Forwarded message ----------\nFrom: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n{text}"
    )
    assert read(mail.encode()).kind is Kind.OTHER


@pytest.mark.parametrize("name", NAMES)
def test_an_attached_bounce_is_none(name: str) -> None:
    mail = (
        "From: Ann <ann@sender.example>\nTo: it@sender.example\nSubject: look\n"
        "Content-Type: multipart/mixed; boundary=outer\n\n--outer\n\nSee the attachment.\n"
        f"--outer\nContent-Type: message/rfc822\n\n{SAMPLES[name][0]}\n--outer--\n"
    )
    assert read(mail.encode()).kind is Kind.OTHER


@pytest.mark.parametrize("name", NAMES)
def test_a_list_post_about_a_bounce_is_none(name: str) -> None:
    text = SAMPLES[name][0].partition("\n\n")[2].replace("\n", "\n    ")
    mail = (
        "From: Ann <ann@sender.example>\nTo: mail-ops@lists.example\nSubject: [mail-ops] Undelivered mail, why?\n"
        f"List-Id: <mail-ops.lists.example>\nPrecedence: list\n\nWe get this:\n\n    {text}\n\nAny idea?\n"
    )
    assert read(mail.encode()).kind is Kind.OTHER


def test_every_row_of_the_table_has_a_name_of_its_own() -> None:
    names = [dialect.name for dialect in DIALECTS] + list(dict.fromkeys(form.name for form in FORMS))
    assert len(names) == len(set(names))
