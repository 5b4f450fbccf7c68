"""Mail of people, shops and monitoring that only sounds like a bounce: never taken for one."""

# ruff: noqa: E501, ISC004 — lines of mail stand as they are

from __future__ import annotations

import pytest

from bsaudit.model.notification import Kind
from bsaudit.ndn import read

PERSON = "Return-Path: <ann@corp.example>\nFrom: Ann Smith <ann@corp.example>\nTo: bob@dest.example\n"
BOUNCE = """\
This is the mail system at host mx.corp.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<carol@far.example>: host mx.far.example[192.0.2.1] said: 550 5.1.1
    <carol@far.example>: Recipient address rejected: User unknown (in reply to
    RCPT TO command)
"""
REPORT = (
    "Reporting-MTA: dns; mx.corp.example\n\nFinal-Recipient: rfc822; carol@far.example\nAction: failed\nStatus: 5.1.1\n"
)
SUBJECT = "Subject: Undelivered Mail Returned to Sender\n"


def test_the_bounce_itself_is_one() -> None:
    raw = f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.corp.example\nTo: ann@corp.example\n{SUBJECT}\n{BOUNCE}"
    assert read(raw.encode()).kind is Kind.NDN


# How mail programs head what they forward, and no prefix in the subject
FORWARDS = {
    "Outlook": "Begin\n\nFrom: {daemon}\nSent: Monday, June 1, 2026 10:00 AM\nTo: Ann\nSubject: Undelivered Mail\n\n",
    "Outlook, rich": "See\n\n*From:* {daemon}\n*Sent:* Monday\n*To:* Ann\n*Subject:* Undelivered Mail\n\n",
    "Outlook, German": "Bitte\n\nVon: {daemon}\nGesendet: Montag, 1. Juni 2026 10:00\nAn: Ann\nBetreff: Undelivered Mail\n\n",
    "Apple": "Begin forwarded message:\n\nFrom: {daemon}\nSubject: Undelivered Mail\nTo: ann@corp.example\n\n",
    "Apple, French": "Début du message réexpédié :\n\nDe: {daemon}\nObjet: Undelivered Mail\nÀ: ann@corp.example\n\n",
    "Gmail, Spanish": "---------- Mensaje reenviado ---------\nDe: {daemon}\nDate: lun, 1 jun\nTo: ann@corp.example\n\n",
    "Gmail, Polish": "---------- Przekazana wiadomość ----------\nOd: {daemon}\nData: pon., 1 cze\nDo: ann@corp.example\n\n",
    "Gmail, Japanese": "---------- 転送されたメッセージ ----------\n差出人: {daemon}\n宛先: ann@corp.example\n\n",
    "Thunderbird, Swedish": "-------- Vidarebefordrat meddelande --------\nÄmne: \tUndelivered\nFrån: \t{daemon}\n\n",
    "QQ": "------------------ 原始邮件 ------------------\n发件人：{daemon}\n收件人：ann@corp.example\n\n",
    "Russian": "Смотрите\n\nОт: {daemon}\nКому: Ann\nТема: Undelivered Mail\n\n",
}


@pytest.mark.parametrize("sender", [PERSON, PERSON.replace("ann@", "admin@")], ids=["person", "administrator"])
@pytest.mark.parametrize("program", FORWARDS)
def test_a_forward_is_known_by_the_header_that_it_copies(program: str, sender: str) -> None:
    head = FORWARDS[program].format(daemon="Mail Delivery System <MAILER-DAEMON@mx.corp.example>")
    assert read(f"{sender}{SUBJECT}\n{head}{BOUNCE}".encode()).kind is Kind.OTHER


@pytest.mark.parametrize("opening", ["Hello,\n\nthis is what I get:", "Look at that:", "Was ist das?"])
def test_a_bounce_pasted_into_a_letter_is_none(opening: str) -> None:
    raw = f"{PERSON}Subject: Mail delivery failed, please help\n\n{opening}\n\n{BOUNCE}"
    assert read(raw.encode()).kind is Kind.OTHER


@pytest.mark.parametrize("sender", ["admin", "noreply"])
def test_nor_one_in_html(sender: str) -> None:
    text = f"<p>Hello,</p><p>look at that:</p><pre>{BOUNCE}</pre>"
    head = (
        f"{PERSON.replace('ann@', sender + '@')}Subject: Mail delivery failed, please help\nContent-Type: text/html\n"
    )
    assert read(f"{head}\n{text}".encode()).kind is Kind.OTHER


@pytest.mark.parametrize(
    "head",
    [
        PERSON + "Subject: what is this?\n",
        PERSON + "Subject: Fwd: Undeliverable: Hi\n",
        PERSON + "Subject: [list] Delivery failure\nList-Id: <list.lists.example>\n",
    ],
    ids=["letter", "forward", "list"],
)
def test_a_report_that_a_person_attached_is_not_the_messages_own(head: str) -> None:
    raw = (
        f"{head}Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain\n\nSee below.\n\n--o\n"
        f"Content-Type: message/delivery-status\n\n{REPORT}\n--o--\n"
    )
    assert read(raw.encode()).kind is Kind.OTHER


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (
            "Return-Path: <>\nFrom: Mail Delivery System <postmaster@dest.example>\nSubject: Your mailbox is almost full",
            "Your mailbox bob@dest.example is 95% full. If it is over quota, new messages cannot be delivered.\n",
        ),
        (
            "From: Mail Delivery Team <postmaster@corp.example>\nSubject: Welcome to your new mailbox",
            "Your mailbox bob@dest.example is ready. When your mailbox is full, messages will be rejected.\n",
        ),
        (
            "From: Spam Quarantine <postmaster@corp.example>\nSubject: Undelivered messages in your quarantine",
            "The following messages addressed to you have been blocked:\n\ncarol@far.example  Hello  spam\n",
        ),
        (
            "From: Postmaster <postmaster@corp.example>\nSubject: Your question about undeliverable mail\nIn-Reply-To: <a@b>",
            "carol@far.example was refused because the mailbox is full.\n\nOn Monday, Bob wrote:\n> Why was it undeliverable?\n",
        ),
        (
            "From: Mail Delivery Digest <news@shop.example>\nSubject: The failed deliveries of May\n"
            "List-Unsubscribe: <mailto:u@shop.example>",
            "This month: why was your message not delivered? Ask editor@shop.example\n",
        ),
        (
            "Return-Path: <>\nFrom: Delivery Service <noreply@parcel.example>\nSubject: Delivery failed",
            "Dear customer,\n\nyour parcel 12345 could not be delivered today. We will try again.\n",
        ),
        (
            "From: Feed <rss@feed.example>\nSubject: Blog: 'Mail delivery failed: returning message to sender'\nPrecedence: bulk",
            "This message was created automatically by mail delivery software.\n\nThat is how the story begins: A message "
            "that you sent could not be delivered to one or more of its recipients.\n\n  carol@far.example\n    Unrouteable address\n",
        ),
        (
            "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.dest.example>\nSubject: Postfix SMTP server: errors from unknown[192.0.2.1]",
            "Transcript of session follows.\n\n Out: 220 mx.dest.example ESMTP\n In:  RCPT TO:<nobody@dest.example>\n"
            " Out: 550 5.1.1 <nobody@dest.example>: Recipient address rejected: User unknown\n\nFor other details, see the local mail logfile\n",
        ),
        (
            "Return-Path: <>\nFrom: Microsoft Outlook <postmaster@dest.example>\nSubject: Your mailbox is full.",
            "Your mailbox is full.\nYou can't send or receive messages until you make more room in your mailbox.\n",
        ),
        (
            "From: bugzilla-daemon@bugs.example\nSubject: [Bug 123] New: Mail delivery failed: returning message to sender\n"
            "Return-Path: <bugzilla-daemon@bugs.example>",
            "https://bugs.example/123\n\n  Reporter: joe@x.example\n\nMail to carol@far.example could not be delivered:\n\n550 5.1.1\n",
        ),
    ],
    ids=[
        "quota",
        "welcome",
        "quarantine",
        "staff",
        "newsletter",
        "parcel",
        "feed",
        "postmaster notice",
        "full",
        "tracker",
    ],
)
def test_a_notice_about_other_things(head: str, text: str) -> None:
    assert read(f"{head}\nTo: bob@dest.example\n\n{text}".encode()).kind is Kind.OTHER


@pytest.mark.parametrize(
    "subject",
    [
        "Urlaub in Kroatien: Sonderangebote",
        "Vacation request for July",
        "Absence on Monday",
        "Out of office party planning",
        "Away from Friday",
        "Auto: Golf zu verkaufen",
        "Autoresponder setup",
        "休暇届",
        "不在の連絡",
        "Отпуск",
    ],
)
def test_people_write_about_absence_too(subject: str) -> None:
    assert read(f"{PERSON}Subject: {subject}\n\nSee you then.\n".encode()).kind is Kind.OTHER


@pytest.mark.parametrize(
    "text",
    [
        "Welcome! Please verify your e-mail by clicking the link below. Your account is pending until you confirm.\n",
        "This is your first time signing in. Click here to verify you are a human. Your request is pending.\n",
    ],
)
def test_a_sign_up_is_no_challenge(text: str) -> None:
    raw = f"From: Forum <noreply@forum.example>\nTo: bob@dest.example\nSubject: Confirm\nAuto-Submitted: auto-generated\n\n{text}"
    assert read(raw.encode()).kind is Kind.OTHER


def test_sendmails_success_in_prose_is_no_failure() -> None:
    raw = (
        "Return-Path: <>\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@mx.dest.example>\nTo: ann@sender.example\n"
        "Subject: Return receipt\n\n   ----- The following addresses had successful delivery notifications -----\n"
        "<bob@dest.example>  (successfully delivered to mailbox)\n\n   ----- Transcript of session follows -----\n"
        "<bob@dest.example>... Successfully delivered\n"
    )
    assert read(raw.encode()).kind is Kind.SUCCESS


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Delivery failed", "Your message was not delivered successfully to bob@dest.example."),
        ("Mail could not be delivered successfully", "<bob@dest.example>: no such mailbox"),
        ("Returned mail", "Your message has not been successfully delivered to <bob@dest.example>."),
        (
            "Delivery report",
            "It was successfully relayed to the inner host.\n<bob@dest.example>: 550 5.1.1 unknown user",
        ),
    ],
)
def test_a_failure_in_the_words_of_success_is_no_success(subject: str, text: str) -> None:
    """Where a report of success was asked for, that would clear whoever bounces."""
    raw = (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.dest.example\nTo: ann@sender.example\nSubject: {subject}\n\n{text}\n"
    )
    assert read(raw.encode()).kind is Kind.NDN


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Delivery report", "This is a delivery status notification.\nYour mail was delivered to:\nbob@dest.example\n"),
        (
            "Mail delivery status",
            "This is the mail system at host mx.\nYour mail has been delivered.\n<bob@dest.example>\n",
        ),
    ],
)
def test_what_tells_of_no_failure_is_none(subject: str, text: str) -> None:
    """Who asked for a report of success may get it in words unknown here, and must not take it for a bounce."""
    head = f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.dest.example\nTo: ann@sender.example\nSubject: {subject}\n\n"
    assert read(f"{head}{text}".encode()).kind is Kind.OTHER
    assert read(f"{head}{text} But not all of it: 5.2.2\n".encode()).kind is Kind.NDN
