"""Dialogues with our SMTP server: RFC 3461's parameters, paths, limits, STARTTLS, AUTH."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest

from bsaudit.adapters.smtpd import Disconnect, Handler, Options, Server, Session, received_line
from bsaudit.adapters.smtpd.listener import Listener
from bsaudit.adapters.smtpd.syntax import Recipient, Transaction
from tests.support.certificates import Authority

OPTIONS = Options(hostname="mx.example.org")


class Recorder(Handler):
    """Takes everything and remembers it; `refuse` answers some recipients otherwise."""

    def __init__(self, refuse: dict[str, str] | None = None) -> None:
        self.refuse = refuse or {}
        self.taken: list[Transaction] = []
        self.contents: list[bytes] = []
        self.left_off: list[Transaction] = []
        self.sessions: list[Session] = []

    async def rcpt(self, session: Session, transaction: Transaction, recipient: Recipient) -> str | None:
        if recipient.address.startswith("cut@"):
            raise Disconnect
        return self.refuse.get(recipient.address)

    async def data(self, session: Session, transaction: Transaction, content: IO[bytes]) -> str | None:
        self.taken.append(transaction)
        self.contents.append(content.read())
        return "250 2.0.0 queued as 1"

    def left(self, session: Session, transaction: Transaction) -> None:
        self.left_off.append(transaction)

    def closed(self, session: Session) -> None:
        self.sessions.append(session)


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def reply(self) -> str:
        lines = []
        while True:
            line = (await self.reader.readline()).decode().rstrip("\r\n")
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    async def say(self, line: str) -> str:
        self.writer.write(line.encode("utf-8", "surrogateescape") + b"\r\n")
        return await self.reply()


def talk(
    dialogue: Callable[[Client], Awaitable[None]], handler: Handler | None = None, options: Options = OPTIONS
) -> None:
    async def main() -> None:
        async with Server(handler or Recorder(), options) as server:
            host, port = await server.listen("127.0.0.1")
            reader, writer = await asyncio.open_connection(host, port)
            client = Client(reader, writer)
            await client.reply()
            await dialogue(client)
            writer.close()
            await asyncio.sleep(0.01)

    asyncio.run(main())


def exchange(*steps: tuple[str, str], handler: Handler | None = None, options: Options = OPTIONS) -> None:
    """Say each command and compare the beginning of its reply."""

    async def dialogue(client: Client) -> None:
        for command, expected in steps:
            reply = await client.say(command)
            assert reply.startswith(expected), (command, reply)

    talk(dialogue, handler, options)


def test_dsn_is_offered_and_its_parameters_reach_the_handler() -> None:
    recorder = Recorder()
    exchange(
        ("EHLO client.example", "250-mx.example.org\n250-PIPELINING\n250-SIZE 33554432\n250-8BITMIME"),
        ("MAIL FROM:<a@example.net> RET=hdrs ENVID=Q+2Bx BODY=8BITMIME SIZE=100", "250 2.1.0"),
        ("RCPT TO:<b@example.org> NOTIFY=success,FAILURE ORCPT=rfc822;b+2Bc@example.org", "250 2.1.5"),
        ("RCPT TO:<c@example.org> NOTIFY=NEVER", "250"),
        ("DATA", "354"),
        ("Subject: x\r\n\r\n..dot\r\n.", "250 2.0.0 queued as 1"),
        ("QUIT", "221"),
        handler=recorder,
    )
    (taken,) = recorder.taken
    assert (taken.mail_from, taken.ret, taken.envid, taken.size, taken.dsn) == (
        "a@example.net",
        "HDRS",
        "Q+2Bx",
        100,
        True,
    )
    assert taken.recipients == [
        Recipient("b@example.org", frozenset({"SUCCESS", "FAILURE"}), ("rfc822", "b+2Bc@example.org")),
        Recipient("c@example.org", frozenset({"NEVER"})),
    ]
    assert recorder.contents == [b"Subject: x\r\n\r\n.dot\r\n"]
    assert [(s.address, s.helo) for s in recorder.sessions] == [("127.0.0.1", "client.example")]


@pytest.mark.parametrize(
    ("arg", "code"),
    [
        ("<a@b> RET=SOME", "501"),
        ("<a@b> RET=FULL RET=FULL", "501"),
        ("<a@b> ENVID=a=b", "501"),
        ("<a@b> ENVID=+2b", "501"),
        ("<a@b> ENVID=" + "x" * 101, "501"),
        ("<a@b> SIZE=many", "501"),
        ("<a@b> SIZE=99999999999", "552"),
        ("<a@b> BODY=9BIT", "501"),
        ("<a@b> HOLDFOR=3", "555"),
        ("<a@b>SIZE=1", "501"),
        ("a@b", "501"),
        ("<a b@c>", "501"),
        ("<\udce4@b>", "501"),
        ("<ä@b>", "553"),
        ("<ä@b> SMTPUTF8", "250"),
        ("<>", "250"),
        ('<"a <b> c"@[192.0.2.1]>', "250"),
        ("<@relay.example:a@b>", "250"),
    ],
)
def test_syntax_of_mail(arg: str, code: str) -> None:
    exchange(("EHLO c", "250"), (f"MAIL FROM:{arg}", code))


@pytest.mark.parametrize(
    ("arg", "code"),
    [
        ("<a@b> NOTIFY=NEVER,SUCCESS", "501"),
        ("<a@b> NOTIFY=SOMETIMES", "501"),
        ("<a@b> NOTIFY=SUCCESS,", "501"),
        ("<a@b> ORCPT=a@b", "501"),
        ("<a@b> ORCPT=rfc822;" + "x" * 500, "501"),
        ("<a@b> ORCPT=rfc822;ä@b", "501"),
        ("<a@b> ORCPT=utf-8;ä@b", "250"),
        ("<a@b> RET=FULL", "555"),
        ("<>", "501"),
        ("<Postmaster>", "250"),
    ],
)
def test_syntax_of_rcpt(arg: str, code: str) -> None:
    exchange(("EHLO c", "250"), ("MAIL FROM:<> SMTPUTF8", "250"), (f"RCPT TO:{arg}", code))


def test_without_dsn_its_parameters_are_not_implemented() -> None:
    exchange(
        ("EHLO c", "250-mx.example.org\n250-PIPELINING\n250-SIZE 33554432\n250-8BITMIME\n250 SMTPUTF8"),
        ("MAIL FROM:<a@b> ENVID=x", "555"),
        ("MAIL FROM:<a@b>", "250"),
        ("RCPT TO:<a@b> NOTIFY=NEVER", "555"),
        options=replace(OPTIONS, dsn=False),
    )


def test_commands_out_of_order_are_refused() -> None:
    exchange(
        ("MAIL FROM:<a@b>", "503"),
        ("HELO c", "250"),
        ("RCPT TO:<a@b>", "503"),
        ("MAIL FROM:<a@b>", "250"),
        ("MAIL FROM:<a@b>", "503"),
        ("DATA", "503"),
        ("RSET", "250"),
        ("MAIL FROM:<a@b> SIZE=1", "555"),  # after HELO there are no extensions
        ("AUTH PLAIN", "502"),
    )


def test_a_refused_recipient_is_not_in_the_transaction_and_limits_hold() -> None:
    recorder = Recorder({"no@b": "550 5.1.1 no such user"})
    exchange(
        ("EHLO c", "250"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<no@b>", "550 5.1.1"),
        ("RCPT TO:<yes@b>", "250"),
        ("RCPT TO:<yes2@b>", "452 4.5.3"),
        ("DATA", "354"),
        ("x\r\n.", "250"),
        handler=recorder,
        options=replace(OPTIONS, recipients=1),
    )
    assert [r.address for r in recorder.taken[0].recipients] == ["yes@b"]


def test_too_many_connections_are_turned_away() -> None:
    async def dialogue(client: Client) -> None:
        host, port = client.writer.get_extra_info("peername")
        reader, writer = await asyncio.open_connection(host, port)
        assert (await reader.read()).startswith(b"421 4.7.0")
        writer.close()
        assert (await client.say("EHLO c")).startswith("250")

    talk(dialogue, options=replace(OPTIONS, connections=1))


def test_a_session_ends_when_its_time_is_over_and_a_handler_may_cut_it() -> None:
    async def waits(client: Client) -> None:
        assert await client.reader.read() == b""

    async def is_cut(client: Client) -> None:
        await client.say("EHLO c")
        await client.say("MAIL FROM:<>")
        client.writer.write(b"RCPT TO:<cut@b>\r\n")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await client.reader.readexactly(1)

    talk(waits, options=replace(OPTIONS, session_s=0.05))
    talk(is_cut)


def test_a_421_of_the_handler_ends_the_session() -> None:
    async def dialogue(client: Client) -> None:
        await client.say("EHLO c")
        await client.say("MAIL FROM:<>")
        assert (await client.say("RCPT TO:<a@b>")).startswith("421")
        assert await client.reader.read() == b""

    talk(dialogue, Recorder({"a@b": "421 4.3.2 going down"}))


def test_starttls_then_auth(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server("mx.example.org")
    secret = base64.b64encode(b"\0user\0word").decode()
    seen = []

    class Asks(Recorder):
        async def mail(self, session: Session, transaction: Transaction) -> str | None:
            seen.append((session.user, session.tls))
            return None if session.user else "530 5.7.0 Authentication required"

    async def dialogue(client: Client) -> None:
        assert "AUTH" not in await client.say("EHLO c")
        assert (await client.say(f"AUTH PLAIN {secret}")).startswith("538")
        assert (await client.say("STARTTLS")).startswith("220")
        await client.writer.start_tls(
            ssl.create_default_context(cafile=authority.file), server_hostname="mx.example.org"
        )
        assert (await client.say("MAIL FROM:<a@b>")).startswith("503")  # RFC 3207 §4.2
        offered = await client.say("EHLO c")
        assert "AUTH LOGIN PLAIN" in offered
        assert "STARTTLS" not in offered
        assert (await client.say("STARTTLS")).startswith("503")
        assert (await client.say("MAIL FROM:<a@b>")).startswith("530")
        assert (await client.say("AUTH PLAIN " + base64.b64encode(b"\0user\0wrong").decode())).startswith("535")
        assert (await client.say(f"AUTH PLAIN {secret}")).startswith("235")
        assert (await client.say("MAIL FROM:<a@b>")).startswith("250")

    talk(dialogue, Asks(), replace(OPTIONS, tls=context, credentials={"user": "word"}))
    assert seen == [(None, "TLSv1.3"), ("user", "TLSv1.3")]


def test_the_received_line_holds_nothing_a_stranger_could_forge_with() -> None:
    transaction = Transaction("a@b", recipients=[Recipient("r@example.org")])
    session = Session(address="2001:db8::1", helo="x)\r\nBcc: y", esmtp=True)
    line = received_line(session, transaction, by="mx", queue_id="q1", at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert line == (
        b"Received: from unknown ([IPv6:2001:db8::1])\r\n\tby mx (bsaudit) with ESMTP id q1\r\n"
        b"\tfor <r@example.org>;\r\n\tFri, 02 Jan 2026 03:04:05 +0000\r\n"
    )


def test_commands_may_come_in_one_piece_with_the_end_of_data() -> None:
    recorder = Recorder()

    async def dialogue(client: Client) -> None:
        await client.say("EHLO c")
        transaction = "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n{}\r\n.\r\n"
        client.writer.write("".join(map(transaction.format, ("one", "two"))).encode() + b"QUIT\r\n")
        codes = [(await client.reply())[:3] for _ in range(9)]
        assert codes == ["250", "250", "354", "250", "250", "250", "354", "250", "221"]

    talk(dialogue, recorder)
    assert recorder.contents == [b"one\r\n", b"two\r\n"]


def test_a_message_that_is_too_long_ends_its_transaction_only() -> None:
    recorder = Recorder()
    exchange(
        ("EHLO c", "250"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<a@b>", "250"),
        ("DATA", "354"),
        ("x" * 100 + "\r\n.", "552 5.3.4"),
        ("DATA", "503"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<a@b>", "250"),
        ("DATA", "354"),
        ("x\r\n.", "250"),
        handler=recorder,
        options=replace(OPTIONS, size_limit=50),
    )
    assert recorder.contents == [b"x\r\n"]
    assert [transaction.data for transaction in recorder.left_off] == [True]


def test_the_handler_hears_of_transactions_that_bring_nothing() -> None:
    recorder = Recorder({"no@b": "550 5.1.1 no such user"})
    exchange(
        ("EHLO c", "250"),
        ("MAIL FROM:<1@b>", "250"),
        ("RCPT TO:<no@b>", "550"),
        ("RSET", "250"),
        ("MAIL FROM:<2@b>", "250"),
        ("RCPT TO:<yes@b>", "250"),
        ("EHLO c", "250"),
        ("MAIL FROM:<3@b>", "250"),
        ("QUIT", "221"),
        handler=recorder,
    )
    assert [(each.mail_from, each.refused, each.data) for each in recorder.left_off] == [
        ("1@b", ["no@b"], False),
        ("2@b", [], False),
        ("3@b", [], False),
    ]


def test_vrfy_tells_nothing() -> None:
    exchange(("EHLO c", "250"), ("VRFY a@b", "252 2.5.2"), ("VRFY \udcff\x1b", "252 2.5.2"), ("VRFY", "501"))


def test_what_was_said_before_tls_is_forgotten_inside(tmp_path: Path) -> None:
    """RFC 3207 §4.2; and what a man in the middle puts behind STARTTLS is not obeyed (RFC 3207 §6)."""
    authority = Authority(tmp_path)
    recorder = Recorder()

    async def dialogue(client: Client) -> None:
        await client.say("EHLO c")
        injected = b"RSET\r\nMAIL FROM:<injected@b>\r\nRCPT TO:<a@b>\r\n"
        client.writer.write(b"MAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\nSTARTTLS\r\n" + injected)
        assert [(await client.reply())[:3] for _ in range(3)] == ["250", "250", "220"]
        await client.writer.start_tls(
            ssl.create_default_context(cafile=authority.file), server_hostname="mx.example.org"
        )
        assert (await client.say("DATA")).startswith("503")
        assert (await client.say("EHLO c")).startswith("250")
        assert (await client.say("DATA")).startswith("503")

    talk(dialogue, recorder, replace(OPTIONS, tls=authority.server("mx.example.org")))
    assert [transaction.mail_from for transaction in recorder.left_off] == ["a@b"]


def test_a_handshake_that_breaks_is_the_clients_doing_and_no_defect(tmp_path: Path) -> None:
    failures: list[Exception] = []
    recorder = Recorder()
    recorder.failed = failures.append  # type: ignore[method-assign]

    async def dialogue(client: Client) -> None:
        await client.say("EHLO c")
        await client.say("STARTTLS")
        client.writer.write(b"EHLO this is no TLS\r\n")
        await client.reader.read()  # what TLS answers, and then the end of the connection

    talk(dialogue, recorder, replace(OPTIONS, tls=Authority(tmp_path).server("mx.example.org")))
    assert failures == []
    assert len(recorder.sessions) == 1


def test_closing_waits_for_no_stranger() -> None:
    """From Python 3.12 on asyncio's own wait_closed() does, also for a connection that nobody cuts."""

    async def main() -> None:
        listener = Listener(most=1)
        host, port = await listener.listen(asyncio.Protocol, host="127.0.0.1", port=0)
        _, writer = await asyncio.open_connection(host, port)
        async with asyncio.timeout(30):
            await listener.close()
        writer.close()

    asyncio.run(main())
