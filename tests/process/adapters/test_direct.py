"""The direct route: what a mail exchanger answers is data, whatever it does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.direct import DirectSubmitter
from bsaudit.adapters.smtp_session import Timeouts
from bsaudit.model.mail import Host, Route, Stage, Submission
from tests.support.certificates import Authority
from tests.support.samples import samples
from tests.support.smtp import LONGEST, LOOPBACK, Played, play
from tests.support.submitting import MESSAGE, PATIENT, hasty, probe

GREET = """
S: 220 mx.target.test ESMTP
C: EHLO probe.own.test
"""
PLAIN = f"{GREET}S: 250 mx.target.test\n"
TO_DATA = f"""{PLAIN}
C: MAIL FROM:<catch+t1@own.test>
S: 250 2.1.0 Ok
C: RCPT TO:<nobody@target.test>
S: 250 2.1.5 Ok
C: DATA
"""


def submit(*scripts: str, timeouts: Timeouts = PATIENT, message: bytes = MESSAGE, **changes: Any) -> tuple[Any, Played]:
    context, host = changes.pop("context", None), changes.pop("host", LOOPBACK)
    recipients, limit = changes.pop("recipients", ()), changes.pop("limit", LONGEST)

    async def main() -> tuple[Submission, Played]:
        async with play(*scripts, context=context, host=host, limit=limit) as played:
            submitter = DirectSubmitter(clock=SystemClock(), helo_name="probe.own.test", timeouts=timeouts)
            assert await submitter.open() is None
            one = probe(
                *recipients,
                route=Route.DIRECT,
                address=host,
                port=played.port,
                mail_exchanger="mx.target.test",
                **changes,
            )
            submission = await submitter.submit(one, message)
            await submitter.close()
        return submission, played

    return asyncio.run(main())


def test_a_message_is_accepted_after_its_final_dot_and_dots_are_stuffed() -> None:
    sent, played = submit(f"{TO_DATA}S: 354 go ahead\nC: *\nS: 250 2.0.0 Ok: queued as 4XyZabc123\nC: QUIT\nS: 221 bye")
    assert (sent.accepted, sent.stage, sent.queue_id) == (True, Stage.END_OF_DATA, "4XyZabc123")
    assert (sent.reply.code, sent.reply.enhanced) == (250, "2.0.0")
    assert sent.peer == Host(host="mx.target.test", address=LOOPBACK)
    assert sent.submitted_at <= sent.finished_at
    assert played.heard[0][-2] == MESSAGE.replace(b"\r\n.", b"\r\n..").decode() + ".\r\n"
    assert [(line.command.partition(" ")[0], line.code) for line in sent.transcript] == [
        ("connect", 220),
        ("EHLO", 250),
        ("MAIL", 250),
        ("RCPT", 250),
        ("DATA", 354),
        (".", 250),
        ("QUIT", 221),
    ]


@pytest.mark.parametrize(
    ("script", "stage", "code"),
    [
        ("S: 554 5.7.1 go away", Stage.CONNECT, 554),
        (f"{GREET}S: 550 who are you\nC: HELO\nS: 550 no", Stage.HELO, 550),
        (f"{PLAIN}C: MAIL\nS: 550 5.7.23 SPF\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye", Stage.MAIL, 550),
        (
            f"{PLAIN}C: MAIL\nS: 250 ok\nC: RCPT\nS: 550 5.1.1 User unknown\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye",
            Stage.RCPT,
            550,
        ),
        (f"{TO_DATA}S: 451 later\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye", Stage.DATA, 451),
        (f"{TO_DATA}S: 354 go\nC: *\nS: 554 5.7.1 spam\nC: QUIT\nS: 221 bye", Stage.END_OF_DATA, 554),
        (f"{TO_DATA}S: 354 go\nC: *\nS: 421 4.7.0 overloaded", Stage.END_OF_DATA, 421),
        (f"{PLAIN}C: MAIL\nS: 421 4.3.2 shutting down", Stage.MAIL, 421),
    ],
)
def test_a_refusal_is_kept_with_the_stage_it_came_at(script: str, stage: Stage, code: int) -> None:
    sent, _ = submit(script)
    assert (sent.accepted, sent.stage, sent.reply.code, sent.error) == (False, stage, code, None)


@pytest.mark.parametrize(
    ("script", "stage"),
    [
        ("RESET", Stage.CONNECT),
        (GREET, Stage.HELO),
        (f"{PLAIN}C: MAIL\nRESET", Stage.MAIL),
        (f"{PLAIN}C: MAIL\nS: 250 ok\nC: RCPT", Stage.RCPT),
        (f"{TO_DATA}RESET", Stage.DATA),
        ("S: hello there, no code", Stage.CONNECT),
    ],
)
def test_a_connection_that_dies_before_the_final_dot_has_sent_nothing(script: str, stage: Stage) -> None:
    sent, _ = submit(script)
    assert (sent.accepted, sent.stage, sent.reply) == (False, stage, None)
    assert sent.error


@pytest.mark.parametrize(
    ("script", "limit", "stage"),
    [
        ("", "greeting", Stage.CONNECT),
        (f"{PLAIN}C: MAIL", "command", Stage.MAIL),
        (TO_DATA, "data", Stage.DATA),
    ],
)
def test_a_server_that_falls_silent_before_the_final_dot_has_got_nothing(script: str, limit: str, stage: Stage) -> None:
    sent, _ = submit(f"{script}\nHANG", timeouts=hasty(limit))
    assert (sent.accepted, sent.stage, sent.reply) == (False, stage, None)
    assert sent.error


@pytest.mark.parametrize("ending", ["RESET", "HANG", "S: nonsense", "S: 354 what?"])
def test_after_the_final_dot_only_the_server_knows(ending: str) -> None:
    sent, _ = submit(f"{TO_DATA}S: 354 go\nC: *\n{ending}", timeouts=hasty("final"))
    assert (sent.accepted, sent.stage) == (None, Stage.END_OF_DATA)
    assert sent.error


def test_a_server_that_stops_reading_a_long_message_has_not_got_it() -> None:
    message = b"x" * 30_000_000 + b"\r\n"
    sent, _ = submit(f"{TO_DATA}S: 354 go\nHANG", timeouts=hasty("block"), message=message, limit=1 << 16)
    assert (sent.accepted, sent.stage, sent.reply) == (False, Stage.END_OF_DATA, None)
    assert "took no more" in sent.error


def test_a_refusal_in_the_middle_of_a_long_message_is_heard() -> None:
    script = f"{TO_DATA}S: 354 go\nPAUSE\nS: 552 5.3.4 too big\nHANG"
    sent, _ = submit(script, message=b"x" * 30_000_000 + b"\r\n")
    assert (sent.accepted, sent.reply.code, sent.reply.enhanced) == (False, 552, "5.3.4")


def test_nothing_listens() -> None:
    async def main() -> Submission:
        async with play() as played:
            port = played.port
        submitter = DirectSubmitter(clock=SystemClock(), timeouts=PATIENT)
        return await submitter.submit(probe(route=Route.DIRECT, address=LOOPBACK, port=port), MESSAGE)

    sent = asyncio.run(main())
    assert (sent.accepted, sent.stage, sent.error) == (False, Stage.CONNECT, "the connection was refused")
    assert sent.transcript[0].text == "the connection was refused"


def test_each_recipient_has_its_reply_and_the_message_goes_to_those_accepted() -> None:
    sent, _ = submit(
        f"""{PLAIN}
        C: MAIL
        S: 250 ok
        C: RCPT TO:<real@target.test>
        S: 250 2.1.5 ok
        C: RCPT TO:<nobody@target.test>
        S: 550-5.1.1 The user
        S: 550 5.1.1 does not exist
        C: DATA
        S: 354 go
        C: *
        S: 250 ok
        C: QUIT""",
        recipients=("real@target.test", "nobody@target.test"),
    )
    assert sent.accepted is True
    assert sent.recipient_replies["real@target.test"].code == 250
    refused = sent.recipient_replies["nobody@target.test"]
    assert (refused.code, refused.enhanced, refused.text) == (550, "5.1.1", "The user does not exist")


def test_a_rcpt_only_probe_never_begins_a_message() -> None:
    sent, played = submit(
        f"""{PLAIN}
        C: MAIL FROM:<>
        S: 250 ok
        C: RCPT TO:<postmaster@target.test>
        S: 250 ok
        C: RCPT TO:<q7@target.test>
        S: 550 5.1.1 unknown
        C: RSET
        S: 250 ok
        C: QUIT
        S: 221 bye""",
        recipients=("postmaster@target.test", "q7@target.test"),
        rcpt_only=True,
        reverse_path="",
    )
    assert (sent.accepted, sent.stage) == (False, Stage.RCPT)
    assert [reply.code for reply in sent.recipient_replies.values()] == [250, 550]
    assert "DATA" not in played.heard[0]


def test_dsn_and_8bit_and_size_are_asked_for_where_offered() -> None:
    message = MESSAGE.replace(b"bye", "größer".encode())
    sent, _ = submit(
        f"""{GREET}
        S: 250-mx.target.test
        S: 250-SIZE 10240000
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250 DSN
        C: MAIL FROM:<catch+t1@own.test> SIZE={len(message)} BODY=8BITMIME ENVID=t5
        S: 250 ok
        C: RCPT TO:<n+b@xn--bcher-kva.test> NOTIFY=SUCCESS,FAILURE ORCPT=utf-8;n\\x{{2B}}b@b\\x{{FC}}cher.test
        S: 250 ok
        C: DATA
        S: 354 go
        C: *
        S: 250 ok
        C: QUIT""",
        recipients=("n+b@bücher.test",),
        message=message,
    )
    assert (sent.dsn_requested, sent.smtputf8_offered) == (True, True)
    assert sent.size_limit == 10240000


def test_xtext_of_a_plain_recipient() -> None:
    sent, _ = submit(
        f"""{GREET}
        S: 250-mx.target.test
        S: 250 DSN
        C: MAIL FROM:<catch+t1@own.test> ENVID=t5
        S: 250 ok
        C: RCPT TO:<a+b=c@target.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2Bb+3Dc@target.test
        S: 550 no
        C: RSET
        S: 250 ok
        C: QUIT""",
        recipients=("a+b=c@target.test",),
    )
    assert sent.dsn_requested


@pytest.mark.parametrize("changes", [{"notify": False}, {"reverse_path": ""}])
def test_no_dsn_is_asked_for_when_the_probe_does_not_want_one_or_none_can_come(changes: dict[str, Any]) -> None:
    sent, played = submit(
        f"{GREET}S: 250-mx\nS: 250 DSN\nC: MAIL\nS: 250 ok\nC: RCPT\nS: 550 no\nC: RSET\nS: 250 ok\nC: QUIT", **changes
    )
    assert sent.dsn_requested is False
    assert not any("NOTIFY" in line or "ENVID" in line for line in played.heard[0])


def test_an_address_that_needs_smtputf8_is_not_sent_without() -> None:
    sent, _ = submit(f"{PLAIN}C: QUIT", recipients=("jürgen@target.test",))
    assert (sent.accepted, sent.stage) == (False, Stage.MAIL)
    assert "SMTPUTF8" in sent.error


def test_an_international_address_goes_out_as_smtputf8() -> None:
    sent, _played = submit(
        f"""{GREET}
        S: 250-mx
        S: 250 SMTPUTF8
        C: MAIL FROM:<catch+t1@own.test> SMTPUTF8
        S: 250 ok
        C: RCPT TO:<jürgen@target.test>
        S: 550 5.1.1 no
        C: RSET
        S: 250 ok
        C: QUIT""",
        recipients=("jürgen@target.test",),
    )
    assert sent.recipient_replies["jürgen@target.test"].code == 550


def test_starttls_is_taken_with_any_certificate(tmp_path: Path) -> None:
    context = Authority(tmp_path).server("elsewhere.test", expired=True, self_signed=True)
    sent, _ = submit(
        f"""{GREET}
        S: 250-mx
        S: 250 STARTTLS
        C: STARTTLS
        S: 220 go
        TLS
        C: EHLO
        S: 250-mx
        S: 250 DSN
        C: MAIL
        S: 550 no
        C: RSET
        S: 250 ok
        C: QUIT
        S: 221 bye""",
        context=context,
    )
    assert sent.tls == "TLSv1.3, certificate not verified"
    assert sent.dsn_requested
    assert sent.reply.code == 550


def test_a_failed_handshake_is_followed_by_plain_text_on_a_new_connection() -> None:
    sent, played = submit(
        f"{GREET}S: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nS: this is not TLS",
        f"{GREET}S: 250-mx\nS: 250 STARTTLS\nC: MAIL\nS: 550 5.7.1 no\nC: RSET\nS: 250 ok\nC: QUIT",
    )
    assert (sent.stage, sent.reply.code) == (Stage.MAIL, 550)
    assert sent.tls.startswith("none: the TLS handshake failed")
    assert len(played.heard) == 2
    assert [line.command for line in sent.transcript if line.command == "STARTTLS"] == ["STARTTLS"]


def test_a_server_that_refuses_starttls_is_served_in_plain_text() -> None:
    sent, played = submit(
        f"""{GREET}
        S: 250-mx
        S: 250 STARTTLS
        C: STARTTLS
        S: 454 4.7.0 not now
        C: MAIL
        S: 550 no
        C: RSET
        S: 250 ok
        C: QUIT"""
    )
    assert (sent.tls, sent.reply.code, len(played.heard)) == (None, 550, 1)


def test_a_server_without_ehlo_is_greeted_with_helo() -> None:
    sent, _ = submit(
        f"{GREET}S: 502 what?\nC: HELO probe.own.test\nS: 250 ok\n"
        "C: MAIL FROM:<catch+t1@own.test>\nS: 550 no\nC: RSET\nS: 250 ok\nC: QUIT"
    )
    assert sent.reply.code == 550


def test_ipv6() -> None:
    try:
        sent, _ = submit(f"{PLAIN}C: MAIL\nS: 550 no\nC: RSET\nS: 250 ok\nC: QUIT", host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    assert sent.peer.address == "::1"


def test_remote_text_is_printable() -> None:
    sent, _ = submit("S: 554 \x1b[2Jgone\u202e")
    assert "\x1b" not in sent.reply.text + sent.transcript[0].text
    assert "\u202e" not in sent.reply.text + sent.transcript[0].text


def test_a_target_is_never_asked_more_than_it_takes_to_see_a_refusal() -> None:
    sent, _ = submit(
        f"{GREET}S: 250-mx\nS: 250 PIPELINING\nC: MAIL\nS: 250 ok\nC: RCPT\nS: 550 no\nC: RSET\nS: 250 ok\nC: QUIT"
    )
    assert sent.reply.code == 550


@samples(0.5)
@given(st.binary(max_size=200))
def test_any_greeting_is_survived(noise: bytes) -> None:
    async def main() -> Submission:
        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(noise)
            writer.close()

        server = await asyncio.start_server(serve, LOOPBACK, 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            using = DirectSubmitter(clock=SystemClock(), timeouts=PATIENT)
            return await using.submit(probe(route=Route.DIRECT, address=LOOPBACK, port=port), MESSAGE)

    assert asyncio.run(main()).accepted is False


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("250 2.0.0 Ok: queued␍ as 4XyZabc123", "Ok: queued as 4XyZabc123"),
        ("250 2.0.0 Ok␍554 5.7.1 go away", "Ok 554 5.7.1 go away"),
        ("250-2.0.0 Ok␍␍\nS: 250 2.0.0 queued␍", "Ok queued"),
        ("250␍2.0.0 Ok", "Ok"),
        ("250\t2.0.0 Ok", "Ok"),
        ("250", ""),
        ("250 2.0.0 Ok\v\f\x1c\x1d\x1e\x85 yes", "Ok yes"),
    ],
)
def test_a_reply_is_read_by_its_code_whatever_follows(said: str, text: str) -> None:
    """RFC 5321 §4.2: a client acts on the code alone; a CR of its own ends no line (§2.3.8)."""
    sent, _ = submit(f"{TO_DATA}S: 354 go␍ahead\nC: *\nS: {said}\nC: QUIT\nS: 221 bye")
    assert (sent.accepted, sent.stage) == (True, Stage.END_OF_DATA)
    assert sent.reply.code == 250
    assert sent.reply.text == text


def test_a_cr_of_its_own_makes_no_target_unreachable() -> None:
    greeted = "S: 220 mx.target.test␍ESMTP␍\nC: EHLO\nS: 250-mx␍.target.test\nS: 250 SIZE 5␍000"
    sent, _ = submit(f"{greeted}\nC: MAIL\nS: 550 5.1.1 no␍such user")
    assert (sent.reply.code, sent.reply.enhanced, sent.reply.text) == (550, "5.1.1", "no such user")


@pytest.mark.parametrize("size", ["9" * 5000, "9" * 40, "-1", "x", "٣"])
def test_a_size_that_is_none_is_no_limit(size: str) -> None:
    sent, _ = submit(
        f"{GREET}S: 250-mx.target.test\nS: 250 SIZE {size}\nC: MAIL FROM:<catch+t1@own.test>\nS: 550 5.7.1 no"
    )
    assert (sent.stage, sent.reply.code) == (Stage.MAIL, 550)


@samples(0.6)
@given(st.binary(max_size=300).filter(lambda noise: b"\n" not in noise))
def test_whatever_stands_behind_a_code_the_code_counts(noise: bytes) -> None:
    async def main() -> Submission:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 " + noise + b"\r\n")
            await reader.readline()
            writer.write(b"250-" + noise + b"\r\n250 " + noise + b"\r\n")
            await reader.readline()
            writer.write(b"550 " + noise + b"\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, LOOPBACK, 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            submitter = DirectSubmitter(clock=SystemClock(), helo_name="probe.own.test", timeouts=PATIENT)
            one = probe(route=Route.DIRECT, address=LOOPBACK, port=port, mail_exchanger="mx.target.test")
            return await submitter.submit(one, MESSAGE)

    sent = asyncio.run(main())
    assert (sent.stage, sent.reply.code if sent.reply else None) == (Stage.MAIL, 550)
    assert "\x1b" not in sent.reply.text if sent.reply else False
