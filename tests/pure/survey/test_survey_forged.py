"""Spam that is dressed as a bounce is told from bounces, and no real bounce is called forged."""

from __future__ import annotations

import pytest

from bsaudit.model.survey import Pile, Seen, Shown
from bsaudit.survey.own import own_from
from bsaudit.survey.reading import reading
from bsaudit.survey.result import result
from bsaudit.survey.tally import Tally
from tests.support.mailboxes import BACKSCATTER, BOT_HOP, DATE, OWN, OWN_DOMAIN, OWN_HOP, OWN_HOST, notice, original
from tests.support.notifications import FAILED, SAMPLES

HOST = own_from([OWN_DOMAIN, OWN_HOST])
BOT = "from user-pc (203-0-113-9.dyn.isp.example [203.0.113.9])"
COPY = original(BOT_HOP)
OWN_REPORT = FAILED.replace("mx.dest.example", f"mx.{OWN_DOMAIN}")
SPF = (
    f"Authentication-Results: mx.{OWN_DOMAIN}; spf=fail smtp.helo=user-pc.example\n",
    "Received-SPF: Fail (mailfrom) client-ip=203.0.113.9; identity=helo; helo=user-pc.example\n",
)


def seen(raw: bytes) -> Seen:
    return reading(raw, HOST, file="mbox")


def words(fields: str, text: str, peer: str = BOT) -> bytes:
    """A bounce without structure, as it is forged most often."""
    return (
        f"Return-Path: <>\nReceived: {peer} by mx.{OWN_DOMAIN} with ESMTP id 4X; {DATE}\n"
        "From: MAILER-DAEMON@dest.example\n"
        f"Subject: Undelivered Mail Returned to Sender\n{fields}Date: {DATE}\nMessage-ID: <x@dest.example>\n\n{text}\n"
    ).encode()


PROGRAMS = (
    "X-Mailer: Microsoft Outlook Express 6.00.2600.0000",
    "X-Mailer: The Bat! (v3.99) Professional",
    "User-Agent: Mozilla Thunderbird 115",
    "X-Mailer: Apple Mail (2.3654)",
    "X-Mailer: Foxmail 7.2",
    "X-Mailer: PHPMailer 5.2.9",
    "X-Mailer: MailWasher Pro",
)
TO = f"To: ann@{OWN_DOMAIN}\n"
TWO = f"To: ann@{OWN_DOMAIN}, bill@{OWN_DOMAIN}\n"
TEXTS = (
    "The following recipient could not be reached:\n\n  bob@dest.example\n\n550 5.1.1 User unknown",
    "Your message did not reach some recipients. See the attached file.",
    "Delivery has failed to these recipients: bob@dest.example. Sign in to release the message: https://x.example/",
)
LATER = original(BOT_HOP, extra="Date: Fri, 5 Jun 2026 10:00:00 +0000\n")
OTHERS = original(BOT_HOP, extra="Return-Path: <carol@elsewhere.example>\n")
FORGED = [
    *((notice(COPY, extra=f"{line}\n"), "mail_program") for line in PROGRAMS),
    *((words(f"{line}\n{TO}", TEXTS[0]), "mail_program") for line in PROGRAMS),
    *((words(f"{PROGRAMS[0]}\n{TO}", text), "mail_program") for text in TEXTS[1:]),
    *((words(TWO, text), "two_recipients") for text in TEXTS),
    (notice(COPY, to=f"ann@{OWN_DOMAIN}, bill@{OWN_DOMAIN}"), "two_recipients"),
    (notice(None, to=f"ann@{OWN_DOMAIN}, bill@{OWN_DOMAIN}"), "two_recipients"),
    *((words(f"{TO}Return-Path: <spam@x.example>\n", text), "return_path") for text in TEXTS),
    (notice(COPY).replace(b"MIME-Version", b"Return-Path: <spam@x.example>\nMIME-Version", 1), "return_path"),
    *((notice(COPY, peer=BOT, fields=OWN_REPORT, extra=extra), "peer") for extra in ("", *SPF)),
    *((notice(COPY, peer=BOT, extra=extra), "spf") for extra in SPF),
    (words(f"{SPF[0]}{TO}", TEXTS[0]), "spf"),
    *(
        (notice(copy, peer=BOT).replace(b"<n1@mx.dest.example>", b"<n1@spam.example>"), "original")
        for copy in (LATER, OTHERS)
    ),
]

# Spam dressed as a bounce that is sent by a server with a name, as phishers rent them: nobody may be accused by it
VPS = "from vps7.hoster.example (vps7.hoster.example [203.0.113.77])"
SELF = notice(COPY, peer=BOT, sender=f"ann@{OWN_DOMAIN}").replace(
    b"Return-Path: <>", b"Return-Path: <ann@ann.example>", 1
)
FORGED += [
    (notice(COPY, peer=VPS, extra="X-PHP-Originating-Script: 1000:mailer.php\n"), "script"),
    (words(f"{TO}X-PHP-Script: x.example/send.php for 203.0.113.9\n", TEXTS[0], VPS), "script"),
    (SELF.replace(b"Mail Delivery System", b"Undelivered"), "sender"),
    (SELF.replace(BOT.encode(), VPS.encode()), "sender"),
]
LINK = '<p>4 messages could not be delivered.</p><a href="http://x.example/login">Release them</a>'
ZIP = (
    "--=_z\nContent-Type: text/plain\n\nThe message cannot be represented in 7-bit ASCII encoding and has been sent "
    'as a binary attachment.\n--=_z\nContent-Type: application/octet-stream; name="message.zip"\n\nPK\n--=_z--\n'
)
MIXED = f'{TO}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=_z"\n'
HTML = f"{TO}MIME-Version: 1.0\nContent-Type: text/html\n"
DRESSED = [
    words(HTML, LINK, VPS),
    words(HTML, LINK),
    words(
        f"{HTML}List-Unsubscribe: <http://x.example/u>\n",
        LINK,
        "from out3.esp.example (out3.esp.example [203.0.113.88])",
    ),
    words(f"{HTML}Reply-To: rescue77@mail.example\nX-Priority: 1\n", TEXTS[2], VPS),
    words(MIXED, ZIP),
    words(MIXED, ZIP.replace("message.zip", "Undelivered message.html"), VPS),
    words(MIXED, ZIP.replace("octet-stream", "pdf"), VPS),
    notice(None, peer=VPS),
    notice(
        original(f"{BOT} by mx.{OWN_DOMAIN} with ESMTP"),
        peer=VPS,
        fields=OWN_REPORT,
        sender=f"MAILER-DAEMON@{OWN_DOMAIN}",
    ),
]


@pytest.mark.parametrize("raw", DRESSED)
def test_what_is_dressed_as_a_bounce_without_a_sign_accuses_nobody(raw: bytes) -> None:
    assert seen(raw).pile in {Pile.CANNOT_TELL, Pile.OTHER}


def test_there_are_thirty() -> None:
    assert len(FORGED) >= 30


@pytest.mark.parametrize(("raw", "sign"), FORGED)
def test_a_forged_bounce_is_told_and_says_by_what(raw: bytes, sign: str) -> None:
    found = seen(raw)
    assert (found.pile, found.shown) == (Pile.CANNOT_TELL, Shown.FORGED)
    assert sign in found.forged


HUB = "from smarthost.isp.example (smarthost.isp.example [192.0.2.60])"
SMALL = "from mx.dest.example (203-0-113-9.static.isp.example [203.0.113.9])"
ODD_ID = notice(COPY).replace(b"<n1@mx.dest.example>", b"<n1@localhost.localdomain>")
REAL = [
    OWN,
    BACKSCATTER,
    notice(COPY, peer=HUB),  # by a smarthost of another organisation
    notice(COPY, peer=SMALL),  # a small server, whose provider named its address
    notice(COPY, peer="from [10.0.0.3] (unknown [203.0.113.9])"),  # and one that greets oddly: one sign is none
    notice(LATER),  # spam bears any date
    notice(OTHERS),
    ODD_ID,
    notice(COPY).replace(
        b"Return-Path: <>", b"Return-Path: <SRS0=a=b@forwarder.example>\nReturn-Path: <>", 1
    ),  # forwarded
    notice(COPY, extra=f"Cc: postmaster@{OWN_DOMAIN}\n"),
    notice(COPY, extra="X-Mailer: Microsoft Exchange V6.5\n"),
    notice(COPY, extra="X-Mailer: Amazon WorkMail\n"),
    notice(COPY, extra=f"Authentication-Results: mx.{OWN_DOMAIN}; spf=pass smtp.helo=mx.dest.example\n"),
    # Outlook names itself in what it moves to a folder of a server; a forwarder writes its customer's reverse-path
    notice(COPY, extra="X-Mailer: Microsoft Office Outlook 12.0\n"),
    notice(COPY, peer=SMALL, extra="X-Mailer: Microsoft Outlook 16.0\n"),
    notice(COPY).replace(b"Return-Path: <>", b"Return-Path: <ann@ann.example>", 1),
    # list software and own programs write from the address to which it goes
    notice(COPY, peer=OWN_HOP, sender=f"ann@{OWN_DOMAIN}").replace(b"h: <>", b"h: <ann@ann.example>", 1),
    notice(COPY, peer="from localhost (localhost [127.0.0.1])", sender=f"ann@{OWN_DOMAIN}").replace(
        b"h: <>", b"h: <ann@ann.example>"
    ),
    # odd products: no recipient in To, no date, a From without a domain, a Message-ID of an inner host
    notice(COPY).replace(b"To: ann@ann.example\n", b"To: <>\n", 1),
    notice(COPY).replace(f"Date: {DATE}\n".encode(), b""),
    notice(COPY).replace(b"<MAILER-DAEMON@mx.dest.example>", b"<>"),
    notice(COPY).replace(b"<n1@mx.dest.example>", b"<n1@HT01.cld.local>"),
    notice(COPY).replace(b"multipart/report; report-type=delivery-status", b"multipart/report"),
    notice(COPY, extra="X-Priority: 1\nX-MSMail-Priority: High\n"),
    notice(COPY, peer="from mail.dest.example ([192.0.2.44]) by mx.ann.example with (mail.messaging.example) id 6W9S"),
    notice(COPY, extra="X-Mailer: GroupWise 18.3\n"),
    notice(COPY, extra="X-Mailer: Mercury/32 v4.80\n"),
    notice(COPY, extra="X-Mailer: <SMTP32 v8.22>\n"),
    notice(COPY, extra="X-Mailer: Lotus Domino Release 9.0\nAuto-Submitted: auto-generated\n"),
    notice(COPY, extra="X-MDaemon-Deliver-To: ann@ann.example\nX-Actual-From: MDaemon@dest.example\n"),
    notice(COPY, peer="from small (unknown [203.0.113.9])", sender=f"MAILER-DAEMON@{OWN_DOMAIN}"),
]


@pytest.mark.parametrize("raw", [*REAL, *(sample[0].encode("latin-1", "replace") for sample in SAMPLES.values())])
def test_no_real_bounce_is_called_forged(raw: bytes) -> None:
    assert seen(raw).forged == ()


def test_what_lies_in_the_sent_folder_is_no_forgery_whatever_it_looks_like() -> None:
    raw = notice(original(BOT_HOP, message_id="<7@pc>"), extra="X-Mailer: Foxmail 7.2\n")
    assert reading(raw, HOST.having_sent([("<7@pc>", [])]), file="x").pile is Pile.OWN


def test_content_types_are_read_in_any_case() -> None:
    raw = notice(COPY)
    for name in (b"multipart/report", b"message/delivery-status", b"text/rfc822-headers", b"delivery-status"):
        raw = raw.replace(name, name.upper())
    assert (seen(raw).pile, seen(raw).causes) == (seen(notice(COPY)).pile, ("user-unknown",))


def test_a_bounce_that_somebody_forwarded_is_ordinary_mail() -> None:
    forward = f"From: carol@elsewhere.example\nTo: ann@{OWN_DOMAIN}\nSubject: Fwd: bounce\nMessage-ID: <f@elsewhere>\n"
    inline = f"{forward}\nHave a look.\n\n---------- Forwarded message ----------\n{BACKSCATTER.decode()}"
    attached = (
        f'{forward}Content-Type: multipart/mixed; boundary="=_f"\n\n--=_f\nContent-Type: text/plain\n\nHave a look.\n'
        f"--=_f\nContent-Type: message/rfc822\n\n{BACKSCATTER.decode()}\n--=_f--\n"
    )
    for text in (inline, attached):
        assert seen(text.encode()).pile is Pile.OTHER


def test_a_forgery_is_counted_apart_and_against_nobody() -> None:
    tally = Tally()
    for raw in (FORGED[0][0], BACKSCATTER):
        tally.add(seen(raw))
    report = result(tally, HOST, ())
    assert (report.totals.forged, report.totals.cannot_tell, report.forged) == (1, 2, {"mail_program": 1})
    assert [host.cannot_tell for host in report.hosts] == [1]
