"""What comes back and is no bounce: replies, challenges, receipts, complaints, virus notices — and ordinary mail."""

# ruff: noqa: E501 — lines of mail stand as they are

from __future__ import annotations

import pytest

from bsaudit.model.notification import Action, Kind, Reason
from bsaudit.ndn import read


def mail(head: str, body: str = "Hello\n") -> bytes:
    return f"From: Bob <bob@dest.example>\nTo: ann@sender.example\n{head}\n\n{body}".encode()


@pytest.mark.parametrize(
    "head",
    [
        "Subject: Re: Hello\nAuto-Submitted: auto-replied",
        "Subject: Hello\nAuto-Submitted: auto-replied (vacation)",
        "Subject: Automatic reply: Hello",
        "Subject: Out of Office: Hello",
        "Subject: Automatische Antwort: Hello",
        "Subject: =?utf-8?B?QWJ3ZXNlbmhlaXRzbm90aXo6IEhlbGxv?=",
        "Subject: Respuesta automática: Hello",
        "Subject: Réponse automatique : Hello",
        "Subject: Автоматический ответ: Hello",
        "Subject: 自動応答: Hello",
        "Subject: 自动回复: Hello",
        "Subject: Hello\nX-Autoreply: yes",
        "Subject: Hello\nX-Autorespond: 1",
        "Subject: Hello\nPrecedence: auto_reply",
        "Subject: Re: Hello (Automatic Response)",
        "Subject: Bob is out of the office",
        "Subject: away from my mail",
        "Subject: Re: Hello (Out of office)",
        "Subject: Automatische beantwoording: Hello",
        "Subject: Automatická odpoveď: Hello",
        "Subject: Автоматичен отговор: Hello",
        "Subject: Resposta automàtica: Hello",
        "Subject: Reponse automatique: Hello",
        "Subject: 自动答复: Hello",
        "Subject: رد تلقائي: Hello",
        "Subject: תשובה אוטומטית: Hello",
        "Subject: การตอบกลับอัตโนมัติ: Hello",
        "Subject: Urlaub\nAuto-Submitted: auto-replied",
        "Subject: Auto reply",
        "Subject: Auto-Response: Hello",
        "Subject: =?utf-8?B?44CQ6Ieq5YuV6L+U5L+h44CR44GK55+l44KJ44Gb?=",
        "Subject: Bob ist abwesend",
    ],
)
def test_an_automatic_reply(head: str) -> None:
    assert read(mail(head)).kind is Kind.AUTOREPLY


def test_a_reply_that_only_its_words_and_the_null_reverse_path_tell() -> None:
    raw = mail("Subject: Re: Hello\nReturn-Path: <>", "I am on vacation and will be back in June.\n")
    assert read(raw).kind is Kind.AUTOREPLY


def test_a_person_on_vacation_is_a_person() -> None:
    raw = mail("Subject: Re: Hello\nReturn-Path: <bob@dest.example>", "I am on vacation and will be back in June.\n")
    assert read(raw).kind is Kind.OTHER


def test_a_denied_post_is_the_answer_of_a_list() -> None:
    raw = mail("Subject: Post to list@dest.example denied: Hello", "Hi, this is the Mlmmj program managing the list.\n")
    assert read(raw.replace(b"<bob@dest.example>", b"<list+owner@dest.example>")).kind is Kind.AUTOREPLY


def test_a_held_post_is_the_answer_of_a_list_though_it_carries_the_lists_fields() -> None:
    """Mailman 2 marks its own mail with X-List-Administrivia."""
    raw = mail(
        "Subject: Your message to Test awaits moderator approval\nList-Id: <test.dest.example>\nX-List-Administrivia: yes",
        "Your mail to 'Test' with the subject\n\n    Hello\n\nIs being held until the list moderator can review it.\n",
    )
    assert read(raw.replace(b"<bob@dest.example>", b"<test-bounces@dest.example>")).kind is Kind.AUTOREPLY


def returned_post(subject: str, text: str, author: str = "ann@sender.example", head: str = "") -> bytes:
    """What a list's owner address writes to ann, with a message attached."""
    raw = mail(
        f'Subject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"{head}',
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\n--b\nContent-Type: message/rfc822\n\n"
        f"From: Ann <{author}>\nTo: club@lists.dest.example\nSubject: Re: Supper\n\nI bring bread.\n--b--\n",
    )
    return raw.replace(b"<bob@dest.example>", b"<club-owner@lists.dest.example>")


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Supper", "We could not pass on what you wrote to the club; here it is again."),
        ("Supper : refusé", "Le club ne distribue que les messages de ses abonnés."),
        ("晚餐", "本列表只分发订户的邮件。"),
    ],
)
def test_a_list_that_returns_a_post_to_its_author_answers_by_itself(subject: str, text: str) -> None:
    assert read(returned_post(subject, text)).kind is Kind.AUTOREPLY


@pytest.mark.parametrize(
    ("author", "head"),
    [
        ("carol@elsewhere.example", ""),  # a post that ann shall look at
        ("ann@sender.example", "\nUser-Agent: Mutt/2.2"),
        ("ann@sender.example", "\nIn-Reply-To: <1@sender.example>"),
    ],
)
def test_what_a_lists_owner_attaches_by_hand_is_ordinary_mail(author: str, head: str) -> None:
    assert read(returned_post("Supper", "Did you see this one?", author, head)).kind is Kind.OTHER


@pytest.mark.parametrize(
    "head",
    [
        "Subject: Hello\nAuto-Submitted: auto-generated",
        "Subject: Re: your vacation",
        "Subject: Fwd: Automatic reply: Hello",
        "Subject: [list] Out of office rules\nList-Id: <list.dest.example>",
        "Subject: Hello\nPrecedence: bulk",
        "Subject: Re: Undelivered Mail Returned to Sender\nIn-Reply-To: <a@b>",
        "Subject: Delivery Status of your parcel",
        "Subject: Your order was not delivered",
    ],
)
def test_ordinary_mail_is_nothing_else(head: str) -> None:
    assert read(mail(head)).kind is Kind.OTHER


@pytest.mark.parametrize(
    "raw",
    [
        mail("Subject: Please confirm your message\nX-TMDA-Fingerprint: abc\nAuto-Submitted: auto-replied"),
        mail(
            "Subject: Re: Hello (verification)\nReturn-Path: <>",
            "Your message is being held until you confirm.\nPlease confirm that you are a real person: click the link below.\n",
        ),
        mail(
            "Subject: Re: Hello (verification)",
            "I'm protecting myself from receiving junk mail.\nPlease click the link below to complete the verification "
            "process. You have to do this only once.\nhttp://www.spamarrest.com/a2?x\n",
        ),
        mail(
            "Subject: Your email requires verification verify#abc\nAuto-Submitted: auto-replied",
            "The message you sent requires that you verify that you are a real live human being and not a spam source.\n"
            "To complete this verification, simply reply to this message. Your message is held until then.\n",
        ),
        mail(
            "Subject: confirm delivery of your message\nPrecedence: junk",
            "One or more messages from you are being held because your address was not recognized.\nTo release your "
            "pending message(s) for delivery, please reply to this request.\n",
        ),
        mail(
            "Subject: Re: Hello\nReturn-Path: <>",
            "You have to do this once: click here so that I can receive your message. I get too much junk mail.\n"
            "https://filter.dest.example/a\n",
        ),
        mail(
            "Subject: One more step\nReturn-Path: <>\nIn-Reply-To: <orig@sender.example>",
            "Our spam blocking has never met you. Simply reply to this message, and what you wrote can be delivered.\n",
        ),
    ],
)
def test_a_challenge(raw: bytes) -> None:
    assert read(raw).kind is Kind.CHALLENGE


def disposition(value: str, subject: str, text: str) -> bytes:
    return mail(
        f"Subject: {subject}\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b",
        f"--b\n\n{text}\n--b\nContent-Type: message/disposition-notification\n\nReporting-UA: ua.dest.example; Server\n"
        f"Final-Recipient: rfc822; bob@dest.example\nOriginal-Message-ID: <orig@x>\nDisposition: {value}\n--b--\n",
    )


def test_a_receipt_is_an_mdn() -> None:
    raw = disposition("manual-action/MDN-sent-manually; displayed", "Read: Hello", "Your message was read.")
    assert read(raw).kind is Kind.MDN


def test_not_read_is_a_receipt_not_a_rejection() -> None:
    raw = disposition(
        "automatic-action/MDN-sent-automatically; deleted", "Not read: Hello", "Deleted without being read."
    )
    assert read(raw).kind is Kind.MDN


@pytest.mark.parametrize("subject", ["Rejected goods", "Returned: your parcel", "Refused"])
def test_not_read_quotes_a_subject_that_proves_nothing(subject: str) -> None:
    raw = disposition(
        "automatic-action/MDN-sent-automatically; deleted",
        f"Not read: {subject}",
        f"Your message\n\n   To: Bob\n   Subject: {subject}\n\nwas deleted without being read.",
    )
    assert read(raw).kind is Kind.MDN


def test_sieve_reject_is_an_ndn() -> None:
    """RFC 5429 §2.1: the rejection of a script comes as an MDN."""
    raw = disposition(
        "automatic-action/MDN-sent-automatically; deleted",
        "Rejected: Hello",
        "Your message was automatically rejected: go away",
    )
    note = read(raw)
    assert note.kind is Kind.NDN
    assert note.recipients[0].final_recipient == "bob@dest.example"
    assert note.recipients[0].action is Action.FAILED


def test_a_feedback_report_is_no_bounce() -> None:
    raw = mail(
        "Subject: complaint\nContent-Type: multipart/report; report-type=feedback-report; boundary=b",
        "--b\n\nThis is an abuse report.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
        "User-Agent: x\nOriginal-Rcpt-To: bob@dest.example\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <o@x>\n\nbuy\n--b--\n",
    )
    note = read(raw)
    assert note.kind is Kind.REPORT
    assert note.original_message_id == "<o@x>"


def test_a_virus_notice() -> None:
    raw = mail(
        "Subject: VIRUS (Eicar-Test-Signature) IN MAIL FROM YOU\nReturn-Path: <>",
        "Our content checker found a virus in mail that you sent to the following recipient:\n-> bob@dest.example\n",
    ).replace(b"Bob <bob@dest.example>", b'"Content-filter at dest" <postmaster@dest.example>')
    note = read(raw)
    assert note.kind is Kind.VIRUS_NOTICE
    assert note.recipients[0].reason is Reason.VIRUS


def test_a_virus_notice_in_another_language() -> None:
    raw = mail(
        "Subject: =?utf-8?Q?Atenci=C3=B3n?=: virus\nReturn-Path: <>",
        "Hemos encontrado un virus en un mensaje enviado por usted.\n\nA: bob@dest.example\n",
    )
    assert read(raw).kind is Kind.VIRUS_NOTICE


def test_gmails_own_limit_is_no_refusal_of_a_group() -> None:
    raw = mail(
        "Subject: Delivery Status Notification (Failure)\nReturn-Path: <>",
        "Your message to bob@dest.example was not sent.\n\nThe response was:\n\n550 5.4.5 Daily sending quota exceeded. "
        "See https://support.google.com/a/answer/1\n",
    ).replace(b"Bob <bob@dest.example>", b"<mailer-daemon@googlemail.com>")
    assert [one.reason for one in read(raw).recipients] == [Reason.RATE]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("Subject: AWS Notification Message", Kind.NDN),
        ("Subject: Re: AWS Notification Message", Kind.OTHER),
        ("Subject: Look\nList-Id: <ops.sender.example>", Kind.OTHER),
    ],
)
def test_a_post_that_shows_an_event_of_amazons_is_none(head: str, kind: Kind) -> None:
    event = (
        '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"bob@dest.example"}]},"mail":{}}'
    )
    assert read(mail(head, event)).kind is kind


def test_a_delay_in_words() -> None:
    raw = mail(
        "Subject: Warning: message 1abc delayed 24 hours",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been "
        "delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n  bob@dest.example\n",
    ).replace(b"Bob <bob@dest.example>", b"Mailer-Daemon@dest.example")
    note = read(raw)
    assert note.kind is Kind.DELAY
    assert note.recipients[0].action is Action.DELAYED
