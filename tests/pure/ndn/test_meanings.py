"""What replies mean, by the tables: an example a row, and the ways of the world in which each reason is said."""

from __future__ import annotations

import pytest

from bsaudit.model.notification import Reason
from bsaudit.ndn.codes import PUBLISHED
from bsaudit.ndn.concepts import CONCEPTS, UNSPACED
from bsaudit.ndn.meanings import MEANINGS, NORMAL, Meaning
from bsaudit.ndn.reason import TABLES, reason_of
from bsaudit.ndn.status import refined_status, reply_code
from bsaudit.ndn.understanding import Understanding
from bsaudit.ndn.vocabulary import MAX_KEPT, Vocabulary

# One text a row of MEANINGS: what is added there has its example here.
EXAMPLES = {
    "no-dns-entries": "Domain example.com does not accept mail (nullMX)",
    "quota-of-sending": "550 5.4.5 Daily user sending limit exceeded",
    "relay-quota": "554 nyaan CAT your daily relay quota",
    "box-full": "452 メールボックスに空きがありません",
    "box-over-limit": "452 4.2.2 Mailbox size limit exceeded",
    "domain-full": "The domain size limit has been exceeded",
    "too-many-errors": "421 4.7.0 Too many errors on this connection",
    "spam-or-virus": "550 message has been rejected due to spam or virus classification",
    "virus": "550 5.7.1 rejected due to ClamAV Win.Test.EICAR_HDB-1",
    "relay-refused": "553 sorry, that domain isn't allowed to be relayed thru this MTA (#5.7.1)",
    "program-failed": "Command died with status 75",
    "loops-back": "mail for example.com loops back to myself",
    "loop": "554 MailLoop",
    "account-expired": "550 account has expired",
    "greylisted": "451 4.7.1 Greylisting in action, please come back later",
    "several-headers": "550 5.7.1 There are multiple Subject headers",
    "quota": "552 Mailbox limit exeeded for this email address",
    "bad-link": "550 5.7.1 URL in message is listed by SURBL",
    "personal-list": "550 5.7.1 Your message was refused by the recipient's personal block list",
    "listed": "550 5.7.606 Access denied, banned sending IP [1.2.3.4]",
    "spam-detected": "550 5.7.1 Message rejected as spam by Content Filtering.",
    "sent-too-much": "421 Too many concurrent SMTP connections; please try again later.",
    "too-many-kept": "550 User has too many messages on the server",
    "too-many-attempts": "Too many unsuccessful delivery attempts",
    "too-many-connections": "452 4.5.3 Too many recipients",
    "preferences": "550 5.7.1 Recipient has blocked you",
    "no-authentication": "550 5.7.1 Email rejected per DMARC policy for example.com",
    "reverse-name": "550 Your host name looks like an end user machine",
    "reputation": "550 Suspected bounce attacks. http://service.mail.qq.com/cgi-bin/help?subtype=1",
    "will-not-talk": "host mx.dest.example[192.0.2.1] refused to talk to me: 421 Service not available",
    "open-relay": "550 192.0.2.55 is an open relay",
    "log-in-first": "535 5.7.8 password expired",
    "null-sender": "550 5.7.1 Null sender is not accepted",
    "recipient-does-not-want": "550 The recipient does not accept mail from you",
    "sender-refused": "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)",
    "members-only": "550 only members may post to this list",
    "message-expired": "550 5.4.316 Message expired, connection refused(Socket error code 10061)",
    "certificate-expired": "450 4.7.5 Server certificate has expired",
    "unrouted-domain": 'unrouteable mail domain "dest.example"',
    "unrouted-address": "550 Unrouteable address",
    "dns-down": "DNS server failure",
    "dns": "550 5.4.310 DNS domain example.com does not exist [Message=InfoDomainNonexistent]",
    "bad-system-address": "512 5.1.2 Bad destination system address",
    "no-such-domain": "550 5.1.2 <x@nowhere.example>... Host unknown (Name server: nowhere.example: host not found)",
    "no-mail-server": "The domain example.org doesn't have a mail server",
    "takes-no-mail": "521 5.3.2 This domain does not accept mail",
    "domain-out-of-reach": "554 The mail could not be delivered because the domain is not reachable",
    "malformed": "550 garbled header",
    "too-big": "552 Nachricht zu groß",
    "size-limit": "550 Maximum size is limited",
    "no-active-address": "550 bob is not an active address at this host",
    "disabled": "Esta cuenta está suspendida",
    "state-disabled": "550 5.2.1 Deactivated",
    "spam": "554 We can't accept this message because it is spam",
    "busy-user": "450 4.2.1 This user is receiving mail too quickly",
    "internal": "451 Internal resources are temporarily unavailable",
    "unknown-user": "550 no such user, contact the shop",
    "bad-address": "550 Rule imposed mailbox access for x@example.com refused: user invalid",
    "box-unavailable": "550 5.5.0 Requested action not taken: mailbox unavailable",
    "relay": "553 you are trying to use me as a relay",
    "unknown": "Diese E-Mail-Adresse gibt es nicht",
    "gave-up": "Giving up after 5 days",
    "not-in-time": "unable to deliver this message after 4 days",
    "rate": "550 5.4.6 Unusual sending activity detected. Please try after sometime",
    "no-room": "552 not enough space",
    "limit-exceeded": "450 The limit was exceeded",
    "content-refused": "550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&id=20022&no=1000726",
    "attachment-refused": "552 5.7.0 Attachment type .exe not allowed",
    "header-missing": "550 5.6.9 UTF-8 header message cannot be transferred",
    "bad-header": "550 5.6.0 Improper header",
    "bad-command": "502 5.5.2 Error: command not recognized",
    "verification": "550 non-local recipient verification failed",
    "no-answer": "The remote server did not respond",
    "broken-off": "conversation with mx.dest.example[192.0.2.1] timed out while receiving the greeting",
    "timed-out": "Connection timed out",
    "port-closed": "connect to mx.example.com[1.2.3.4]:25: Connection refused",
    "unreachable": "451 4.4.1 reply: read error from mx.dest.example.",
    "tls": "454 TLS not available due to temporary reason",
    "unsupported": "555 5.5.4 Unsupported option: SMTPUTF8",
    "system-full": "452 4.3.1 Insufficient system storage",
    "policy": "552-5.7.0 This message was blocked because its content presents a potential security issue",
    "check-the-address": "Please check if the address is correct",
    "server-busy": "450 4.7.3 Server busy. Please try again later",
    "system-for-now": "451 4.3.0 Mail server temporarily rejected message",
    "not-allowed": "550 underscore is not allowed in domain name",
    "recipient-refused": "550 5.1.0 Address rejected",
    "too-much": "450 Too many of those",
    "refused": "571 Message Refused",
    "ip": "554 IP=192.0.2.1 - a matter for your postmaster",
    "tls-said": "554 about STARTTLS",
    "protocol": "554 5.6.0 Message contains NUL characters",
    "busy": "450 busy",
    "net": "450 network problem",
    "system": "unknown mailer error 1",
    "temporary": "451 Temporarily unable to process your email",
}
REPLIES = {
    "user-unknown": [
        "552 1 Requested mail action aborted, mailbox not found",
        "550 Requested action not taken: mailbox unavailable",
        "550 No such recipient here",
        "550 I cannot deliver mail for x@example.org",
        "553 5.1.1 address unknown",
        "550 That recipient is not allowed",
        "550 Address invalid",
        "550 Address rejected",
        "550 No such ID",
        "553 sorry, mailbox name not allowed",
        "550 recipient unrecognized",
        "554 undeliverable address",
        "550 not a valid user",
        "550 Not our Customer",
        "Der Empfänger ist unbekannt",
        "Die Mailbox existiert nicht",
        "El buzón no existe",
        "La dirección de correo no existe",
        "L'adresse n'existe pas",
        "Boîte inexistante",
        "Utente inesistente",
        "La casella non esiste",
        "O destinatário não existe",
        "Skrzynka nie istnieje",
        "Użytkownik nieznany",
        "Ящик не существует",
        "Пользователь не существует",
        "Mottagaren finns inte",
        "Modtageren findes ikke",
        "De ontvanger bestaat niet",
        "Postbus onbekend",
        "A címzett ismeretlen",
        "Schránka neexistuje",
        "メールアドレスが存在しません",
        "邮箱不存在",
        "사용자가 존재하지 않습니다",
    ],
    "mailbox-disabled": [
        "550 Account is not active",
        "550 User account not activated",
        "550 Account Closed, Please Remove",
        "505 this account is suspended",
        "550 DisabledUser",
        "Das Konto ist gesperrt",
        "La cuenta está desactivada",
        "Le compte est désactivé",
        "L'account è disattivato",
        "A conta está suspensa",
        "Konto zablokowane",
        "Аккаунт заблокирован",
    ],
    "mailbox-full": [
        "452 4.2.2 The recipient's inbox is out of storage space",
        "552 Mailbox limit exeeded for this email address",
        "552 user's mailbox quota exceeded",
        "550 Mailbox is full / Blocks limit exceeded / Inode limit exceeded",
        "552 extended quota violation",
        "550 account is overquota",
        "Das Postfach ist voll",
        "Speicherplatz des Postfachs überschritten",
        "El buzón está lleno",
        "La boîte est pleine",
        "Quota dépassé",
        "La casella è piena",
        "A caixa de correio está cheia",
        "Skrzynka jest przepełniona",
        "Ящик переполнен",
        "Brevlådan är full",
        "Postkassen er fuld",
        "De mailbox is vol",
        "A postafiók megtelt",
        "Schránka je plná",
        "メールボックスの容量が一杯です",
        "邮箱空间已满",
        "사서함이 가득 찼습니다",
    ],
    "relay-denied": [
        "550 isn't allowed to relay",
    ],
    "network": [
        "554 MailLoop",
        "451 4.4.1 connection reset by peer",
        "421 4.4.2 connection dropped due to socket error",
        "connect to mx.example.org[192.0.2.1]:25: Network is unreachable",
        "454 TLS not available due to temporary reason",
        "TLS is required, but was not offered by host mx.example.org[192.0.2.1]",
        "421 4.7.0 TLS required",
        "403 4.7.0 TLS handshake failed",
        "host mx said: 530 5.7.0 Must issue a STARTTLS command first",
        "unreachable for too long",
    ],
    "system": [
        "451 Temporarily unable to process your email",
        "554 Error: transaction failed, Cannot accept your message due to internal error",
        "452 4.3.1 Insufficient system resources",
        "451 4.3.0 Temporary server error. Please try again later",
        "550 5.3.5 Local configuration error",
        "451 Requested action aborted: local error in processing",
        "can't open mailbox for bob",
        "local mailer returned exit status 2",
        'Command died with signal 9: "/usr/bin/procmail"',
        "451 4.3.5 Server configuration problem",
        "452 4.3.1 Out of memory",
    ],
    "protocol": [
        "503 Bad sequence of commands",
        "501 Syntax error in parameters or arguments",
        "500 5.5.1 Command unrecognized",
        "550 5.6.0 Message must have a Date header",
        "550 5.7.1 Messages missing a valid Message-ID header are not accepted",
        "550 RFC5322 violation",
    ],
    "policy": [
        "530 Authentication required",
        "501 5.0.2 Mail rejected. DMARC check failed.",
        "550 Please turn on SMTP Authentication in your mail client",
        "553 Sender Domain Resolve Fail",
        "550 sorry, your envelope sender domain must exist",
        "553 Domain of sender address x@example.com does not exist",
        "550 Sender example.com has no A, AAAA, or MX DNS records",
        "554 Email not accepted for policy reasons",
        "550 Rejected - Content Policy",
        "552 sender rejected AUP",
        "452 restricted by policy error",
        "550 5.0.1 Invalid Sender. Your domain has been blacklisted",
        "550 The sending IP 192.0.2.1 is listed on Spamhaus. Please resolve this and retry",
        "550 Blocked by ivmSIP",
        "550 Email blocked by cbl.abuseat.org",
        "554 Blocklisting in effect",
        "450 4.7.1 Greylisted for 5 minutes",
        "450 4.2.0 <x@example.org>: Recipient address rejected: Greylisted",
        "451 Please try again in 300 seconds (greylisting)",
        "550 5.7.1 Your IP address has been blocked",
        "554 5.7.1 Client host rejected: Access denied",
        "550 5.7.1 You are not authorized to send to this recipient",
        "550 5.7.1 Message rejected by administrator",
        "553 5.7.1 Sender address rejected: not owned by user",
        "550 only members may post to this list",
        "550 5.7.1 This attachment type is not allowed",
        "550 5.7.1 Dynamic IP addresses are not allowed to send mail",
        "550 Verification failed for <x@example.com>. Unrouteable sender",
        "550 sender verify failed",
        "550 5.7.1 Message failed SPF check",
        "550 5.7.1 No reverse DNS for your IP",
        "521 5.2.1 Mail from this IP is not accepted",
        "The message cannot be accepted",
        "Mail from your domain is not wanted here",
    ],
    "spam": [
        "550 REJECT spam",
        "550 Message rejected as spam",
        "554 We can't accept this message because it is spam",
        "553 Blocked Using Spam Pattern, Your Message May Contain The Spam Contents",
        "550 A URL in this email is listed on SURBL. Please resolve and retry",
        "550 REJECTED - spamtext",
        "550 Mail content denied",
        "550 message has been rejected due to spam or virus classification",
        "554 Message contains Spam Content",
        "550 5.7.1 message content rejected due to spam",
    ],
    "expired": [
        "Delivery expired",
        "4.4.7 message expired after sitting in queue for 3 days",
        "message could not be delivered for more than 5 days",
        "unable to deliver this message after 4 days",
        "Delivery time expired",
    ],
    "host-unknown": [
        "unable to find DNS records for example.org",
        "550 5.1.2 Host unknown",
        "554 5.4.4 Unable to route: no mail hosts for domain",
        "Name server: host not found",
        "The domain example.org doesn't have a mail server",
        "No MX record found",
        "Domain example.org could not be found",
        "Host or domain name not found. Name service error for name=example.org type=AAAA: Host not found",
        "all relevant MX records point to non-existent hosts",
        "550 domain example.org has no valid mail exchangers",
    ],
    "too-big": [
        "552 5.3.4 Message size exceeds fixed maximum message size (10485760)",
        "552 message exceeds maximum message size",
        "552 5.2.3 Message exceeds local size limit",
        "552 your message is too large to deliver",
        "550 5.3.4 Message size exceeded the limit of the recipient's server",
        "552 Mensaje demasiado grande",
        "552 Message trop volumineux",
        "552 Nachricht zu groß",
    ],
    "rate": [
        "452 4.2.1 The user you are trying to contact has received too many messages",
        "421 Too many messages in this session",
        "450 4.7.1 You have exceeded your hourly limit",
        "421 4.7.0 try again later, rate limited",
        "550 5.7.1 Daily message quota exceeded",
        "452 Too many recipients received this hour",
        "421 4.3.2 Connection rate limit exceeded",
        "450 4.7.1 <x>: Recipient address rejected: Policy Rejection- Quota Exceeded, rate limit",
    ],
    "filtered": [
        "550 5.7.1 Recipient has blocked you",
        "550 Message rejected by recipient's filter",
        "550 The recipient does not accept mail from you",
        "550 5.7.1 Your message was refused by the recipient's personal block list",
    ],
    "virus": [
        "550 5.7.1 Virus found: EICAR",
        "552 5.2.0 message contains malware",
        "554 infected message rejected",
    ],
}


def why(said: str) -> str:
    return reason_of(said, "", refined_status(None, said, ""), reply_code(said)).value


@pytest.mark.parametrize("row", MEANINGS, ids=lambda row: row.id)
def test_each_row_has_its_example(row: Meaning) -> None:
    told = TABLES.of(EXAMPLES[row.id])
    assert (told.sure or told.vague) is row


@pytest.mark.parametrize(
    ("reason", "said"), [(reason, said) for reason, replies in REPLIES.items() for said in replies]
)
def test_what_the_world_says(reason: str, said: str) -> None:
    assert why(said) == reason


def test_every_row_has_an_id_of_its_own() -> None:
    ids = [row.id for row in (*MEANINGS, *NORMAL, *PUBLISHED)]
    assert len(ids) == len(set(ids))


def test_every_concept_is_used() -> None:
    used = {name for row in MEANINGS for name in f"{row.needs} {row.lacks}".replace("|", " ").split()}
    used |= {name for row in NORMAL for name in f"{row.needs} {row.lacks} {row.gives}".replace("|", " ").split()}
    assert set(CONCEPTS) - used == {"advice", "but"}
    assert {name for names in UNSPACED for name in names.split()} <= set(CONCEPTS)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("552 5.3.4 see https://support.google.com/mail/?p=MaxSizeError gsmtp", Reason.TOO_BIG),
        ("550 5.2.1 https://support.google.com/mail/?p=DisabledUser gsmtp", Reason.MAILBOX_DISABLED),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; who knows", Reason.USER_UNKNOWN),
        ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", Reason.USER_UNKNOWN),
        ("550 5.7.1 from part of their network (S3150)", Reason.POLICY),
        ("421 4.7.0 [TSS04] Messages temporarily deferred", Reason.POLICY),
        ("550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]", Reason.SPAM),
        ("550 5.5.0 Le compte du destinataire. LPN007_426", Reason.MAILBOX_DISABLED),
        ("550 5.1.1 has sent to this hour. IB607", Reason.RATE),
        ("554 cox mx.dest.example ESMTP not accepting IPBL0010", Reason.POLICY),
        ("554 ERROR: Mail Refused - AUP#I-1530", Reason.TOO_BIG),
        ("554 DT:SPM 163 smtp5,", Reason.SPAM),
        ("550 5.1.1 RCP-P2 http://postmaster.facebook.com/response_codes?ip=192.0.2.1#rcp", Reason.FILTERED),
    ],
)
def test_what_a_provider_publishes_about_its_codes(said: str, reason: Reason) -> None:
    assert why(said) == reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        # what a clause is about decides, not that a word stands somewhere
        ("550 Sender address rejected: Domain not found", "policy"),
        ("550 <x@dest.example>: Recipient address rejected: Domain not found", "host-unknown"),
        ("550 No such user here", "user-unknown"),
        ("552 The message is too large for the recipient", "too-big"),
        ("552 The mailbox is larger than its limit", "mailbox-full"),
        ("554 The disk is full", "system"),
        ("Too many retries", "expired"),
        ("Too many recipients", "rate"),
        ("Too many hops", "network"),
        # what is denied is its opposite
        ("550 this account is not active", "mailbox-disabled"),
        ("550 the mailbox does not exist", "user-unknown"),
        ("550 this address is not known to us", "user-unknown"),
        # advice says nothing as long as something is said
        ("550 Mailbox full. Please check that the address exists and is not blocked", "mailbox-full"),
        ("550 Please turn on authentication", "policy"),
        # the reply that is quoted comes before the words of who quotes it
        ("host mx.dest.example rejected it: it said: 550 5.1.1 unknown user", "user-unknown"),
        # where it was said
        ("550 The domain (dest.example) does not appear to be registered", "host-unknown"),
    ],
)
def test_clauses(said: str, reason: str) -> None:
    assert why(said) == reason


def test_a_row_can_be_left_out() -> None:
    said = "552 Mailbox full"
    assert Understanding({"box-full"}).of(said).sure is not TABLES.of(said).sure
    assert Understanding({"full:full"}).of(said).sure is None


def test_words_that_are_kept_are_bounded() -> None:
    words = Vocabulary({"not": "not", "but": "but", "dnsbl": "rbl", "ip": "ip", "advice": "please"}, {}, ("@",), ())
    for number in range(MAX_KEPT + 10):
        words.of(f"w{number}")
    assert len(words._kept) <= MAX_KEPT
    assert words.of("not") == words.bits["not"]


def test_a_long_text_is_read_in_linear_time() -> None:
    for hostile in ("not " * 100_000, "(" * 100_000, "a." * 50_000, "@" * 100_000, "no-" * 50_000):
        assert isinstance(reason_of(hostile, hostile, None, None), Reason)
