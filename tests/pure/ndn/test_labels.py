"""Several recipients behind labels or in lists, each with his own reason, as gateways and mailers write them."""

from __future__ import annotations

import pytest

from bsaudit.model.notification import Kind, Notification
from bsaudit.ndn import read


def notice(prose: str) -> Notification:
    head = "Return-Path: <>\nFrom: Mail Delivery System <mailer-daemon@mx.example>\nSubject: Undeliverable mail\n"
    return read(f"{head}Content-Type: text/plain; charset=utf-8\n\n{prose}".encode())


@pytest.mark.parametrize(
    "label",
    [
        "Recipient",
        "Failed Recipient",
        "Recipient address",
        "Mailbox",
        "Empfänger",
        "Destinataire",
        "Destinatario",
        "Destinatário",
        "Ontvanger",
        "Mottagare",
        "Odbiorca",
        "Адрес получателя",
        "收件人",
        "宛先",
        "수신자",
    ],
)
def test_each_recipient_behind_a_label_has_his_own_reason(label: str) -> None:
    found = notice(
        "The message could not be delivered.\n\n"
        f"  {label}: <bob@dest.example>\n  Reason: 550 5.1.1 User unknown\n\n"
        f"  {label}: <carol@dest.example>\n  Reason: 552 5.2.2 Mailbox full\n"
    )
    assert found.kind is Kind.NDN
    assert [(one.final_recipient, one.reason) for one in found.recipients] == [
        ("bob@dest.example", "user-unknown"),
        ("carol@dest.example", "mailbox-full"),
    ]


@pytest.mark.parametrize("mark", ["1. ", "2) ", "- ", "* ", "• "])
def test_recipients_in_a_list(mark: str) -> None:
    found = notice(
        "The message could not be delivered to:\n\n"
        f" {mark}bob@dest.example - 550 5.1.1 User unknown\n {mark}carol@dest.example - 552 5.2.2 mailbox full\n"
    )
    assert [(one.final_recipient, one.reason) for one in found.recipients] == [
        ("bob@dest.example", "user-unknown"),
        ("carol@dest.example", "mailbox-full"),
    ]


def test_a_label_of_the_sender_is_no_recipient() -> None:
    found = notice(
        "The message could not be delivered.\n\nSender address: news@inbox.example\nRecipient: bob@dest.example\n"
        "Reason: the mailbox is full\n"
    )
    assert [one.final_recipient for one in found.recipients] == ["bob@dest.example"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Quota exceeded (mailbox for user is full)", "mailbox-full"),
        ("The user does not exist", "user-unknown"),
        ("The message is too large", "too-big"),
        ("I do not want to read this", "filtered"),
        ("Go away", "filtered"),
    ],
)
def test_why_a_delivery_agent_rejects_in_the_form_of_a_receipt(said: str, reason: str) -> None:
    raw = f"""\
From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example>
To: news@inbox.example
Subject: Automatically rejected mail
Auto-Submitted: auto-replied (rejected)
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

Your message to <bob@dest.example> was automatically rejected:
{said}

--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; bob@dest.example
Disposition: automatic-action/MDN-sent-automatically; deleted

--b--
"""
    found = read(raw.encode())
    assert found.kind is Kind.NDN
    assert [one.reason for one in found.recipients] == [reason]


def test_a_separator_says_nothing() -> None:
    found = notice(
        "Failed Recipient: bob@dest.example\nReason: The recipient's server gave no reason\n\n"
        "   -- The header and top 20 lines of the message follows --\n\n"
        "Received: from mx.example by mx.dest.example; Fri, 6 Jul 2018 11:12:30 +0200\nFrom: <news@inbox.example>\n"
        "Subject: hello\n"
    )
    assert [one.reason for one in found.recipients] == ["unknown"]


def test_a_delay_that_gives_no_reason_is_about_time() -> None:
    found = notice(
        "Something was wrong for a while with the mail system.\n"
        "Delivery to the following recipient has been delayed:\n\n  bob@dest.example\n\nWe will keep trying.\n"
    )
    assert [(one.final_recipient, one.reason) for one in found.recipients] == [("bob@dest.example", "expired")]


@pytest.mark.parametrize("label", ["Subject", "  Subject", "Betreff", "Objet", "件名"])
def test_the_subject_of_what_was_sent_says_nothing_about_why(label: str) -> None:
    """Neither spam nor a status: MailList 5.7.1 is whatever the reader's own message was about."""
    found = notice(
        "Your message\n\n  To: <bob@dest.example>\n"
        f"{label}: Spam filter 5.7.1: mailbox full\n\n"
        "could not be delivered to the following recipient:\n\nbob@dest.example\n"
    )
    assert found.recipients[0].reason == "unknown"
    assert found.recipients[0].refined_status == "5.0.0"
