"""The IMAP catch mailbox against a real Dovecot."""

from __future__ import annotations

import asyncio
import imaplib
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest

from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.catch.common import READ_LIMIT
from bsaudit.adapters.clock import SystemClock
from bsaudit.errors import CatchError
from bsaudit.model.mail import Arrival
from bsaudit.model.settings import CatchKind, CatchSettings, Secret, Tls
from bsaudit.ports import CatchMailbox
from tests.support.arrivals import subjects, take
from tests.support.dovecot import Dovecot

pytestmark = pytest.mark.mta
# Far less than what nobody announces takes (an IDLE is renewed, a dead connection given up, after a minute), and time
# enough for a loaded machine.
PROMPT_S = 30


def _settings(dovecot: Dovecot, **changes: object) -> CatchSettings:
    given: dict[str, object] = {
        "kind": CatchKind.IMAP,
        "host": "127.0.0.1",
        "port": dovecot.tls_port,
        "tls": Tls.IMPLICIT,
        "user": dovecot.user,
        "password": Secret("secret"),
        **changes,
    }
    return CatchSettings(**given)  # type: ignore[arg-type]


def _mailbox(dovecot: Dovecot, **changes: object) -> CatchMailbox:
    return open_mailbox(_settings(dovecot, **changes), ca_file=str(dovecot.authority.file), clock=SystemClock())


# What arrives.


def test_new_mail_is_told_once_and_old_mail_not_at_all(dovecot: Dovecot) -> None:
    dovecot.append("old")

    async def run() -> list[str]:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        dovecot.append("first")
        found = list(await mailbox.new_arrivals())
        dovecot.append("second")
        found += list(await mailbox.new_arrivals())
        found += list(await mailbox.new_arrivals())
        await mailbox.close()
        return subjects(found)

    assert asyncio.run(run()) == ["first", "second"]


@pytest.mark.parametrize("idle", [True, False])
def test_mail_is_noticed_as_it_comes(dovecot: Dovecot, idle: bool) -> None:
    if not idle:
        dovecot.restart("imap_capability = IMAP4rev1 LITERAL+ AUTH=PLAIN UIDPLUS SPECIAL-USE")

    async def run() -> list[str]:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        taking = asyncio.create_task(take(mailbox, 2))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(dovecot.append, "one")
        await asyncio.to_thread(dovecot.append, "two")
        found = await asyncio.wait_for(taking, PROMPT_S)
        await mailbox.close()
        return subjects(found)

    assert asyncio.run(run()) == ["one", "two"]


def test_a_burst_loses_nothing(dovecot: Dovecot) -> None:
    async def run() -> list[str]:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        taking = asyncio.create_task(take(mailbox, 60))
        await asyncio.to_thread(_append_many, dovecot, 60)
        found = await asyncio.wait_for(taking, PROMPT_S)
        await mailbox.close()
        return subjects(found)

    assert sorted(asyncio.run(run())) == sorted(f"number {n}" for n in range(60))


def test_mail_that_is_filed_as_junk_is_found(dovecot: Dovecot) -> None:
    async def run() -> Arrival:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        taking = asyncio.create_task(take(mailbox, 1))
        await asyncio.to_thread(dovecot.append, "filed", "Spamverdacht")
        found = await asyncio.wait_for(taking, PROMPT_S)
        await mailbox.close()
        return found[0]

    arrival = asyncio.run(run())
    assert arrival.folder == "Spamverdacht"
    assert b"filed" in arrival.raw


def test_only_the_folders_of_the_url_are_read(dovecot: Dovecot) -> None:
    client = dovecot.client()
    client.create("Bounces")
    client.logout()

    async def run() -> list[str]:
        mailbox = _mailbox(dovecot, folders=("Bounces",))
        await mailbox.open()
        dovecot.append("elsewhere")
        dovecot.append("here", "Bounces")
        found = await mailbox.new_arrivals()
        await mailbox.close()
        return subjects(list(found))

    assert asyncio.run(run()) == ["here"]


def test_of_the_mail_of_the_day_before_the_headers_are_read(dovecot: Dovecot) -> None:
    now = datetime.now(UTC)
    for subject, hours in (("another day", 30), ("yesterday", 23), ("today", 1)):
        _append_dated(dovecot, subject, now - timedelta(hours=hours))

    async def run() -> list[Arrival]:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        found = list(await mailbox.visits(now - timedelta(hours=24)))
        await mailbox.close()
        return found

    found = asyncio.run(run())
    assert subjects(found) == ["yesterday", "today"]
    assert all(arrival.raw.endswith(b"\r\n\r\n") for arrival in found)


def test_nothing_is_marked_as_read(dovecot: Dovecot) -> None:
    async def run() -> None:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        dovecot.append("untouched")
        assert len(await mailbox.new_arrivals()) == 1
        await mailbox.close()

    asyncio.run(run())
    client = dovecot.client()
    client.select("INBOX", readonly=True)
    assert b"Seen" not in b"".join(part for part in client.fetch("1", "(FLAGS)")[1] if isinstance(part, bytes))
    client.logout()


def test_a_big_message_is_read_in_part(dovecot: Dovecot) -> None:
    async def run() -> Arrival:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        dovecot.append("big", body="x" * 70 + "\r\n" + ("y" * 76 + "\r\n") * (READ_LIMIT // 50))
        found = await mailbox.new_arrivals()
        await mailbox.close()
        return found[0]

    arrival = asyncio.run(run())
    assert arrival.truncated
    assert len(arrival.raw) == READ_LIMIT
    assert arrival.size is not None
    assert arrival.size > READ_LIMIT


def test_another_client_deletes_and_moves_meanwhile(dovecot: Dovecot) -> None:
    async def run() -> list[str]:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        dovecot.append("kept")
        dovecot.append("deleted")
        found = list(await mailbox.new_arrivals())
        _as_another_client(dovecot, "UID MOVE 1 Spamverdacht", "UID STORE 2 +FLAGS (\\Deleted)", "EXPUNGE")
        dovecot.append("later")
        await asyncio.sleep(0.3)
        found += list(await mailbox.new_arrivals())
        await mailbox.close()
        return subjects(found)

    # moved into the other watched folder, "kept" is still told but once
    assert asyncio.run(run()) == ["kept", "deleted", "later"]


# A run that goes on.


def test_a_later_run_takes_up_where_the_first_ended(dovecot: Dovecot) -> None:
    async def first() -> str:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        dovecot.append("told")
        assert len(await mailbox.new_arrivals()) == 1
        await mailbox.close()
        return mailbox.position

    async def second(position: str) -> list[str]:
        mailbox = _mailbox(dovecot)
        await mailbox.open(position)
        found = await mailbox.new_arrivals()
        await mailbox.close()
        return subjects(list(found))

    position = asyncio.run(first())
    _as_another_client(dovecot, "UID MOVE 1 Spamverdacht")
    dovecot.append("late")
    dovecot.append("later", "Spamverdacht")
    assert sorted(asyncio.run(second(position))) == ["late", "later"]


def test_the_server_restarts_during_a_run(dovecot: Dovecot) -> None:
    async def run() -> list[str]:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        taking = asyncio.create_task(take(mailbox, 2))
        await asyncio.to_thread(dovecot.append, "before")
        await asyncio.sleep(0.3)
        await asyncio.to_thread(dovecot.restart)
        await asyncio.to_thread(dovecot.append, "after")
        found = await asyncio.wait_for(taking, PROMPT_S)
        await mailbox.close()
        return subjects(found)

    assert asyncio.run(run()) == ["before", "after"]


def test_new_uids_are_taken_up_by_date(dovecot: Dovecot) -> None:
    _append_dated(dovecot, "from last week", datetime.now(UTC) - timedelta(days=7))

    async def run() -> tuple[list[str], str]:
        mailbox = _mailbox(dovecot, folders=("INBOX",))
        position = await mailbox.open()
        dovecot.append("told")
        found = list(await mailbox.new_arrivals())
        await asyncio.to_thread(dovecot.stop)
        for name in dovecot.mail.glob("dovecot*"):
            name.unlink()  # Dovecot numbers everything anew
        await asyncio.sleep(1.1)  # UIDVALIDITY is a time in seconds
        await asyncio.to_thread(dovecot.start)
        await asyncio.to_thread(dovecot.append, "after")
        found += list(await asyncio.wait_for(mailbox.new_arrivals(), PROMPT_S))
        await mailbox.close()
        assert mailbox.position != position
        return subjects(found), mailbox.position

    assert asyncio.run(run())[0] == ["told", "after"]


def test_closing_does_not_wait_for_a_dead_server(dovecot: Dovecot) -> None:
    async def run() -> float:
        mailbox = _mailbox(dovecot)
        await mailbox.open()
        dovecot.signal_children(signal.SIGSTOP)
        looking = asyncio.create_task(mailbox.new_arrivals())
        await asyncio.sleep(0.2)
        started = time.monotonic()
        await mailbox.close()
        took = time.monotonic() - started
        dovecot.signal_children(signal.SIGCONT)
        with pytest.raises(asyncio.CancelledError):
            await looking
        return took

    assert asyncio.run(run()) < PROMPT_S


# What can be wrong from the start.


def test_starttls(dovecot: Dovecot) -> None:
    async def run() -> None:
        mailbox = _mailbox(dovecot, tls=Tls.STARTTLS, port=dovecot.port)
        await mailbox.open()
        await mailbox.close()

    asyncio.run(run())


def test_a_token_command_logs_in(dovecot: Dovecot) -> None:
    assert _trouble(_mailbox(dovecot, password=None, token_command="echo good-token")) is None
    error = _trouble(_mailbox(dovecot, password=None, token_command="echo bad-token"))
    assert error is not None
    assert "refuses the login" in error.message
    assert "token" in error.remedy
    assert "bad-token" not in error.message + error.remedy


def test_wrong_password(dovecot: Dovecot) -> None:
    error = _trouble(_mailbox(dovecot, password=Secret("hunter2")))
    assert error is not None
    assert "refuses the login" in error.message
    assert "BSAUDIT_CATCH_PASSWORD" in error.remedy
    assert "hunter2" not in error.message + error.remedy


def test_missing_folder_names_those_that_exist(dovecot: Dovecot) -> None:
    error = _trouble(_mailbox(dovecot, folders=("Nirgends",)))
    assert error is not None
    assert "Nirgends" in error.message
    assert "INBOX" in error.remedy
    assert "Spamverdacht" in error.remedy


def test_a_folder_that_may_not_be_read(dovecot: Dovecot) -> None:
    dovecot.restart(
        "mail_plugins = acl\nprotocol imap {\n  mail_plugins = acl imap_acl\n}\nplugin {\n  acl = vfile\n}\n"
    )
    client = dovecot.client()
    client.create("Locked")
    assert client.setacl("Locked", dovecot.user, "la")[0] == "OK"
    client.logout()
    error = _trouble(_mailbox(dovecot, folders=("Locked",)))
    assert error is not None
    assert "Locked may not be read by this user" in error.message
    assert "RFC 4314" in error.remedy


def test_self_signed_certificate(dovecot: Dovecot) -> None:
    stranger = open_mailbox(_settings(dovecot), clock=SystemClock())
    dovecot.authority.server("127.0.0.1", self_signed=True)
    dovecot.restart()
    error = _trouble(stranger)
    assert error is not None
    assert "self-signed" in error.message
    assert "--ca-file" in error.remedy
    assert _trouble(open_mailbox(_settings(dovecot), insecure=True, clock=SystemClock())) is None


def test_expired_certificate(dovecot: Dovecot) -> None:
    dovecot.authority.server("127.0.0.1", expired=True)
    dovecot.restart()
    error = _trouble(_mailbox(dovecot))
    assert error is not None
    assert "expired" in error.message


def test_no_starttls(dovecot: Dovecot) -> None:
    dovecot.restart(tls="no")
    error = _trouble(_mailbox(dovecot, tls=Tls.STARTTLS, port=dovecot.port))
    assert error is not None
    assert "offers no STARTTLS" in error.message
    assert "imaps://" in error.remedy


def test_plain_port_taken_for_a_tls_port(dovecot: Dovecot) -> None:
    error = _trouble(_mailbox(dovecot, port=dovecot.port))
    assert error is not None
    assert "does not speak TLS" in error.message


def _trouble(mailbox: CatchMailbox) -> CatchError | None:
    async def run() -> None:
        await mailbox.open()
        await mailbox.close()

    try:
        asyncio.run(run())
    except CatchError as error:
        return error
    return None


def _append_many(dovecot: Dovecot, count: int) -> None:
    client = dovecot.client()
    for number in range(count):
        client.append("INBOX", "", "", f"Subject: number {number}\r\n\r\nHello {number}\r\n".encode())
    client.logout()


def _append_dated(dovecot: Dovecot, subject: str, at: datetime) -> None:
    client = dovecot.client()
    client.append("INBOX", "", imaplib.Time2Internaldate(at), f"Subject: {subject}\r\n\r\nOld\r\n".encode())
    client.logout()


def _as_another_client(dovecot: Dovecot, *commands: str) -> None:
    client = dovecot.client()
    client.select("INBOX")
    for number, command in enumerate(commands):
        client.send(f"X{number} {command}\r\n".encode())
        while not (line := client.readline()).startswith(f"X{number} ".encode()):
            assert line
        assert b" OK" in line
    client.logout()
