"""What mail systems of many makes and countries write, and what people and shops write that only sounds like it."""

# ruff: noqa: E501 — lines of mail stand as they are

from __future__ import annotations

import html

import pytest

from bsaudit.model.notification import Kind
from bsaudit.ndn import read

ORIGINAL = """\
Received: from a.example by b.example; Mon, 1 Jun 2026 10:00:00 +0000
Message-ID: <o@s>
From: ann@sender.example
To: bob@dest.example
Subject: hi

body
"""

# each row: name, From, Subject, text, reason
SYSTEMS = [
    (
        "mailenable without a domain",
        "postmaster@me.example",
        "Message Delivery Failure",
        "MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:bob@dest.example]\n\tReason: The message could not be delivered because the domain name (dest.example) does not appear to be registered or have a DNS mail record.\n\nMessage headers follow:\n\n"
        + ORIGINAL,
        "host-unknown",
    ),
    (
        "mdaemon with attachments",
        '"MDaemon at mail.dest.example" <MDaemon@mail.dest.example>',
        "Permanent Delivery Failure",
        "The attached message had PERMANENT fatal delivery errors!\n\nSession Transcript:\n--> RCPT To:<bob@dest.example>\n<-- 550 5.1.1 <bob@dest.example> User unknown\n--> QUIT\n\nFailed address: bob@dest.example\n\n: Message contains [1] file attachments\n",
        "user-unknown",
    ),
    (
        "exchange, Dutch",
        "postmaster@dest.example",
        "Niet te bezorgen: Hello",
        "Bezorging is mislukt aan de volgende geadresseerden of groepen:\n\nbob@dest.example<mailto:bob@dest.example>\n\nbob@dest.example\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n",
        "user-unknown",
    ),
    (
        "exchange, Japanese: to send again is no delay",
        "postmaster@dest.example",
        "配信不能: Hello",
        "次の受信者への配信に失敗しました:\n\nbob@dest.example\nアドレスを確認して、再送信してください。\n\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n",
        "user-unknown",
    ),
    (
        "exchange, Greek",
        "postmaster@dest.example",
        "Δεν είναι δυνατή η παράδοση: Hello",
        "Η παράδοση απέτυχε σε αυτούς τους παραλήπτες ή ομάδες:\n\nbob@dest.example\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n",
        "user-unknown",
    ),
    (
        "exchange, Hebrew",
        "postmaster@dest.example",
        "לא ניתן למסירה: Hello",
        "המסירה לנמענים או לקבוצות הבאים נכשלה:\n\nbob@dest.example\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n",
        "user-unknown",
    ),
    (
        "domino, German",
        "Postmaster@dest.example",
        "ZUSTELLUNGSFEHLER: Benutzer bob (bob@dest.example) ist nicht im Domino-Verzeichnis aufgeführt",
        "Ihre Nachricht\n\n  Thema: Hello\n\nwurde nicht zugestellt an:\n\n  bob@dest.example\n\nweil:\n\n  Benutzer bob (bob@dest.example) ist nicht im Domino-Verzeichnis aufgeführt\n",
        "user-unknown",
    ),
    (
        "a provider without accents",
        "postmaster@dest.example",
        "Echec de remise du message",
        "Votre message n'a pas pu etre remis au destinataire bob@dest.example : boite aux lettres pleine.\n",
        "mailbox-full",
    ),
    (
        "a scanner's footer behind the reply",
        "MAILER-DAEMON@dest.example",
        "Undelivered Mail",
        "<bob@dest.example>: 550 No such user\n\n__________ Checked: this message had no virus __________\n",
        "user-unknown",
    ),
    (
        "hmailserver",
        "mailer-daemon@h.example",
        "Message undeliverable: Hello",
        "Your message did not reach some or all of the intended recipients.\n\n   Sent: Mon, 1 Jun 2026 10:00:00 +0100\n   Subject: Hello\n\nThe following recipient(s) could not be reached:\n\nbob@dest.example\n   Error Type: SMTP\n   Remote server (192.0.2.1) issued an error.\n   hMailServer sent: RCPT TO:<bob@dest.example>\n   Remote server replied: 550 5.1.1 User unknown\n\nhMailServer\n",
        "user-unknown",
    ),
    (
        "groupwise",
        "Mailer-Daemon@gw.example",
        "Message status - undeliverable",
        "The message that you sent was undeliverable to the following:\n\tbob (No such recipient)\n\nPossibly truncated original message follows:\n\n"
        + ORIGINAL,
        "user-unknown",
    ),
    (
        "groupwise2",
        "<Mailer-Daemon@gw.example>",
        "Message status - undeliverable",
        "The message that you sent was undeliverable to the following:\n\n\tbob@dest.example (mailbox is full)\n\nPossibly truncated original message follows:\n\n"
        + ORIGINAL,
        "mailbox-full",
    ),
    (
        "barracuda",
        '"Barracuda Spam Firewall" <postmaster@b.example>',
        "**Message you sent blocked by our bulk email filter**",
        "Your message to: bob@dest.example\nwas blocked by our Spam Firewall. The email you sent with the following subject has NOT BEEN DELIVERED:\n\nSubject: Hello\n",
        "spam",
    ),
    (
        "mailenable",
        '"POSTMASTER" <postmaster@me.example>',
        "Message Delivery Failure",
        "MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:bob@dest.example]\n\tReason:    Remote SMTP Server Returned: 550 No such user here\n\n\nMessage headers follow:\n\n"
        + ORIGINAL,
        "user-unknown",
    ),
    (
        "smartermail",
        '"System Administrator" <>',
        "Delivery Failure",
        "Could not deliver message to the following recipient(s):\n\nFailed Recipient: bob@dest.example\nReason: Remote host said: 550 5.1.1 The email account that you tried to reach does not exist.\n\n   -- The header and top 20 lines of the message follows --\n\n"
        + ORIGINAL,
        "user-unknown",
    ),
    (
        "kerio",
        "Kerio Connect <postmaster@k.example>",
        "Mail delivery failed",
        "Your message has encountered delivery problems to the following recipient(s):\n\nbob@dest.example\nDelivery failed\n550 5.1.1 <bob@dest.example>: no such user\n",
        "user-unknown",
    ),
    (
        "icewarp",
        "Mail Delivery Subsystem <MAILER-DAEMON@ice.example>",
        "Failed mail: Hello",
        "-------- Session error --------\n\nThe server could not deliver the message to:\n<bob@dest.example>\n\nReason: 550 User over quota\n\n-------- Returned message --------\n"
        + ORIGINAL,
        "mailbox-full",
    ),
    (
        "qq",
        "PostMaster@qq.example",
        "=?utf-8?B?57O757uf6YCA5L+h?=",
        "很抱歉您发送的邮件被退回，以下是该邮件的相关信息：\n\n被退回邮件\n主题：hi\n时间：2026-06-01 10:00\n\n无法发送到\nbob@dest.example\n\n退信原因\n收件人邮件地址不存在。\nhost mx.dest.example[192.0.2.1] said: 550 User not found: bob@dest.example\n",
        "user-unknown",
    ),
    (
        "163",
        "Postmaster@163.example",
        "=?utf-8?B?57O757uf6YCA5L+h?=",
        "抱歉，您的邮件被退回来了……\n\n原邮件信息：\n时 间：2026-06-01\n主 题：hi\n收件人：bob@dest.example\n\n退信原因：\n对方邮箱已满 (552 Quota exceeded)\n",
        "mailbox-full",
    ),
    (
        "naver",
        "MAILER-DAEMON@naver.example",
        "메일 전송 실패 안내",
        "보내신 메일이 전송되지 못했습니다.\n\n받는사람 : bob@dest.example\n실패사유 : 존재하지 않는 사용자입니다.\n",
        "user-unknown",
    ),
    (
        "o365-de",
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@t.onmicrosoft.com>",
        "Unzustellbar: Hallo",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\nbob@dest.example<mailto:bob@dest.example>\nDie eingegebene E-Mail-Adresse konnte nicht gefunden werden.\n\nDiagnoseinformationen für Administratoren:\nGenerierender Server: X.prod.outlook.com\nbob@dest.example\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found'\n\nUrsprüngliche Nachrichtenkopfzeilen:\n"
        + ORIGINAL,
        "user-unknown",
    ),
    (
        "fr",
        "Postmaster <postmaster@fai.example>",
        "Échec de la remise : Bonjour",
        "Votre message n'a pas pu être remis aux destinataires suivants :\n\nbob@dest.example\n\nLa boîte aux lettres du destinataire est pleine.\n",
        "mailbox-full",
    ),
    (
        "es",
        "Mail Delivery System <MAILER-DAEMON@es.example>",
        "Correo devuelto",
        "No se ha podido entregar su mensaje a: bob@dest.example\nMotivo: el usuario no existe\n",
        "user-unknown",
    ),
    (
        "pt",
        "MAILER-DAEMON@uol.example",
        "Mensagem devolvida",
        "Sua mensagem não pôde ser entregue ao destinatário bob@dest.example.\nMotivo: caixa postal cheia\n",
        "mailbox-full",
    ),
    (
        "it",
        "postmaster@libero.example",
        "Mancata consegna",
        "Il messaggio non è stato recapitato a <bob@dest.example>: casella di posta piena\n",
        "mailbox-full",
    ),
    (
        "nl",
        "Postmaster <postmaster@nl.example>",
        "Onbestelbaar: Hallo",
        "Uw bericht kon niet worden bezorgd bij bob@dest.example.\nReden: mailbox vol\n",
        "mailbox-full",
    ),
    (
        "pl",
        "MAILER-DAEMON@wp.example",
        "Niedostarczona wiadomość",
        "Nie można dostarczyć wiadomości do adresata: bob@dest.example\nPowód: skrzynka pełna\n",
        "mailbox-full",
    ),
    (
        "tr",
        "postmaster@tr.example",
        "Teslim Edilemedi: Merhaba",
        "İletiniz şu alıcıya teslim edilemedi: bob@dest.example\nNeden: kullanıcı bulunamadı\n",
        "user-unknown",
    ),
    (
        "sv",
        "postmaster@se.example",
        "Kan inte levereras: Hej",
        "Ditt meddelande kunde inte levereras till bob@dest.example.\nMottagaren finns inte.\n",
        "user-unknown",
    ),
    (
        "docomo",
        '"MAILER-DAEMON" <MAILER-DAEMON@docomo.example>',
        "Mail System Error - Returned Mail",
        "This Message was undeliverable due to the following reason:\n\nEach of the following recipients was rejected by a remote mail server.\nThe reasons given by the server are included to help you determine why\neach recipient was rejected.\n\n    Recipient: <bob@dest.example>\n    Reason:    5.7.1 Unable to relay for bob@dest.example\n\n\nPlease reply to <postmaster@docomo.example>\nif you feel this message to be in error.\n",
        "relay-denied",
    ),
    (
        "x400",
        "postmaster@ccmail.example",
        "Undeliverable message",
        "cc:Mail could not deliver your message to:\nbob@dest.example\nReason: recipient not in directory\n",
        "user-unknown",
    ),
    (
        "communigate",
        "MAILER-DAEMON@cgp.example",
        "Undeliverable mail: Hello",
        "Failed to deliver to 'bob@dest.example'\nSMTP module(domain dest.example) reports:\n host mx.dest.example says:\n 550 5.1.1 unknown user\n",
        "user-unknown",
    ),
    (
        "scalix",
        "Mail System <MAILER-DAEMON@scalix.example>",
        "DELIVERY FAILURE: User bob (bob@dest.example) not listed in Domino Directory",
        "Your message\n\n  Subject: Hello\n\nwas not delivered to:\n\n  bob@dest.example\n\nbecause:\n\n  User bob (bob@dest.example) not listed in Domino Directory\n",
        "user-unknown",
    ),
    (
        "nullmailer",
        "nullmailer <>",
        "nullmailer bounce",
        "Hi. This is the nullmailer program at h.example.\nI wasn't able to deliver your message to any recipients.\n\n<bob@dest.example>\nFailed: 550 no such user\n\n"
        + ORIGINAL,
        "user-unknown",
    ),
]

PEOPLE = [
    (
        "Ann <ann@x.example>",
        "Undelivered parcel",
        "Hello, my parcel was not delivered to bob@dest.example, could you check?\n",
        False,
    ),
    (
        "Shop <noreply@shop.example>",
        "Delivery failed: your parcel 123",
        "Hello bob, delivery of your parcel failed. Contact help@shop.example.\n",
        False,
    ),
    ("noreply@news.example", "Your weekly report", "All went well, unable to deliver nothing\n", False),
    (
        "no-reply@bank.example",
        "Returned payment notification",
        "Your payment was returned. Contact support@bank.example. It could not be delivered.\n",
        False,
    ),
    (
        "Postmaster <postmaster@corp.example>",
        "Mail system maintenance",
        "Mail delivery will be delayed on Sunday. Questions: helpdesk@corp.example\n",
        False,
    ),
    (
        '"Google" <no-reply@accounts.example>',
        "Security alert",
        "New sign-in on your account user@mail.example. Delivery status unknown\n",
        False,
    ),
    (
        "Amazon <no-reply@amazon.example>",
        "Your delivery status: delayed",
        "Your package will be delayed. order@amazon.example",
        True,
    ),
]


def mail(sender: str, subject: str, text: str, extra: str = "") -> bytes:
    head = (
        f"{extra}From: {sender}\nTo: ann@sender.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n"
    )
    return f"{head}\n{text}".encode()


@pytest.mark.parametrize(("name", "sender", "subject", "text", "reason"), SYSTEMS, ids=[row[0] for row in SYSTEMS])
def test_a_mail_system_in_its_own_words(name: str, sender: str, subject: str, text: str, reason: str) -> None:
    note = read(mail(sender, subject, text))
    assert note.kind is Kind.NDN
    (report,) = note.recipients
    assert report.final_recipient == "bob@dest.example"
    assert report.reason == reason
    assert note.original_message_id == ("<o@s>" if ORIGINAL in text else None)


@pytest.mark.parametrize(("sender", "subject", "text", "null"), PEOPLE)
def test_people_and_shops_are_no_mail_system(sender: str, subject: str, text: str, null: bool) -> None:
    assert read(mail(sender, subject, text, "Return-Path: <>\n" if null else "")).kind is Kind.OTHER


def test_lines_of_html_end_where_tags_say_so() -> None:
    text = "<html><body>Undeliverable:<br>\n&lt;bob@dest.example&gt;: host mx said:\n550 5.1.1 No\nsuch user<br>\n</body></html>"
    raw = (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@dest.example\nSubject: failure notice\nContent-Type: text/html\n\n{text}"
    )
    (report,) = read(raw.encode()).recipients
    assert report.diagnostic_code == "host mx said: 550 5.1.1 No such user"


def test_an_original_whose_header_has_no_blank_behind_the_colon() -> None:
    text = "A message that you sent could not be delivered.\n\nbob@dest.example, ERROR CODE :550 - User unknown\n\n"
    raw = f"Return-Path: <>\nFrom: mailer-daemon@z.example\nSubject: Undelivered Mail\n\n{text}Received:from a.example by b\nMessage-ID: <o@s>\n"
    assert read(raw.encode()).original_message_id == "<o@s>"


def test_the_pipe_of_an_alias_is_nobodys_address() -> None:
    raw = (
        "Return-Path: <>\nFrom: Mailer-Daemon@exim.example\nX-Failed-Recipients: |/usr/bin/auto\nSubject: Mail delivery failed\n\n"
        "A message that you sent could not be delivered to one or more of its\nrecipients. The following address(es) failed:\n\n"
        "  pipe to |/usr/bin/auto\n    generated by bob@dest.example\n    local delivery failed\n"
    )
    assert [report.final_recipient for report in read(raw.encode()).recipients] == ["bob@dest.example"]


def test_a_gateway_that_writes_from_nobody_says_so_in_words_of_its_own() -> None:
    sender, subject = "Gateway <gw-notify@dest.example>", "Your e-mail was not delivered"
    text = (
        "Hello,\n\nyour e-mail of Monday did not reach\n\nbob@dest.example\n\nbecause there is no such mailbox here.\n"
    )
    note = read(mail(sender, subject, text, "Return-Path: <>\n"))
    assert [one.final_recipient for one in note.recipients] == ["bob@dest.example"]
    assert read(mail(sender, subject, text)).kind is Kind.OTHER


def test_a_sentence_is_enough_where_the_reverse_path_is_null() -> None:
    text = "Message from InterScan\n\nReceived >>> 550 5.1.1 unknown user\n\nUnable to deliver message to <bob@dest.example>.\n"
    for null, kind in (("Return-Path: <>\n", Kind.NDN), ("", Kind.OTHER)):
        assert read(mail("imss@dest.example", "Mail could not be delivered", text, null)).kind is kind


FOOTER = "\n\n--\nThis message is confidential. It was scanned for viruses and spam by MailScanner.\n"


@pytest.mark.parametrize("name", [row[0] for row in SYSTEMS])
def test_a_footer_of_the_company_changes_nothing(name: str) -> None:
    _, sender, subject, text, reason = next(row for row in SYSTEMS if row[0] == name)
    (report,) = read(mail(sender, f"[EXTERNAL] {subject}", text + FOOTER)).recipients
    assert (report.final_recipient, report.reason) == ("bob@dest.example", reason)


@pytest.mark.parametrize("wrapped", ["<pre>{}</pre>", "<body>{}</body>"], ids=["pre", "br"])
def test_qmails_words_in_html(wrapped: str) -> None:
    text = (
        "Hi. This is the qmail-send program at q.example.\n\n<bob@dest.example>:\nno mailbox here by that name\n\n"
        "--- Below this line is a copy of the message.\n\n" + ORIGINAL
    )
    source = html.escape(text) if "pre" in wrapped else html.escape(text).replace("\n", "<br>\n")
    head = "Return-Path: <>\nFrom: MAILER-DAEMON@q.example\nSubject: failure notice\nContent-Type: text/html\n\n"
    note = read((head + wrapped.format(source)).encode())
    assert [report.final_recipient for report in note.recipients] == ["bob@dest.example"]
    assert note.original_message_id == "<o@s>"


def test_words_in_html_are_looked_up_as_people_see_them() -> None:
    text = "<p>Votre message n&#39;a pas pu &ecirc;tre remis &agrave; <b>bob@dest.example</b>&nbsp;: bo&icirc;te pleine.</p>"
    raw = f"From: postmaster@dest.example\nTo: ann@sender.example\nSubject: Votre message\nContent-Type: text/html\n\n{text}"
    note = read(raw.encode())
    assert note.kind is Kind.NDN
    assert [(one.final_recipient, one.reason.value) for one in note.recipients] == [
        ("bob@dest.example", "mailbox-full")
    ]


@pytest.mark.parametrize("about", ["Subject: Your order 12", 'The message "Your order 12" was returned.'])
def test_the_subject_of_the_original_says_nothing(about: str) -> None:
    text = f"Your message could not be delivered to bob@dest.example: mailbox full\n\n{about}\n"
    assert read(mail("postmaster@dest.example", "Undeliverable: Your order 12", text)).kind is Kind.NDN
