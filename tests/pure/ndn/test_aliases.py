"""Two addresses of one recipient: the one that was written to, and the one behind it that failed."""

from __future__ import annotations

import pytest

from bsaudit.ndn import read

HEAD = "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: ann@sender.example\n"
EXIM = "This message was created automatically by mail delivery software.\n\nA message that you sent was not delivered"
POSTFIX = "This is the mail system at host mx.example.\n\nI'm sorry to have to inform you that your message could not\n"
SENDMAIL = "   ----- The following addresses had permanent fatal errors -----\n"
TRANSCRIPT = "   ----- Transcript of session follows -----"


@pytest.mark.parametrize(
    "text",
    [
        f"{EXIM} to all:\n\n  bob@inner.example\n    (ultimately generated from info@dest.example)\n    gone\n",
        f"{EXIM} to all of its recipients:\n\n  bob@inner.example\n    (generated from info@dest.example)\n    gone\n",
        f"{POSTFIX}be delivered.\n\n<bob@inner.example> (expanded from\n    <info@dest.example>): user unknown\n",
        f"{SENDMAIL}bob@inner.example\n    (expanded from: <info@dest.example>)\n\n{TRANSCRIPT}\n550 User unknown\n",
    ],
    ids=["exim", "exim-once", "postfix", "sendmail"],
)
def test_an_alias_is_the_original_recipient(text: str) -> None:
    (report,) = read(f"{HEAD}Subject: Undelivered Mail\n\n{text}".encode()).recipients
    assert (report.final_recipient, report.original_recipient) == ("bob@inner.example", "info@dest.example")


def about(reply: str) -> tuple[str | None, str | None]:
    said = f"Sorry, unable to deliver your message to info@dest.example for\nthe following reason:\n\n {reply}\n"
    (report,) = read(f"{HEAD}Subject: failure notice\n\n{said}".encode()).recipients
    return report.final_recipient, report.original_recipient


def test_the_reply_knows_whose_mailbox_it_is() -> None:
    assert about("552 Quota violation for bob@dest.example") == ("bob@dest.example", "info@dest.example")


@pytest.mark.parametrize(
    "reply",
    [
        "552 Quota violation for info@dest.example",
        "550 mail of ann@sender.example is refused",
        "550 User unknown; questions to the account postmaster@dest.example",
    ],
)
def test_a_reply_that_names_others_changes_nothing(reply: str) -> None:
    assert about(reply) == ("info@dest.example", None)


def test_a_type_said_twice_is_no_part_of_the_address() -> None:
    raw = (
        f"{HEAD}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\ntext\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nAction: failed\nStatus: 5.1.1\n"
        "Original-Recipient: rfc822; rfc822;info@dest.example\nFinal-Recipient: rfc822; bob@dest.example\n--b--\n"
    )
    (report,) = read(raw.encode()).recipients
    assert (report.final_recipient, report.original_recipient) == ("bob@dest.example", "info@dest.example")
