"""Notifications as the products write them, made up for the tests: one compact message a dialect.

`SAMPLES` maps a name to (raw message, what must be read). Line ends are LF; the tests convert them.
"""

# ruff: noqa: E501 — lines of mail stand as they are

from __future__ import annotations

ORIGINAL = """\
Received: from client.sender.example (client.sender.example [203.0.113.9])
\tby mail.sender.example with ESMTPSA id 4ABC; Mon, 1 Jun 2026 10:00:00 +0000
From: Ann <ann@sender.example>
To: bob@dest.example
Subject: Hello
Message-ID: <orig-1@sender.example>

body
"""


def prose(sender: str, subject: str, text: str, extra: str = "") -> str:
    """A message without structure."""
    return f"From: {sender}\nTo: ann@sender.example\nSubject: {subject}\n{extra}\n{text}"


def dsn(fields: str, text: str = "It failed.\n", sender: str = "MAILER-DAEMON@mx.dest.example") -> str:
    """A message in RFC 3464 form that returns the whole original."""
    return (
        f"Return-Path: <>\nFrom: {sender}\nTo: ann@sender.example\nSubject: Undelivered Mail Returned to Sender\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="=_x"\n\n'
        f"preamble\n--=_x\nContent-Type: text/plain\n\n{text}\n--=_x\nContent-Type: message/delivery-status\n\n{fields}\n"
        f"--=_x\nContent-Type: message/rfc822\n\n{ORIGINAL}\n--=_x--\n"
    )


FAILED = """\
Reporting-MTA: dns; mx.dest.example
Original-Envelope-Id: QQ314159
Received-From-MTA: dns; mail.sender.example

Final-Recipient: rfc822; bob@inner.dest.example
Original-Recipient: rfc822;bob@dest.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; store.dest.example
Diagnostic-Code: smtp; 550 5.1.1 <bob@inner.dest.example>: Recipient address
    rejected: User unknown in virtual mailbox table
"""

# name: (message, dialect, family, recipient, reason, refined status)
SAMPLES: dict[str, tuple[str, str, str | None, str, str, str]] = {
    "postfix": (
        dsn(FAILED, "This is the mail system at host mx.dest.example.\n"),
        "rfc3464", "postfix", "bob@inner.dest.example", "user-unknown", "5.1.1",
    ),
    "mailenable": (
        prose(
            "Postmaster <postmaster@me.example>", "Message Delivery Failure",
            "MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be "
            "reached:\n\n\tRecipient: [SMTP:bob@dest.example]\n\tReason: Remote SMTP Server Returned: 550 5.1.1 User "
            "unknown\n\nMessage headers follow:\n\n" + ORIGINAL,
        ),
        "mailenable", "mailenable", "bob@dest.example", "user-unknown", "5.1.1",
    ),
    "qmail": (
        prose(
            "MAILER-DAEMON@qmail.example", "failure notice",
            "Hi. This is the qmail-send program at qmail.example.\n"
            "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
            "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
            "<bob@dest.example>:\n192.0.2.7 does not like recipient.\nRemote host said: 552 5.2.2 Mailbox full\n"
            "Giving up on 192.0.2.7.\n\n--- Below this line is a copy of the message.\n\n" + ORIGINAL,
        ),
        "qmail", "qmail", "bob@dest.example", "mailbox-full", "5.2.2",
    ),
    "exim": (
        prose(
            "Mail Delivery System <Mailer-Daemon@exim.example>", "Mail delivery failed: returning message to sender",
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
            "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
            "  bob@dest.example\n    host mx.dest.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT "
            "TO:<bob@dest.example>:\n    554 5.7.1 <bob@dest.example>: Relay access denied\n\n"
            "------ This is a copy of the message, including all the headers. ------\n\n" + ORIGINAL,
            "Auto-Submitted: auto-replied\nX-Failed-Recipients: bob@dest.example\n",
        ),
        "exim", "exim", "bob@dest.example", "relay-denied", "5.7.1",
    ),
    "sendmail": (
        prose(
            "Mail Delivery Subsystem <MAILER-DAEMON@sm.example>", "Returned mail: see transcript for details",
            "The original message was received at Mon, 1 Jun 2026 10:00:00 GMT\nfrom client [203.0.113.9]\n\n"
            "   ----- The following addresses had permanent fatal errors -----\n<bob@dest.example>\n"
            "    (reason: 550 5.7.1 Message rejected as spam)\n\n   ----- Transcript of session follows -----\n"
            "... while talking to mx.dest.example.:\n>>> DATA\n<<< 550 5.7.1 Message rejected as spam\n"
            "554 5.0.0 Service unavailable\n\n   ----- Original message follows -----\n\n" + ORIGINAL,
        ),
        "sendmail", "sendmail", "bob@dest.example", "spam", "5.7.1",
    ),
    "exchange 5.5": (
        prose(
            "System Administrator <postmaster@exchange.example>", "Undeliverable: Hello",
            "Your message\n\n  To:      bob@dest.example\n  Subject: Hello\n\ndid not reach the following recipient(s):\n\n"
            "bob@dest.example on Mon, 1 Jun 2026 10:00:00 +0000\n    The recipient name is not recognized\n"
            "    MSEXCH:IMS:Org:Site:SERVER 0 (000C05A6) Unknown Recipient\n",
            "X-Mailer: Internet Mail Service (5.5.2653.19)\n",
        ),
        "exchange", "exchange", "bob@dest.example", "user-unknown", "5.1.1",
    ),
    "yahoo": (
        prose(
            "MAILER-DAEMON@yahoo.example", "Failure Notice",
            "Sorry, we were unable to deliver your message to the following address.\n\n<bob@dest.example>:\n"
            "Remote host said: 550 5.1.1 <bob@dest.example>: User unknown [RCPT_TO]\n\n"
            "--- Below this line is a copy of the message.\n\n" + ORIGINAL,
        ),
        "yahoo", "yahoo", "bob@dest.example", "user-unknown", "5.1.1",
    ),
    "dma": (
        prose(
            "MAILER-DAEMON <>", "Mail delivery failed",
            "This is the DragonFly Mail Agent v0.13 at host.example.\n\nThere was an error delivering your mail to "
            "<bob@dest.example>.\n\nmx.dest.example [192.0.2.1] did not like our RCPT TO:\n"
            "550 5.7.26 DMARC policy says no\n\nMessage headers follow.\n\n" + ORIGINAL,
        ),
        "dragonfly", "dma", "bob@dest.example", "policy", "5.7.26",
    ),
    "opensmtpd": (
        prose(
            "Mailer Daemon <MAILER-DAEMON@bsd.example>", "Delivery status notification: error",
            "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n\n    An error has occurred "
            "while attempting to deliver a message for\n    the following list of recipients:\n\n"
            "bob@dest.example: 552 5.2.2 Over quota\n\n    Below is a copy of the original message:\n\n" + ORIGINAL,
        ),
        "opensmtpd", "opensmtpd", "bob@dest.example", "mailbox-full", "5.2.2",
    ),
    "imail": (
        prose(
            '"Postmaster" <postmaster@imail.example>', "Undeliverable Mail",
            "Unknown user: bob@dest.example\n\nOriginal message follows.\n\n" + ORIGINAL, "X-Mailer: <SMTP32 v8.05>\n",
        ),
        "imail", "imail", "bob@dest.example", "user-unknown", "5.1.1",
    ),
    "gmail of old": (
        prose(
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)",
            "Delivery to the following recipient failed permanently:\n\n     bob@dest.example\n\nTechnical details of "
            "permanent failure:\nGoogle tried to deliver your message, but it was rejected by the server for the recipient "
            "domain dest.example by mx.dest.example. [192.0.2.1].\n\nThe error that the other server returned was:\n"
            "550 5.2.1 Account is disabled\n\n----- Original message -----\n\n" + ORIGINAL,
            "X-Failed-Recipients: bob@dest.example\n",
        ),
        "gmail", "gmail", "bob@dest.example", "mailbox-disabled", "5.2.1",
    ),
    "mimecast": (
        prose(
            '"postmaster" <postmaster@mimecast.example>', "[Postmaster] Email Delivery Failure",
            "An email that you attempted to send to the following address could not be delivered:\n\n-- bob@dest.example\n\n"
            "The problem appears to be :\n-- Recipient email address is possibly incorrect\n\nAdditional information follows :\n"
            "-- 5.4.1 Recipient address rejected: Access denied\n",
        ),
        "mimecast", "mimecast", "bob@dest.example", "user-unknown", "5.4.1",
    ),
    "nobody's dialect, in German": (
        prose(
            "Postmaster <postmaster@firma.example>", "Unzustellbar: Hello",
            "Ihre Nachricht konnte nicht zugestellt werden an:\n\n  bob@dest.example\n\nGrund: Das Postfach ist voll.\n",
        ),
        "prose", None, "bob@dest.example", "mailbox-full", "5.2.2",
    ),
    "nobody's dialect, in Japanese": (
        prose(
            "postmaster@kaisha.example", "=?utf-8?B?6YWN5L+h5LiN6IO9?=",
            "以下の宛先に配信できませんでした。\n\n<bob@dest.example>\n\n理由: ユーザーが存在しません。\n",
            "Content-Type: text/plain; charset=utf-8\n",
        ),
        "prose", None, "bob@dest.example", "user-unknown", "5.1.1",
    ),
    "nobody's dialect, in Russian": (
        prose(
            "postmaster@pochta.example", "Недоставленное сообщение",
            "Ваше письмо не может быть доставлено получателю bob@dest.example\n\nПричина: почтовый ящик переполнен\n",
            "Content-Type: text/plain; charset=utf-8\n",
        ),
        "prose", None, "bob@dest.example", "mailbox-full", "5.2.2",
    ),
}  # fmt: skip
