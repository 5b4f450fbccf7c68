"""Clients that want too much of our SMTP server: each gets its turn, and no more than its share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bsaudit.adapters.smtpd import Handler, Options, Server, Session
from bsaudit.adapters.smtpd.connection import CALLS, IDLE_TRANSACTIONS
from bsaudit.adapters.smtpd.syntax import Recipient, Transaction

OPTIONS = Options(hostname="mx.example.org")
TRANSACTION = b"MAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nRSET\r\n"
Dialogue = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Counting(Handler):
    def __init__(self) -> None:
        self.recipients = 0

    async def rcpt(self, session: Session, transaction: Transaction, recipient: Recipient) -> str | None:
        self.recipients += 1
        return None


def test_a_client_that_pipelines_does_not_starve_another() -> None:
    async def main() -> tuple[int, int]:
        handler = Counting()
        async with Server(handler, OPTIONS) as server:
            address = await server.listen("127.0.0.1")
            flooder, stranger = [await asyncio.open_connection(*address) for _ in range(2)]
            await _greeted(*flooder)
            await stranger[0].readline()
            one = b"RCPT TO:<a@b>\r\n"
            flooder[1].write(b"MAIL FROM:<>\r\n" + one * 100)
            await flooder[0].readline()
            before = handler.recipients
            stranger[1].write(b"NOOP\r\n")
            assert (await stranger[0].readline()).startswith(b"250")
            served = handler.recipients - before
            for _, writer in (flooder, stranger):
                writer.close()
            return before, served

    before, served = asyncio.run(main())
    assert before < 90  # else there was nobody to wait for
    assert served < 10


def test_a_command_is_not_obeyed_for_ever() -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"NOOP\r\n" * (CALLS + 50))
        replies = (await _to_the_end(reader)).splitlines()
        assert len([reply for reply in replies if reply.startswith(b"250")]) == CALLS
        assert replies[CALLS].startswith(b"421 4.7.0")

    _talk(Counting(), dialogue)


def test_a_session_that_only_asks_is_ended() -> None:
    handler = Counting()

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(TRANSACTION * (IDLE_TRANSACTIONS + 50))
        assert b"421 4.7.0 Too many transactions without a message" in await _to_the_end(reader)

    _talk(handler, dialogue)
    assert handler.recipients == IDLE_TRANSACTIONS


def test_a_session_that_brings_mail_goes_on() -> None:
    handler = Counting()
    message = b"MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\nx\r\n.\r\n"

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2 * IDLE_TRANSACTIONS):
            writer.write(message)
            assert [(await reader.readline())[:3] for _ in range(4)] == [b"250", b"250", b"354", b"250"]

    _talk(handler, dialogue)


def test_messages_share_the_room_that_there_is() -> None:
    async def main() -> None:
        async with Server(Counting(), Options(hostname="mx.example.org", room=100_000)) as server:
            address = await server.listen("127.0.0.1")
            clients = [await asyncio.open_connection(*address) for _ in range(2)]
            for reader, writer in clients:
                await _greeted(reader, writer)
                writer.write(b"MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n")
                for _ in range(3):
                    await reader.readline()
            (first, first_writer), (second, second_writer) = clients
            first_writer.write(b"x" * 60_000)
            while server._room.left > 40_000:  # noqa: ASYNC110 -- nobody tells
                await asyncio.sleep(0.001)
            second_writer.write(b"y" * 60_000 + b"\r\n.\r\n")
            assert (await second.readline()).startswith(b"452 4.3.1")
            first_writer.write(b"\r\n.\r\n")
            assert (await first.readline()).startswith(b"250")
            second_writer.write(b"MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n" + b"y" * 60_000 + b"\r\n.\r\n")
            again = [(await second.readline())[:3] for _ in range(4)]
            assert again == [b"250", b"250", b"354", b"250"]
            for _, writer in clients:
                writer.close()

    asyncio.run(main())


def _talk(handler: Handler, dialogue: Dialogue) -> None:
    async def main() -> None:
        async with Server(handler, OPTIONS) as server:
            reader, writer = await asyncio.open_connection(*await server.listen("127.0.0.1"))
            await _greeted(reader, writer)
            await dialogue(reader, writer)
            writer.close()

    asyncio.run(main())


async def _greeted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"HELO x\r\n")
    await reader.readline()


async def _to_the_end(reader: asyncio.StreamReader) -> bytes:
    read = b""
    try:
        while octets := await reader.read(65536):
            read += octets
    except ConnectionResetError:
        pass
    return read
