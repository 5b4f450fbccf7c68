"""The relay route: a session that is proven first, reused, and replaced when it dies; a message is never sent twice."""

from __future__ import annotations

import asyncio
import shlex
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bsaudit.adapters import relay
from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.relay import RelaySubmitter
from bsaudit.errors import ConfigError, RelayError, UsageError
from bsaudit.model.mail import Stage, Submission
from bsaudit.model.settings import RelaySettings, Secret, Tls
from tests.support.certificates import Authority
from tests.support.smtp import LOOPBACK, Played, play
from tests.support.submitting import HASTY_S, MESSAGE, PATIENT, hasty, probe

PASSWORD = "correct horse"
GREET = """
S: 220 relay.test ESMTP ready
C: EHLO
S: 250-relay.test
S: 250 DSN
"""
TO_DATA = """
C: MAIL
S: 250 ok
C: RCPT
S: 250 ok
C: DATA
"""
SENT = f"""{TO_DATA}
S: 354 go
C: *
S: 250 2.0.0 Ok: queued as ABCDEF123456
"""


def settings(port: int, *, host: str = LOOPBACK, tls: Tls = Tls.NONE, **changes: Any) -> RelaySettings:
    return RelaySettings(host=host, port=port, tls=tls, **changes)


def submitter(relay: RelaySettings, **changes: Any) -> RelaySubmitter:
    options = {
        "clock": SystemClock(),
        "timeouts": PATIENT,
        "helo_name": "probe.own.test",
        "reconnect_pauses_s": (0.01,),
    }
    return RelaySubmitter(relay, **(options | changes))


def in_dialogue(
    work: Callable[[RelaySubmitter], Awaitable[Any]], *scripts: str, options: dict[str, Any] | None = None, **relay: Any
) -> tuple[Any, Played]:
    """Let a submitter work against scripted connections, one after the other."""

    async def main() -> tuple[Any, Played]:
        async with play(*scripts) as played:
            using = submitter(settings(played.port, **relay), **(options or {}))
            try:
                return await work(using), played
            finally:
                await using.close()

    return asyncio.run(main())


async def send(using: RelaySubmitter) -> Submission:
    return await using.submit(probe(), MESSAGE)


# --- a real server ---------------------------------------------------------------------------------------------------


class Inbox:
    """An aiosmtpd handler that keeps what it gets."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.sessions: set[tuple[Any, ...]] = set()

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.messages.append(envelope.content)
        self.sessions.add(session.peer)
        await asyncio.sleep(0.01)
        return "250 2.0.0 Ok: queued as 123456ABC"


def check_password(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"me", PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@asynccontextmanager
async def real_relay(**options: Any) -> AsyncIterator[tuple[int, Inbox]]:
    inbox = Inbox()
    implicit = options.pop("ssl", None)
    loop = asyncio.get_running_loop()
    if options.pop("auth", False):
        options |= {"authenticator": check_password, "auth_required": True, "auth_require_tls": False}

    def session() -> SMTP:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # AUTH without TLS, on loopback
            return SMTP(inbox, hostname="relay.test", loop=loop, **options)

    server = await loop.create_server(session, LOOPBACK, 0, ssl=implicit)
    async with server:
        yield server.sockets[0].getsockname()[1], inbox


def with_real_relay(
    work: Callable[[RelaySubmitter], Awaitable[Any]],
    *,
    server: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
    **relay: Any,
) -> tuple[Any, Inbox]:
    async def main() -> tuple[Any, Inbox]:
        async with real_relay(**(server or {})) as (port, inbox):
            using = submitter(settings(port, **relay), **(options or {}))
            try:
                return await work(using), inbox
            finally:
                await using.close()

    return asyncio.run(main())


async def open_and_send(using: RelaySubmitter) -> Submission:
    await using.open()
    return await send(using)


def test_sessions_are_reused_and_work_side_by_side() -> None:
    async def work(using: RelaySubmitter) -> list[Submission]:
        await using.open()
        return await asyncio.gather(*(send(using) for _ in range(40)))

    sent, inbox = with_real_relay(work, options={"connections": 4})
    assert {one.accepted for one in sent} == {True}
    assert len(inbox.messages) == 40
    assert len(inbox.sessions) == 4


def test_sessions_that_have_carried_their_share_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MESSAGES_PER_SESSION", 1)

    async def work(using: RelaySubmitter) -> int:
        await using.open()
        for _ in range(4):
            await send(using)
        return len(using._sessions)

    kept, inbox = with_real_relay(work)
    assert (kept, len(inbox.sessions)) == (1, 4)


@pytest.mark.parametrize("exclude", [[], ["PLAIN"]])
def test_login_and_plain_are_chosen_by_what_is_offered(exclude: list[str]) -> None:
    sent, _ = with_real_relay(
        open_and_send,
        server={"auth": True, "auth_exclude_mechanism": exclude},
        user="me",
        password=Secret(PASSWORD),
    )
    assert sent.accepted is True
    shown = [line.command for line in sent.transcript if "AUTH" in line.command or line.command == "…"]
    assert shown == (["AUTH LOGIN", "…", "…"] if exclude else ["AUTH PLAIN …"])


def test_starttls_with_an_authority_of_ones_own(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    sent, _ = with_real_relay(
        open_and_send,
        server={"tls_context": authority.server("localhost"), "require_starttls": True},
        options={"ca_file": str(authority.file)},
        host="localhost",
        tls=Tls.STARTTLS,
    )
    assert sent.accepted is True
    assert sent.tls == "TLSv1.3, certificate verified"


def test_implicit_tls_and_what_open_learns(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    facts, _ = with_real_relay(
        lambda using: using.open(),
        server={"ssl": authority.server(LOOPBACK)},
        options={"ca_file": str(authority.file)},
        tls=Tls.IMPLICIT,
    )
    assert (facts.host, facts.addresses, facts.dsn) == (LOOPBACK, (LOOPBACK,), False)
    assert (facts.tls, facts.banner_host) == ("TLSv1.3, certificate verified", "relay.test")


# --- why the relay cannot be used ------------------------------------------------------------------------------------


def refused_to_open(**using: Any) -> RelayError:
    with pytest.raises(RelayError) as caught:
        with_real_relay(lambda one: one.open(), **using)
    assert caught.value.remedy
    assert caught.value.exit_code == 4
    return caught.value


def test_wrong_password() -> None:
    error = refused_to_open(server={"auth": True}, user="me", password=Secret("wrong battery"))
    assert "refused the password of me: 535" in error.message
    assert "BSAUDIT_RELAY_PASSWORD" in error.remedy
    assert "wrong battery" not in str(error) + error.remedy


def test_no_auth_offered() -> None:
    error = refused_to_open(user="me", password=Secret(PASSWORD))
    assert "does not offer AUTH PLAIN or LOGIN, but no AUTH at all" in error.message


@pytest.mark.parametrize(
    ("names", "flaws", "said"),
    [
        ((LOOPBACK,), {"expired": True}, "has expired"),
        ((LOOPBACK,), {"self_signed": True}, "is self-signed"),
        (("other.test",), {}, "is not for 127.0.0.1"),
    ],
)
@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
def test_bad_certificates(tmp_path: Path, names: tuple[str], flaws: dict[str, bool], said: str, tls: Tls) -> None:
    authority = Authority(tmp_path)
    context = authority.server(*names, **flaws)
    server = {"ssl": context} if tls is Tls.IMPLICIT else {"tls_context": context}
    error = refused_to_open(server=server, options={"ca_file": str(authority.file)}, tls=tls)
    assert said in error.message
    facts, _ = with_real_relay(lambda one: one.open(), server=server, options={"insecure": True}, tls=tls)
    assert facts.tls == "TLSv1.3, certificate not verified"


def test_an_authority_that_nobody_knows(tmp_path: Path) -> None:
    error = refused_to_open(server={"ssl": Authority(tmp_path).server(LOOPBACK)}, tls=Tls.IMPLICIT)
    assert "authority that this machine does not know" in error.message
    assert "--ca-file" in error.remedy


def test_no_starttls_offered() -> None:
    error = refused_to_open(tls=Tls.STARTTLS)
    assert "does not offer STARTTLS" in error.message
    assert "?tls=none" in error.remedy


def test_implicit_tls_on_a_starttls_port() -> None:
    error = refused_to_open(tls=Tls.IMPLICIT)
    assert "does not speak TLS from the first byte" in error.message
    assert "STARTTLS" in error.remedy


def test_starttls_on_an_implicit_tls_port(tmp_path: Path) -> None:
    context = Authority(tmp_path).server(LOOPBACK)
    error = refused_to_open(server={"ssl": context}, options={"timeouts": hasty("greeting")}, tls=Tls.STARTTLS)
    assert f"no answer within {HASTY_S} s" in error.message
    assert "smtps://" in error.remedy


def test_unknown_host() -> None:
    with pytest.raises(RelayError, match="does not resolve") as caught:
        asyncio.run(submitter(settings(25, host="relay.invalid")).open())
    assert "host name" in caught.value.remedy


def test_refused_connection() -> None:
    async def main() -> None:
        async with play() as played:
            port = played.port
        await submitter(settings(port)).open()

    with pytest.raises(RelayError, match="connection was refused") as caught:
        asyncio.run(main())
    assert "587" in caught.value.remedy


def test_unwelcome() -> None:
    with pytest.raises(RelayError, match=r"refused at connect: 554 5.7.1 not you"):
        in_dialogue(lambda one: one.open(), "S: 554 5.7.1 not you")


def test_unreadable_authority(tmp_path: Path) -> None:
    file = tmp_path / "empty.pem"
    file.write_text("no certificate")
    for name in (str(file), str(tmp_path / "missing.pem")):
        with pytest.raises(ConfigError, match="CA file"):
            submitter(settings(25, tls=Tls.IMPLICIT), ca_file=name)


def test_credentials_are_struck_out_of_replies_that_quote_them() -> None:
    response = "AG1lAGNvcnJlY3QgaG9yc2U="

    async def work(using: RelaySubmitter) -> str:
        with pytest.raises(RelayError) as caught:
            await using.open()
        return caught.value.message

    message, played = in_dialogue(
        work,
        f"S: 220 relay.test\nC: EHLO\nS: 250-relay.test\nS: 250 AUTH PLAIN\nC: AUTH\nS: 500 what is {response}?",
        user="me",
        password=Secret(PASSWORD),
    )
    assert played.heard[0][-1] == f"AUTH PLAIN {response}"
    assert "what is …?" in message
    assert response not in message


def token_command(tmp_path: Path, body: str) -> str:
    script = tmp_path / "token.py"
    script.write_text(body)
    return shlex.join([sys.executable, str(script)])


XOAUTH2 = "S: 220 relay.test\nC: EHLO\nS: 250-relay.test\nS: 250 AUTH XOAUTH2\nC: AUTH XOAUTH2 "


def test_xoauth2_by_token_command(tmp_path: Path) -> None:
    sent, played = in_dialogue(
        open_and_send,
        f"{XOAUTH2}dXNlcj1tZUBvd24udGVzdAFhdXRoPUJlYXJlciB5YTI5LnRva2VuAQE=\nS: 235 fine\n{SENT}",
        user="me@own.test",
        token_command=token_command(tmp_path, "print('ya29.token')"),
    )
    assert sent.accepted is True
    assert "ya29" not in str(sent)
    assert len(played.heard) == 1


def test_a_refused_token(tmp_path: Path) -> None:
    with pytest.raises(RelayError, match=r"refused the access token of me: 535 5.7.8 no"):
        in_dialogue(
            lambda one: one.open(),
            f"{XOAUTH2}\nS: 334 eyJzdGF0dXMiOiI0MDAifQ==\nC: \nS: 535 5.7.8 no",
            user="me",
            token_command=token_command(tmp_path, "print('stale')"),
        )


# --- sessions that die -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "end",
    [
        "C: MAIL\nRESET",
        "C: MAIL\nS: 421 4.4.2 too long idle",
        "C: MAIL\nS: 250 ok\nC: RCPT",
        f"{TO_DATA}RESET",
        f"{TO_DATA}S: 421 closing",
        f"{TO_DATA}S: 354 go\nRESET",
    ],
)
def test_a_probe_whose_session_died_before_the_final_dot_is_sent_on_a_fresh_one(end: str) -> None:
    big = MESSAGE + b"x" * 6_000_000

    async def work(using: RelaySubmitter) -> Submission:
        await using.open()
        return await using.submit(probe(), big if "354" in end else MESSAGE)

    sent, played = in_dialogue(work, f"{GREET}{end}", f"{GREET}{SENT}C: QUIT")
    assert (sent.accepted, sent.queue_id) == (True, "ABCDEF123456")
    assert len(played.heard) == 2
    assert sum(line.command.startswith("connect") for line in sent.transcript) == 2


def test_it_is_tried_once_more_only() -> None:
    sent, played = in_dialogue(open_and_send, *[f"{GREET}C: MAIL\nRESET"] * 2)
    assert (sent.accepted, sent.stage, len(played.heard)) == (False, Stage.MAIL, 2)
    assert sent.error


@pytest.mark.parametrize("end", ["RESET", "HANG", "S: 421 4.3.0 going down"])
def test_after_the_final_dot_nothing_is_sent_again(end: str) -> None:
    sent, played = in_dialogue(
        open_and_send, f"{GREET}{TO_DATA}S: 354 go\nC: *\n{end}", options={"timeouts": hasty("final")}
    )
    assert sent.accepted is (False if end.startswith("S:") else None)
    assert len(played.heard) == 1


def test_a_refusal_is_final_even_if_the_server_hangs_up_with_it() -> None:
    sent, played = in_dialogue(open_and_send, f"{GREET}C: MAIL\nS: 250 ok\nC: RCPT\nS: 550 5.1.1 no such user")
    assert (sent.accepted, sent.stage, sent.reply.enhanced) == (False, Stage.RCPT, "5.1.1")
    assert len(played.heard) == 1


def test_a_session_that_the_relay_closed_meanwhile_is_replaced() -> None:
    async def work(using: RelaySubmitter) -> list[Submission]:
        first = await open_and_send(using)
        await asyncio.sleep(0.1)
        return [first, await send(using)]

    sent, played = in_dialogue(work, f"{GREET}{SENT}S: 421 idle", f"{GREET}{SENT}C: QUIT")
    assert [one.accepted for one in sent] == [True, True]
    assert len(played.heard) == 2


def test_a_relay_that_is_gone_is_an_error() -> None:
    async def work(using: RelaySubmitter) -> Submission:
        await using.open()
        return await send(using)

    with pytest.raises(RelayError, match="refused at connect: 421"):
        in_dialogue(work, f"{GREET}C: MAIL\nRESET")


def test_a_relay_that_comes_back_is_not_gone() -> None:
    sent, _ = in_dialogue(open_and_send, f"{GREET}C: MAIL\nRESET", "S: 421 starting", f"{GREET}{SENT}C: QUIT")
    assert sent.accepted is True


def test_a_relay_that_takes_fewer_connections_gets_fewer() -> None:
    async def work(using: RelaySubmitter) -> list[Submission]:
        await using.open()
        return await asyncio.gather(*(send(using) for _ in range(5)))

    sent, played = in_dialogue(work, f"{GREET}{SENT * 5}C: QUIT", options={"connections": 3})
    assert {one.accepted for one in sent} == {True}
    assert not any(line.code == 421 for one in sent for line in one.transcript)
    assert len(played.heard[0]) > 15


def test_an_interrupted_submission_leaves_no_session_behind_that_answers_for_it() -> None:
    async def work(using: RelaySubmitter) -> Submission:
        await using.open()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(send(using), 0.2)
        return await send(using)

    sent, played = in_dialogue(work, f"{GREET}C: MAIL\nHANG", f"{GREET}{SENT}C: QUIT")
    assert sent.accepted is True
    assert len(played.heard) == 2


def test_the_first_probe_of_a_session_shows_how_it_began_and_the_next_does_not() -> None:
    async def work(using: RelaySubmitter) -> list[Submission]:
        await using.open()
        return [await send(using), await send(using)]

    (first, second), _ = in_dialogue(work, f"{GREET}{SENT}{SENT}C: QUIT")
    assert first.transcript[0].command.startswith("connect ")
    assert second.transcript[0].command.startswith("MAIL ")


def test_rcpt_only_leaves_the_session_usable() -> None:
    async def work(using: RelaySubmitter) -> list[Submission]:
        await using.open()
        return [await using.submit(probe(rcpt_only=True), b""), await send(using)]

    (asked, sent), played = in_dialogue(
        work, f"{GREET}C: MAIL\nS: 250 ok\nC: RCPT\nS: 250 ok\nC: RSET\nS: 250 ok\n{SENT}C: QUIT"
    )
    assert (asked.accepted, asked.stage, asked.reply.code) == (False, Stage.RCPT, 250)
    assert sent.accepted is True
    assert len(played.heard) == 1


# --- pipelining (RFC 2920) -------------------------------------------------------------------------------------------

PIPELINING = GREET.replace("250 DSN", "250 PIPELINING")


async def send_twice(using: RelaySubmitter) -> list[Submission]:
    await using.open()
    return [await send(using), await send(using)]


def test_mail_rcpt_and_data_go_out_together_where_offered() -> None:
    (first, second), played = in_dialogue(
        send_twice,
        f"""{PIPELINING}
        C: MAIL
        C: RCPT
        C: DATA
        S: 250 2.1.0 sender ok
        S: 250 2.1.5 recipient ok
        S: 354 go
        C: *
        S: 250 queued
        C: MAIL
        C: RCPT
        C: DATA
        S: 250 2.1.0 sender ok
        S: 550 5.1.1 no such user
        S: 554 no valid recipients
        C: RSET
        S: 250 ok
        C: QUIT""",
    )
    assert (first.accepted, [line.code for line in first.transcript[2:]]) == (True, [250, 250, 354, 250])
    assert (second.accepted, second.stage, second.reply.enhanced) == (False, Stage.RCPT, "5.1.1")
    assert len(played.heard) == 1


def test_a_server_that_takes_data_for_nobody_gets_none() -> None:
    group = "C: MAIL\nC: RCPT\nC: DATA\nS: 250 ok\nS: 550 5.1.1 no\nS: 354 go\nC: anything"
    (first, second), played = in_dialogue(send_twice, f"{PIPELINING}{group}", f"{GREET}{SENT}C: QUIT")
    assert (first.accepted, first.stage, first.reply.code) == (False, Stage.RCPT, 550)
    assert second.accepted is True
    assert played.heard[0][-1] == "DATA"


def test_a_server_that_answers_everything_and_hangs_up_is_heard_to_the_end() -> None:
    sent, played = in_dialogue(
        open_and_send, f"{PIPELINING}C: MAIL\nC: RCPT\nC: DATA\nS: 250 ok\nS: 550 5.1.1 no\nS: 503 no recipient"
    )
    assert (sent.accepted, sent.stage, sent.reply.code) == (False, Stage.RCPT, 550)
    assert len(played.heard) == 1


def test_rcpt_only_does_not_ask_for_data() -> None:
    async def work(using: RelaySubmitter) -> Submission:
        await using.open()
        return await using.submit(probe("a@target.test", "b@target.test", rcpt_only=True), b"")

    asked, _ = in_dialogue(
        work, f"{PIPELINING}C: MAIL\nC: RCPT\nC: RCPT\nS: 250 ok\nS: 250 ok\nS: 550 no\nC: RSET\nS: 250 ok\nC: QUIT"
    )
    assert [reply.code for reply in asked.recipient_replies.values()] == [250, 550]


def test_a_line_break_in_an_address_is_not_a_command() -> None:
    async def work(using: RelaySubmitter) -> Submission:
        await using.open()
        with pytest.raises(UsageError, match="control characters"):
            await using.submit(probe("a@target.test>\r\nRCPT TO:<b@target.test"), MESSAGE)
        return await send(using)

    sent, _ = in_dialogue(work, f"{GREET}C: MAIL\nS: 250 ok\n", f"{GREET}{SENT}C: QUIT")
    assert sent.accepted is True
