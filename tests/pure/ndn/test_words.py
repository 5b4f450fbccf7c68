"""What servers say, in the words of many makes, providers and languages, and what it means."""

# ruff: noqa: E501 — replies stand as they are

from __future__ import annotations

import pytest
from msgspec.structs import astuple

from bsaudit.ndn.languages import LANGUAGES
from bsaudit.ndn.lookup import Words
from bsaudit.ndn.reason import reason_of
from bsaudit.ndn.status import refined_status, reply_code

REPLIES = {
    "expired": [
        "Giving up after 5 days",
        "550 5.4.316 Message expired, connection refused(Socket error code 10061)",
        "550 5.4.300 Message expired -> 451 4.7.500 Server busy",
        "550 5.4.312 Message expired, DNS query failed(ServerFailure)",
        "retry timeout exceeded",
        "message has been in the queue too long",
    ],
    "host-unknown": [
        "The message could not be delivered because the domain name (dest.example) does not appear to be registered",
        "521 5.3.2 This domain does not accept mail",
        "550 5.4.310 DNS domain example.com does not exist [Message=InfoDomainNonexistent]",
        "Host or domain name not found. Name service error for name=example.com type=MX: Host not found",
        "unable to look up host example.com: Name or service not known",
        "all relevant MX records point to non-existent hosts",
        "Domain example.com does not accept mail (nullMX)",
        "550 5.1.2 <x@nowhere.example>... Host unknown (Name server: nowhere.example: host not found)",
        "550 5.4.4 Invalid domain",
        "512 5.1.2 Bad destination system address",
        "550 Domain not found",
    ],
    "mailbox-disabled": [
        "550 account has expired",
        "550 5.2.1 mailbox expired",
        "Esta cuenta está suspendida",
        "550 [SUSPEND] Mailbox currently suspended - Please contact correspondent directly",
        "550 5.1.1 <x@example.com> recipient is in dormant state",
        "550 5.2.1 Boite du destinataire archivee. Archived recipient. OFR_417 [417]",
        "550-5.1.1 The email account that you tried to reach is disabled. Learn more",
        "550 5.2.1 The email account that you tried to reach is disabled",
        "550 5.2.1 Mailbox disabled, not accepting messages",
        "550 User is inactive",
        "550 Account has been suspended",
        "525 5.7.13 Disabled recipient address",
        "550 Mailbox is frozen. See https://feedback.mail.126.com",
        "550 User suspended",
        "550 5.7.1 This account is closed",
        "550 mailbox is inactive",
        "554 30 Sorry, your message to x@yahoo.com cannot be delivered. This mailbox is disabled (554.30).",
        "550 Recipient Rejected: Temporarily inactive",
    ],
    "mailbox-full": [
        "452 メールボックスに空きがありません",
        "550 User's mailbox has no free space",
        "La cuota del buzón ha sido superada",
        "De mailbox is vol",
        "550 5.2.2 LPN105_03 Boite aux lettres pleine",
        "552 Buzon lleno",
        "cannot update mailbox /var/mail/x for user x. error writing message: File too large",
        "552-5.2.2 The email account that you tried to reach is over quota. Please direct the recipient to",
        "452 4.2.2 The email account that you tried to reach is over quota",
        "452-4.2.2 The recipient's inbox is out of storage space. Please direct the recipient to https://support.google.com",
        "550 5.2.2 STOREDRV.Deliver; mailbox full",
        "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
        "552 5.2.2 <x@icloud.com>: user is over quota",
        "552-Requested mail action aborted: exceeded storage allocation Quota exceeded. The recipient mailbox is full",
        "550 Mailbox quota exceeded",
        "552 5.2.2 Over quota",
        "552 Mailbox limit exceeded for this recipient",
        "550 5.2.2 <x@example.com>: Mailbox is full",
        "552 Quota exceeded (mailbox for user is full)",
        "452 4.2.2 <x@example.com>: Recipient address rejected: mailbox over quota",
        "maildir over quota",
        "disk quota exceeded",
        "550 5.2.2 Quota depasse",
        "550 Postfach voll",
        "550 buzón lleno",
        "550 casella piena",
        "550 caixa postal cheia",
        "550 boîte aux lettres pleine",
        "550 ящик переполнен",
        "550 邮箱已满",
        "550 メールボックスが一杯です",
        "550 skrzynka pełna",
        "550 mailbox vol",
    ],
    "network": [
        "450 4.7.5 Server certificate has expired",
        "DNS server failure",
        "451 4.4.1 reply: read error from mx.dest.example.",
        "connect to mx.example.com[1.2.3.4]:25: Connection refused",
        "conversation with mx.example.com[1.2.3.4] timed out while receiving the initial server greeting",
        "lost connection with mx.example.com[1.2.3.4] while sending RCPT TO",
        "delivery temporarily suspended: connect to mx.example.com[1.2.3.4]:25: No route to host",
    ],
    "policy": [
        "550 underscore is not allowed in domain name",
        "535 5.7.8 password expired",
        "550 Your host name looks like an end user machine",
        "501 5.1.0 Emetteur invalide. Invalid Sender. OFR004_405 [405]",
        "550 Suspected bounce attacks. http://service.mail.qq.com/cgi-bin/help?subtype=1",
        "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)",
        "550-5.7.26 This mail is unauthenticated, which poses a security risk to the sender and Gmail users",
        "550 5.7.1 The user or domain that you are sending to (or from) has a policy that prohibited the mail that you sent",
        "552-5.7.0 This message was blocked because its content presents a potential security issue",
        "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required",
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
        "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not accepting messages from sender",
        "550 5.7.606 Access denied, banned sending IP [1.2.3.4]",
        "550 5.7.1 Service unavailable, Client host [1.2.3.4] blocked using Spamhaus",
        "421 4.7.0 [TSS04] Messages from 1.2.3.4 temporarily deferred due to user complaints",
        "554 5.7.9 Message not accepted for policy reasons.  See https://postmaster.yahooinc.com/error-codes",
        "550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com",
        "554-Transaction failed Reject due to policy restrictions. For explanation visit https://postmaster.gmx.net",
        "550 5.7.1 Email rejected per DMARC policy for example.com",
        "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
        "550 SPF check failed",
        "550 5.7.20 No passing DKIM signature found",
        "550 DKIM signature verification failed",
        "550 Sender verify failed",
        "450 4.7.1 Client host rejected: cannot find your reverse hostname, [1.2.3.4]",
        "450 4.2.0 <x@example.com>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch",
        "451 4.7.1 Greylisting in action, please come back later",
        "552 5.7.0 Attachment type .exe not allowed",
        "550 Rejected by header based manually Blocked Senders: block",
        "554 Email rejected due to security policies - https://community.mimecast.com",
        "550 Administrative prohibition - envelope blocked",
        "550 5.7.1 Helo command rejected: Host not found",
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        "553 5.1.8 <x@nowhere>: Sender address rejected: Domain not found",
        "550 5.1.8 Access denied, bad outbound sender",
        "550 5.7.1 Mail from 1.2.3.4 refused by blacklist zen.spamhaus.org",
        "554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using zen.spamhaus.org",
        "550 JunkMail rejected - mail.example.com [1.2.3.4]:25 is in an RBL, see http://",
        "571 Message Refused",
        "550 5.7.1 Unfortunately, messages from [1.2.3.4] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140)",
        "554 IP=1.2.3.4 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)",
        "550 5.7.1 Your IP: 1.2.3.4 : Your domain has a bad reputation",
        "554 Denied [a1b2] (Mode: normal)",
        "550 5.7.1 Policy rejection on the target address",
        "550 permanent failure for one or more recipients (x@example.com:blocked)",
        "554 5.3.2 Rejected by mailbox host",
        "535 5.7.8 authentication failed",
        "554 5.7.1 You are not allowed to connect.",
        "451 4.7.651 The mail server [1.2.3.4] has been temporarily rate limited due to IP reputation.",
    ],
    "protocol": [
        "550 garbled header",
        "502 5.5.2 Error: command not recognized",
        "550 5.6.2 SMTPSEND.BareLinefeedsAreIllegal; message contains bare linefeeds",
        "554 5.6.0 Corrupt message content",
        "550 maximum allowed line length is 998 octets, got 3452",
        "550 5.6.9 UTF-8 header message cannot be transferred",
        "500 Line too long",
        "500 5.5.2 Syntax error, command unrecognized",
        "555 5.5.4 Unsupported option: SMTPUTF8",
        "550 5.6.7 SMTPUTF8 is required, but was not offered",
        "503 5.5.1 Bad sequence of commands",
        "554 5.6.0 Message contains bare LF",
    ],
    "rate": [
        "450 4.7.3 Server busy. Please try again later",
        "550 5.4.6 Unusual sending activity detected. Please try after sometime",
        "421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address",
        "450-4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time",
        "550-5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered",
        "550 5.4.5 Daily user sending limit exceeded",
        "452 4.5.3 Too many recipients",
        "421 4.7.0 Too many connections from your IP",
        "450 4.7.1 Error: too much mail from 1.2.3.4",
        "421 Too many concurrent SMTP connections; please try again later.",
        "550 You've exceeded your sending limit to this domain. (TT999)",
        "550 Message frequency limited",
    ],
    "relay-denied": [
        "553 sorry, that domain isn't allowed to be relayed thru this MTA (#5.7.1)",
        "550 5.7.64 TenantAttribution; Relay Access Denied",
        "550 relay not permitted",
        "554 5.7.1 <x@example.com>: Relay access denied",
        "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    ],
    "spam": [
        "550-5.7.1 Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked",
        "550 5.7.1 Message rejected as spam by Content Filtering.",
        "550 5.7.1 This message scored too many spam points",
        "550 High probability of spam",
        "554 5.7.1 Spam message rejected",
        "554 5.7.1 Gtube pattern",
        "550 5.7.1 Blocked by SpamAssassin",
        "550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&id=20022&no=1000726",
        "554 DT:SPM 163 smtp5,",
        "550 spam message rejected. Please visit http://help.mail.ru/notspam-support",
        "550 Blocked by content filter rule",
        "550 5.7.1 Content rejected",
        "550 5.7.1 URL in message is listed by SURBL",
        "550 5.7.350 Remote server returned message detected as spam -> 554 5.7.1",
        "554 5.7.1 Message blocked due to spam content in the message",
    ],
    "system": [
        "451 4.3.0 Mail server temporarily rejected message",
        "452 4.3.1 Insufficient system storage",
        "mail for example.com loops back to myself",
        "451 Internal resources are temporarily unavailable",
        "can't create user output file",
        "unknown mailer error 1",
        "local delivery failed",
        "Command died with status 75",
        "temporary failure. Command output: lock failed",
    ],
    "too-big": [
        "552 Nachricht zu groß",
        "552 Requested mail action aborted: exceeded message size",
        "552-5.2.3 Your message exceeded Google's message size limits",
        "550 5.3.4 SMTPSEND.OverAdvertisedSize; message size exceeds fixed maximum size",
        "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient",
        "552 5.3.4 Message size exceeds fixed limit",
        "552 Message too large",
        "552 5.3.4 Error: message file too big",
        "550 Message size exceeds maximum value permitted",
    ],
    "user-unknown": [
        "550 no such user, contact the shop",
        "550 youtube user unknown",
        "Diese E-Mail-Adresse gibt es nicht",
        "550 5.1.2 Mailbox does not exist.",
        "550 такого користувача не існує",
        "550 Korisnik ne postoji",
        "553 5.3.0 <x@example.com>... Addressee unknown, relay=[192.0.2.1]",
        "Benutzer x (x@dest.example) ist nicht im Domino-Verzeichnis aufgeführt",
        "550 Usuario nao existe",
        "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address",
        "550 5.5.0 Requested action not taken: mailbox unavailable",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found",
        "550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found",
        "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
        "554 delivery error: dd This user doesn't have a yahoo.com account (x@yahoo.com) [0]",
        "554 delivery error: dd Not a valid recipient",
        "552 1 Requested mail action aborted, mailbox not found",
        "550 5.1.1 <x@icloud.com>: user does not exist",
        "550 5.1.1 User Unknown (in reply to RCPT TO command)",
        "550 Requested action not taken: mailbox unavailable For explanation visit http://postmaster.gmx.com",
        "550 non-local recipient verification failed",
        "550 Rule imposed mailbox access for x@example.com refused: user invalid",
        "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550",
        "550 5.1.1 <x@example.com>... User unknown",
        "550 5.1.1 unknown user",
        "550 unknown local-part",
        "550 No Such User Here",
        "550 no mailbox here by that name",
        "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)",
        "550 Address does not exist",
        "550 account not found",
        "550 mailbox not found",
        "550 Mailbox does not exist",
        "551 User not local; please try <forward-path>",
        "550 5.1.6 The recipient's mailbox has moved",
        "501 5.1.3 Bad recipient address syntax",
        "553 5.1.3 Invalid address syntax",
        "550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help",
        "550 User not found: x@163.com",
        "550 Message was not accepted -- invalid mailbox.  Local mailbox x@mail.ru is unavailable: user not found",
        "550 Email does not exist",
        "550 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
        "550 Benutzer unbekannt",
        "550 Empfänger existiert nicht",
        "550 El usuario no existe",
        "550 utente sconosciuto",
        "550 usuário não existe",
        "550 utilisateur inconnu",
        "550 пользователь не найден",
        "550 用户不存在",
        "550 宛先不明",
        "550 사용자를 찾을 수 없습니다",
        "550 nieznany użytkownik",
        "550 gebruiker onbekend",
        "550 ukjent bruker",
        "550 okänd användare",
        "550 ukendt bruger",
        "550 tuntematon käyttäjä",
        "550 kullanıcı bulunamadı",
        "550 uživatel neexistuje",
        "550 felhasználó nem létezik",
        "LMTP error after RCPT TO: 550 5.1.1 User doesn't exist: x@example.com",
        "550 permanent failure for one or more recipients (x@example.com:550 5.1.1 User unknown)",
        "550 5.1.1 Recipient rejected: Undeliverable address: host mx[1.2.3.4] said: 550 no such user",
        "550 5.1.0 Address rejected",
        "550 5.1.0 <x@example.com> recipient rejected",
    ],
    "virus": [
        "550 5.7.1 rejected due to ClamAV Win.Test.EICAR_HDB-1",
        "550 Message was rejected by the scanner: contains virus Eicar-Test-Signature",
        "554 5.7.1 virus Win.Test.EICAR_HDB-1 detected by ClamAV - http://www.clamav.net",
        "550 5.7.1 Message contains a virus or other harmful content",
        "550 This message contains malware",
    ],
}


@pytest.mark.parametrize(
    ("reason", "said"), [(reason, said) for reason, replies in REPLIES.items() for said in replies]
)
def test_what_a_reply_means(reason: str, said: str) -> None:
    assert reason_of(said, "", refined_status(None, said, ""), reply_code(said)).value == reason


# The IANA registry of enhanced status codes: RFC 3463, 4468, 4954, 6531, 6710, 7293, 7372, 7505, 8689
CODES = {
    "user-unknown": ["1.0", "1.1", "1.4", "1.6", "7.17", "7.18"],
    "host-unknown": ["1.2", "1.10", "4.4"],
    "mailbox-disabled": ["2.0", "2.1", "7.13"],
    "mailbox-full": ["2.2"],
    "too-big": ["2.3", "3.4", "7.16"],
    "system": ["2.4", "3.0", "3.1", "3.2", "3.3", "3.5", "3.6", "4.3", "7.19"],
    "network": ["4.0", "4.2", "4.6", "7.4", "7.5", "7.10", "7.30"],
    "expired": ["4.1", "4.7"],
    "rate": ["4.5", "5.3", "7.28"],
    "protocol": ["5.1", "5.2", "5.4", "5.5", "5.6", *(f"6.{detail}" for detail in range(1, 11))],
    "policy": [
        "1.7",
        "1.8",
        "1.9",
        "7.0",
        "7.1",
        "7.2",
        "7.8",
        "7.9",
        *(f"7.{detail}" for detail in range(20, 28)),
        "7.29",
    ],
}


@pytest.mark.parametrize(("reason", "code"), [(reason, code) for reason, codes in CODES.items() for code in codes])
def test_what_a_code_alone_means(reason: str, code: str) -> None:
    assert reason_of("", "", f"5.{code}", None).value == reason


def test_a_recipient_who_was_not_reached_says_nothing_of_the_network() -> None:
    said = "The following recipient(s) could not be reached:"
    assert reason_of(said, "", None, None) == "unknown"


def test_a_code_behind_time_ran_out_tells_over_what() -> None:
    said = "554 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.2 Connection timed out>"
    assert refined_status("4.4.7", said, "") == "4.4.2"
    assert refined_status("4.4.7", "554 4.4.7 Message expired", "") == "4.4.7"
    assert reason_of(said, "", "4.4.2", 554).value == "expired"


@pytest.mark.parametrize(
    ("word", "text"),
    [("zu groß", "nachricht zu gross"), ("boîte pleine", "boite pleine"), ("zurückgehalten", "zurueckgehalten")],
)
def test_systems_without_letters_of_their_language_are_understood(word: str, text: str) -> None:
    assert Words((word,)).found_in(text)
    assert Words((word,)).found_in(word.casefold())


def test_tables_have_the_apostrophe_that_texts_are_folded_to() -> None:
    words = [word for language in LANGUAGES for row in astuple(language) for word in row]
    assert words
    assert not [word for word in words if "’" in word]


@pytest.mark.parametrize(
    "said",
    [
        "550 spamfilter.dest.example: No such user",
        "550 mx-virus1.dest.example says unknown recipient",
        "550 Mailbox not found. See https://www.dest.example/spam-policy/blocked.html",
    ],
)
def test_the_name_of_a_host_says_less_than_words(said: str) -> None:
    assert reason_of(said, "", None, 550).value == "user-unknown"


def test_the_name_of_a_host_says_more_than_nothing() -> None:
    assert reason_of("554 see https://www.spamhaus.org/query/ip/192.0.2.1", "", None, 554).value == "policy"


def test_the_name_of_a_scanner_says_nothing() -> None:
    said = "550 No such user __________ checked by NOD32 antivirus system"
    assert reason_of(said, "", None, 550).value == "user-unknown"
    assert reason_of("554 Rejected by antivirus", "", None, 554).value == "virus"


def test_a_server_that_knows_no_such_user_at_rcpt_says_so_whatever_its_code() -> None:
    said = "550 5.7.1 No such user!"
    assert reason_of(said, "in reply to RCPT TO", "5.7.1", 550).value == "user-unknown"


@pytest.mark.parametrize(
    "name", ["kxptrdsum", "spfeiffer", "rblue", "csi.miami", "virusina", "dkimball", "spam.o.matic"]
)
def test_the_letters_of_an_address_say_nothing(name: str) -> None:
    context = f"An error has occurred:\n\n{name}@{name}.example: 550 Unrouteable address\n"
    for said in ("", f"550 <{name}@{name}.example>: Unrouteable address"):
        assert reason_of(said, context, refined_status(None, said, context), 550).value == "user-unknown"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("550 5.1.1 User unknown", 550),
        ("host mx.example said: 450 4.2.0 Greylisted", 450),
        ("250 2.0.0 Ok", 250),
        ("571 5.7.1 Message refused", 571),
        ("591 your host is not welcome", 591),
        ("the message has 571 lines", None),
        ("no code at all", None),
    ],
)
def test_the_reply_code(said: str, code: int | None) -> None:
    assert reply_code(said) == code
