"""The built-in catch MX, spoken to as MTAs speak to it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.catch import sink as subject
from bsaudit.adapters.catch.common import READ_LIMIT
from bsaudit.adapters.catch.quota import ALIKE, PER_PEER, TOTAL, Quota
from bsaudit.adapters.catch.sink import Accepted, SinkMailbox, SinkServer
from bsaudit.adapters.catch.sink_session import Limits, Taken
from bsaudit.adapters.clock import SystemClock
from bsaudit.errors import CatchError, ConfigError
from bsaudit.model.mail import Arrival, CatchSession, Host
from bsaudit.model.settings import CatchKind, CatchSettings, Tagging

NDN = b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\n\r\nno such user\r\n"
Seen = tuple[list[Arrival], tuple[CatchSession, ...]]


def test_a_bounce_comes_with_everything_that_is_known_of_it() -> None:
    def bounce(client: smtplib.SMTP) -> None:
        client.helo("mx.example")
        assert client.docmd("MAIL FROM:<>")[0] == 250
        assert client.docmd("RCPT TO:<probe+bxyz@catch.example>")[0] == 250
        client.data(NDN)
        client.quit()

    arrivals, sessions = _talk(bounce)
    (arrival,) = arrivals
    assert arrival.raw.endswith(NDN)
    assert arrival.envelope_from == ""
    assert arrival.envelope_to == ("probe+bxyz@catch.example",)
    assert arrival.helo == "mx.example"
    assert arrival.peer is not None
    assert arrival.peer.address == "127.0.0.1"
    header = arrival.raw.removesuffix(NDN).decode()
    assert header.startswith("Return-Path: <>\r\nDelivered-To: probe+bxyz@catch.example\r\nReceived: from mx.example")
    assert "([127.0.0.1])" in header
    assert "by catch.example (bsaudit) with SMTP" in header
    assert "for <probe+bxyz@catch.example>;" in header
    assert sessions[0].data


@pytest.mark.parametrize(
    "conversation",
    [
        pytest.param(["MAIL FROM:<>", "RCPT TO:<probe+b1@catch.example>", "QUIT"], id="QUIT after RCPT"),
        pytest.param(["MAIL FROM:<>", "RCPT TO:<probe+b1@catch.example>", "RSET", "QUIT"], id="RSET after RCPT"),
        pytest.param(["MAIL FROM:<>", "RCPT TO:<probe+b1@catch.example>"], id="the connection simply ends"),
        pytest.param(["MAIL FROM:<postmaster@mx.example>", "RCPT TO:<probe+b1@catch.example>", "QUIT"], id="not null"),
    ],
)
def test_a_callout_is_a_session_without_data(conversation: list[str]) -> None:
    def call_out(client: smtplib.SMTP) -> None:
        client.ehlo("mx.example")
        for command in conversation:
            assert client.docmd(command)[0] in {250, 221}
        client.close()

    arrivals, (session,) = _talk(call_out)
    assert arrivals == []
    assert session.rcpt_to == ("probe+b1@catch.example",)
    assert not session.data
    assert session.helo == "mx.example"
    assert session.peer.address == "127.0.0.1"


def test_one_connection_may_call_out_and_then_deliver() -> None:
    def both(client: smtplib.SMTP) -> None:
        client.ehlo("mx.example")
        client.docmd("MAIL FROM:<>")
        client.docmd("RCPT TO:<probe@catch.example>")
        client.docmd("RSET")
        client.sendmail("", ["probe@catch.example"], NDN)
        client.quit()

    arrivals, sessions = _talk(both)
    assert len(arrivals) == 1
    assert [session.data for session in sessions] == [False, True]


def test_an_address_that_is_refused_makes_no_callout() -> None:
    def ask(client: smtplib.SMTP) -> None:
        client.ehlo("relay.example")
        client.docmd("MAIL FROM:<probe@catch.example>")
        code, text = client.docmd("RCPT TO:<nobody@catch.example>")
        assert (code, text.split()[0]) == (550, b"5.1.1")
        assert client.docmd("DATA")[0] == 503
        client.quit()

    arrivals, (session,) = _talk(ask)
    assert arrivals == []
    assert session.rcpt_to == ()
    assert session.refused_to == ("nobody@catch.example",)


@pytest.mark.parametrize(
    "address", ["probe@elsewhere.example", "root", "<>", "probe%a@catch.example", "probex@catch.example"]
)
def test_nothing_is_relayed(address: str) -> None:
    def ask(client: smtplib.SMTP) -> None:
        client.ehlo("spammer.example")
        client.docmd("MAIL FROM:<a@spammer.example>")
        assert client.docmd(f"RCPT TO:<{address.strip('<>')}>")[0] >= 500
        client.quit()

    _talk(ask)


@pytest.mark.parametrize("address", ["probe@[192.0.2.1]", "probe@[IPv6:2001:db8::1]", "probe@mailhost"])
def test_no_dns_is_needed(address: str) -> None:
    tagged = address.replace("@", "+b1@")

    def bounce(client: smtplib.SMTP) -> None:
        client.sendmail("", [tagged], NDN)
        client.quit()

    arrivals, _ = _talk(bounce, addresses=(address,))
    assert arrivals[0].envelope_to == (tagged,)


@pytest.mark.parametrize("written", ['"probe+b1"@catch.example', '@mx.example,@b.example:"probe+b1"@catch.example'])
def test_quotes_that_an_address_does_not_need_change_nothing(written: str) -> None:
    """RFC 5321 §4.1.2. Who writes them brings a bounce as well as others."""

    def bounce(client: smtplib.SMTP) -> None:
        client.ehlo()
        codes = [client.docmd(command)[0] for command in ("MAIL FROM:<>", f"RCPT TO:<{written}>")]
        assert codes == [250, 250]
        assert client.data(NDN)[0] == 250
        client.quit()

    arrivals, _ = _talk(bounce)
    assert arrivals[0].envelope_to == ("probe+b1@catch.example",)


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("probe@catch.example", True),
        ("PROBE+B1@Catch.Example", True),
        ("probe-b1@catch.example", True),
        ("b1@catch.example", False),
        ("Postmaster@catch.example", True),
        ("postmaster", True),
        ("postmaster@elsewhere.example", False),
        ("probe+b1@sub.catch.example", False),
    ],
)
def test_which_addresses_are_taken(address: str, taken: bool) -> None:
    assert (address in Accepted(("probe@catch.example",))) is taken


def test_a_whole_domain_is_taken_but_for_what_calibration_needs() -> None:
    accepted = Accepted(domains=("catch.example",))
    assert "whatever@catch.example" in accepted
    assert "refused-b1@catch.example" not in accepted
    arrivals, _ = _talk(
        lambda client: client.sendmail("", ["btoken@catch.example"], NDN) and None, tagging=Tagging.CATCHALL
    )
    assert len(arrivals) == 1


def test_utf8_and_8bit_notifications_are_taken() -> None:
    body = "Subject: Unzustellbar für müller@exämple.org\r\n\r\nÄÖÜ\r\n".encode()

    def bounce(client: smtplib.SMTP) -> None:
        client.ehlo("mx.example")
        assert client.docmd("MAIL FROM:<> SMTPUTF8 BODY=8BITMIME SIZE=200")[0] == 250
        assert client.docmd("RCPT TO:<probe@catch.example>")[0] == 250
        client.data(body)
        client.quit()

    arrivals, _ = _talk(bounce)
    assert arrivals[0].raw.endswith(body)
    assert b"with UTF8SMTP" in arrivals[0].raw


def test_parameters_that_were_not_offered_are_no_reason_to_refuse() -> None:
    def bounce(client: smtplib.SMTP) -> None:
        client.ehlo("mx.example")
        assert not client.has_extn("dsn")
        assert client.docmd("MAIL FROM:<> RET=HDRS ENVID=abc")[0] == 250
        assert client.docmd("RCPT TO:<probe@catch.example> NOTIFY=NEVER ORCPT=rfc822;probe@catch.example")[0] == 250
        client.data(NDN)
        client.quit()

    assert len(_talk(bounce)[0]) == 1


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("<MAILER-DAEMON>", "MAILER-DAEMON"),
        ("<@>", "@"),
        (" <>", ""),
        ('<"odd > one"@mx.example>', '"odd > one"@mx.example'),
        ("<a b@mx_1.example>", "a b@mx_1.example"),
        ("<@hub.example:bounce@mx.example> BODY=8BITMIME", "bounce@mx.example"),
        ("postmaster@mx.example", "postmaster@mx.example"),
    ],
)
def test_an_odd_reverse_path_is_no_reason_to_refuse(said: str, known: str) -> None:
    def bounce(client: smtplib.SMTP) -> None:
        client.ehlo("mx.example")
        assert client.docmd(f"MAIL FROM:{said}")[0] == 250
        assert client.docmd("RCPT TO:<@mx.example:probe+b1@catch.example>")[0] == 250
        client.data(NDN)
        client.quit()

    (arrival,), _ = _talk(bounce)
    assert arrival.envelope_from == known
    assert arrival.envelope_to == ("probe+b1@catch.example",)


def test_long_lines_of_returned_spam_are_taken() -> None:
    body = b"Subject: x\r\n\r\n" + b"y" * 5000 + b"\r\n"

    def bounce(client: smtplib.SMTP) -> None:
        client.sendmail("", ["probe@catch.example"], body)
        client.quit()

    arrivals, _ = _talk(bounce)
    assert arrivals[0].raw.endswith(body)


def test_a_big_message_is_kept_in_part() -> None:
    def bounce(client: smtplib.SMTP) -> None:
        client.sendmail("", ["probe@catch.example"], b"Subject: x\r\n\r\n" + (b"y" * 70 + b"\r\n") * (READ_LIMIT // 50))
        client.quit()

    (arrival,), _ = _talk(bounce)
    assert arrival.truncated
    assert len(arrival.raw) == READ_LIMIT


def test_starttls(tmp_path: Path) -> None:
    _certificate(tmp_path)

    def bounce(client: smtplib.SMTP) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        client.ehlo("mx.example")
        assert client.has_extn("starttls")
        client.starttls(context=context)
        client.ehlo("mx.example")
        assert not client.has_extn("auth")
        client.sendmail("", ["probe@catch.example"], NDN)
        client.quit()

    arrivals, sessions = _talk(bounce, certificate=str(tmp_path / "cert.pem"), key=str(tmp_path / "key.pem"))
    assert b"with ESMTPS" in arrivals[0].raw
    assert len(sessions) == 1


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("probe@catch.example", "catch.example"),
        ("probe@[192.0.2.1]", "192.0.2.1"),
        ("probe@fänge.example", "xn--fnge-loa.example"),
        (f"probe@{'a' * 60}.{'b' * 60}.example", f"{'a' * 60}.{'b' * 60}.example"),
    ],
)
def test_starttls_needs_no_certificate_of_the_user(address: str, name: str) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    shown: list[bytes] = []

    def bounce(client: smtplib.SMTP) -> None:
        client.starttls(context=context)
        assert isinstance(client.sock, ssl.SSLSocket)
        shown.append(client.sock.getpeercert(binary_form=True) or b"")
        client.sendmail("", [address], NDN, mail_options=["SMTPUTF8"])
        client.quit()

    arrivals, _ = _talk(bounce, addresses=(address,))
    assert b"SMTPS id" in arrivals[0].raw
    certificate = x509.load_der_x509_certificate(shown[0])
    (found,) = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert str(found.value) == name
    assert certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=365)


def test_each_run_greets_with_a_token_that_it_knows() -> None:
    async def run() -> tuple[str, bytes]:
        mailbox = _mailbox()
        await mailbox.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", _port(mailbox))
        greeting = await reader.readline()
        writer.close()
        await mailbox.close()
        return mailbox.nonce, greeting

    (one, greeting), (other, _) = asyncio.run(run()), asyncio.run(run())
    assert greeting.startswith(b"220 catch.example ESMTP ")
    assert one.encode() in greeting
    assert one != other


def test_a_port_scanner_is_harmless_and_forgotten() -> None:
    def scan(client: smtplib.SMTP) -> None:
        for line in (b"GET / HTTP/1.1", b"\xff\xfe\x00", b"MAIL FROM:<a@b>", b"EHLO " + b"x" * 5000, b"\x1b[31m"):
            client.send(line + b"\r\n")
            client.getreply()
        client.close()

    assert _talk(scan) == ([], ())


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (["probe+b1@catch.example"], True),
        (["PROBE@Catch.Example."], True),
        (["postmaster@catch.example", "probe+b1@catch.example"], True),
        (["nobody@catch.example"], True),  # refused, but somebody looked for an address of ours
        (["postmaster"], False),
        (["postmaster@catch.example"], False),
        (["probe+b1@elsewhere.example"], False),
        ([], False),
    ],
)
def test_only_what_names_an_address_of_ours_is_kept(asked: list[str], kept: bool) -> None:
    def ask(client: smtplib.SMTP) -> None:
        client.ehlo("mx.example")
        client.docmd("MAIL FROM:<>")
        for address in asked:
            client.docmd(f"RCPT TO:<{address}>")
        client.quit()

    _, sessions = _talk(ask)
    assert [bool(session.rcpt_to or session.refused_to) for session in sessions] == [True] * kept


def test_who_is_postmaster_of_his_own_catch_domain_hears_of_it() -> None:
    session = CatchSession(at=datetime.now(UTC), peer=Host(), rcpt_to=("postmaster@catch.example",))
    assert Accepted(("Postmaster@catch.example",)).concerns(session)


def test_the_same_question_is_kept_a_few_times_and_a_clients_many_up_to_a_limit() -> None:
    def session(peer: str, address: str) -> CatchSession:
        return CatchSession(at=datetime.now(UTC), peer=Host(address=peer), rcpt_to=(address,))

    quota = Quota()
    assert sum(quota.admits(session("192.0.2.1", "a@b")) for _ in range(100)) == ALIKE
    assert sum(quota.admits(session("192.0.2.2", f"a+{n}@b")) for n in range(2 * PER_PEER)) == PER_PEER
    assert not quota.exceeded
    kept = sum(quota.admits(session(f"192.0.2.{n % 99}", f"a+{n}@b")) for n in range(2 * TOTAL))
    assert kept == TOTAL - ALIKE - PER_PEER
    assert quota.exceeded


def test_what_a_stranger_says_is_kept_in_part() -> None:
    def ask(client: smtplib.SMTP) -> None:
        client.ehlo("mx.example")
        client.ehlo("x" * 3000)
        client.docmd(f"MAIL FROM:<{'y' * 3000}>")
        client.docmd("RCPT TO:<probe@catch.example>")
        client.docmd(f"RCPT TO:<{'z' * 3000}@catch.example>")
        client.quit()

    _, (session,) = _talk(ask)
    assert [len(session.helo or ""), len(session.mail_from or ""), len(session.refused_to[0])] == [255, 320, 320]


COMMANDS = [
    b"EHLO x",
    b"HELO \xff",
    b"MAIL FROM:<>",
    b"MAIL FROM:<\xff\xfe@x> SMTPUTF8 SIZE=x BODY",
    b"MAIL",
    b"MAIL FROM:",
    b"RSET",
    b"RCPT TO:<probe@catch.example>",
    b"RCPT TO:<\xed\xa0\x80@catch.example>",
    b"RCPT TO:" + b"<" * 3000,
    b"RCPT",
    b"DATA",
    b".",
    b"VRFY \xff",
    b"VRFY probe@catch.example",
    b"NOOP",
    b"HELP \xff",
    b"HELP MAIL",
    b"STARTTLS",
    b"AUTH PLAIN AGEAYg==",
    b"EXPN x",
    b"\x00\r\n\n\r",
    b"",
    b"BDAT 5 LAST",
    b'RCPT TO:<"a"@catch.example> NOTIFY',
    b'MAIL FROM:<"\\' + b'"' * 50,
]


def test_no_conversation_breaks_it() -> None:
    chance = random.Random(7)
    broken: list[dict[str, object]] = []

    def chatter(client: smtplib.SMTP) -> None:
        port = client.sock.getpeername()[1]
        for _ in range(150):
            with socket.create_connection(("127.0.0.1", port), 5) as stranger, contextlib.suppress(OSError):
                for _ in range(chance.randrange(1, 12)):
                    stranger.sendall(chance.choice(COMMANDS) + chance.choice([b"\r\n", b"\r\n", b"\r\n", b"\n", b""]))
                if chance.random() < 0.5:
                    stranger.shutdown(socket.SHUT_WR)
                    while stranger.recv(4096):
                        pass
        client.sendmail("", ["probe@catch.example"], NDN)
        client.quit()

    async def run() -> list[Arrival]:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context))
        mailbox = _mailbox()
        await mailbox.open()
        await asyncio.to_thread(_with_client, _port(mailbox), chatter)
        found = list(await mailbox.new_arrivals())
        await mailbox.close()
        return found

    assert asyncio.run(run())[-1].raw.endswith(NDN)
    assert broken == []


def test_control_characters_of_strangers_are_not_passed_on() -> None:
    def bounce(client: smtplib.SMTP) -> None:
        client.docmd("HELO \x1b[31mevil")
        client.docmd("MAIL FROM:<>")
        client.docmd("RCPT TO:<probe@catch.example>")
        client.data(NDN)
        client.quit()

    (arrival,), (session,) = _talk(bounce)
    assert "\x1b" not in (arrival.helo or "") + (session.helo or "")
    assert b"Received: from unknown ([127.0.0.1])" in arrival.raw


# Limits.


def test_limits_of_size_and_recipients() -> None:
    def exceed(client: smtplib.SMTP) -> None:
        client.ehlo("mx.example")
        assert client.esmtp_features["size"] == ""  # else whoever has a longer bounce may go without a word
        assert client.docmd("MAIL FROM:<> SIZE=1001")[0] == 250
        codes = [client.docmd(f"RCPT TO:<probe+{n}@catch.example>")[0] for n in range(3)]
        assert codes == [250, 250, 452]
        assert client.data(b"x" * 2000)[0] == 552
        client.quit()

    arrivals, sessions = _serve(exceed, Limits(message_octets=1000, recipients=2))
    assert arrivals == []
    assert (sessions[-1].data, sessions[-1].lost) == (True, True)


def test_limit_of_connections() -> None:
    def exceed(client: smtplib.SMTP) -> None:
        with pytest.raises(smtplib.SMTPConnectError) as caught:
            smtplib.SMTP("127.0.0.1", client.sock.getpeername()[1], timeout=5)
        assert caught.value.smtp_code == 421
        client.quit()

    _serve(exceed, Limits(connections_per_peer=1))


def test_limit_of_time() -> None:
    def dawdle(client: smtplib.SMTP) -> None:
        time.sleep(0.5)
        with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
            client.ehlo("slow.example")

    _serve(dawdle, Limits(idle_s=0.2))
    _serve(dawdle, Limits(session_s=0.2))


def test_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "HELD_LIMIT", 0)

    def ask(client: smtplib.SMTP) -> None:
        client.ehlo("mx.example")
        assert client.docmd("MAIL FROM:<>")[0] == 250
        assert client.docmd("RCPT TO:<probe+1@catch.example>")[0] == 452
        client.quit()

    arrivals, sessions = _talk(ask)
    assert arrivals == []
    assert [(session.refused_to, session.lost) for session in sessions] == [(("probe+1@catch.example",), True)]


# What can be wrong from the start.


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CatchError, match=r"listens on .* already") as caught:
            asyncio.run(_mailbox(port=port).open())
    assert str(port) in caught.value.remedy


def test_an_address_of_another_machine() -> None:
    with pytest.raises(CatchError, match="no address of this machine"):
        asyncio.run(_mailbox(host="192.0.2.1").open())


def test_no_address_to_take_mail_for() -> None:
    with pytest.raises(ConfigError, match="no address"):
        _mailbox(addresses=())


def test_a_certificate_that_does_not_do(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match="cannot use the certificate"):
        _mailbox(certificate=str(tmp_path / "cert.pem"))
    with pytest.raises(ConfigError, match="No such file"):
        _mailbox(certificate=str(tmp_path / "missing.pem"))


def test_arrivals_are_told_unasked() -> None:
    async def run() -> Arrival:
        mailbox = _mailbox()
        await mailbox.open()
        arrivals = mailbox.arrivals()
        waiting = asyncio.ensure_future(anext(arrivals))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(
            _with_client, _port(mailbox), lambda client: client.sendmail("", ["probe@catch.example"], NDN) and None
        )
        told = await asyncio.wait_for(waiting, 10)
        await mailbox.close()
        return told

    assert asyncio.run(run()).envelope_to == ("probe@catch.example",)


def _mailbox(
    *,
    addresses: tuple[str, ...] = ("probe@catch.example",),
    tagging: Tagging = Tagging.AUTO,
    host: str = "127.0.0.1",
    port: int = 0,
    certificate: str | None = None,
    key: str | None = None,
) -> SinkMailbox:
    settings = CatchSettings(kind=CatchKind.SINK, host=host, port=port, certificate=certificate, key=key)
    mailbox = open_mailbox(settings, addresses=addresses, tagging=tagging, clock=SystemClock())
    assert isinstance(mailbox, SinkMailbox)
    return mailbox


def _port(mailbox: SinkMailbox) -> int:
    assert mailbox.address is not None
    return mailbox.address[1]


def _talk(talk: Callable[[smtplib.SMTP], None], **given: object) -> Seen:
    """Open a sink mailbox, let `talk` speak to it, and return what it saw."""

    async def run() -> Seen:
        mailbox = _mailbox(**given)  # type: ignore[arg-type]
        assert mailbox.sees_sessions
        await mailbox.open()
        await asyncio.to_thread(_with_client, _port(mailbox), talk)
        await asyncio.sleep(0.05)
        found = list(await mailbox.new_arrivals())
        await mailbox.close()
        return found, tuple(mailbox.sessions())

    return asyncio.run(run())


def _serve(talk: Callable[[smtplib.SMTP], None], limits: Limits) -> Seen:
    async def run() -> Seen:
        arrivals: list[Arrival] = []
        sessions: list[CatchSession] = []

        async def take(taken: Taken) -> None:
            arrivals.append(taken.arrival)

        server = SinkServer(
            Accepted(("probe@catch.example",)),
            take=take,
            record=sessions.append,
            clock=SystemClock(),
            limits=limits,
        )
        _, port = await server.listen("127.0.0.1", 0)
        await asyncio.to_thread(_with_client, port, talk)
        await asyncio.sleep(0.05)
        await server.close()
        return arrivals, tuple(sessions)

    return asyncio.run(run())


def _with_client(port: int, talk: Callable[[smtplib.SMTP], None]) -> None:
    client = smtplib.SMTP("127.0.0.1", port, local_hostname="mx.example", timeout=5)
    try:
        talk(client)
    finally:
        client.close()


def _certificate(directory: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "catch.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (directory / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (directory / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
