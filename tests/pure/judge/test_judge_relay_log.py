"""Lines of a relay's log: which host took the message, and in which words. Lines as the products' manuals show them."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bsaudit.judge.relay_log import LINE_LIMIT, parse_log
from bsaudit.model.mail import LogEntry, LogStatus

POSTFIX = (
    "Nov 23 10:00:01 mail postfix/smtp[4711]: 4F2A81C0: to=<user@example.org>, relay=mx.example.org[192.0.2.1]:25, "
    "delay=0.5, delays=0.1/0/0.2/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9A7B)"
)
EXIM = (
    "2026-11-23 10:00:01 1tEqX2-00000000abc-0AbC => user@example.org R=dnslookup T=remote_smtp "
    'H=mx.example.org [192.0.2.1] X=TLS1.3:ECDHE:256 CV=yes C="250 2.0.0 OK id=abc" QT=0.5s'
)


def parse(*lines: str) -> list[LogEntry]:
    return list(parse_log(lines))


def test_postfix_says_who_took_it() -> None:
    assert parse(POSTFIX) == [
        LogEntry(
            queue_id="4F2A81C0",
            recipient="user@example.org",
            status=LogStatus.SENT,
            host="mx.example.org",
            address="192.0.2.1",
            reply="250 2.0.0 Ok: queued as 9A7B",
        )
    ]


@pytest.mark.parametrize("status", ["deferred", "bounced"])
def test_postfix_says_who_did_not(status: str) -> None:
    (entry,) = parse(POSTFIX.replace("status=sent", f"status={status}"))
    assert entry.status == status


@pytest.mark.parametrize(
    ("seen", "host", "address"),
    [
        ("relay=MX.Example.ORG[2001:db8::1]:25", "mx.example.org", "2001:db8::1"),
        ("orig_to=<alias@example.org>, relay=mx.example.org[192.0.2.1]:25", "mx.example.org", "192.0.2.1"),
    ],
)
def test_postfix_writes_it_in_more_than_one_way(seen: str, host: str, address: str) -> None:
    (entry,) = parse(POSTFIX.replace("relay=mx.example.org[192.0.2.1]:25", seen))
    assert (entry.host, entry.address) == (host, address)


@pytest.mark.parametrize("name", ["postfix-out/smtp", "postfix/lmtp", "postfix/relay/smtp", "postfix.service/smtp"])
def test_every_instance_and_agent_of_postfix_is_known(name: str) -> None:
    assert parse(POSTFIX.replace("postfix/smtp", name))


@pytest.mark.parametrize("relay", ["local", "virtual", "none"])
def test_what_never_left_the_relay_shows_nothing(relay: str) -> None:
    assert parse(POSTFIX.replace("mx.example.org[192.0.2.1]:25", relay)) == []


def test_exim_says_who_took_it() -> None:
    assert parse(EXIM) == [
        LogEntry(
            queue_id="1tEqX2-00000000abc-0AbC",
            recipient="user@example.org",
            status=LogStatus.SENT,
            host="mx.example.org",
            address="192.0.2.1",
            reply="250 2.0.0 OK id=abc",
        )
    ]


@pytest.mark.parametrize(
    ("flag", "status"), [("->", LogStatus.SENT), ("**", LogStatus.BOUNCED), ("==", LogStatus.DEFERRED)]
)
def test_exims_flags(flag: str, status: LogStatus) -> None:
    (entry,) = parse(EXIM.replace("=>", flag))
    assert entry.status is status


def test_exims_older_ids_and_unverified_names_are_read() -> None:
    line = EXIM.replace("1tEqX2-00000000abc-0AbC", "1tEqX2-0003aB-7C").replace("H=mx.", "H=mx.example.org (helo) [")
    (entry,) = parse(line.replace("[example.org [", "["))
    assert (entry.queue_id, entry.host, entry.address) == ("1tEqX2-0003aB-7C", "mx.example.org", "192.0.2.1")


def test_exims_local_deliveries_show_nothing() -> None:
    assert parse(EXIM.replace("H=mx.example.org [192.0.2.1]", "")) == []


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Nov 23 10:00:01 mail postfix/qmgr[1]: 4F2A: from=<a@example.net>, size=812, nrcpt=1 (queue active)",
        "Nov 23 10:00:01 mail postfix/smtpd[1]: connect from mx.example.org[192.0.2.1]",
        "2026-11-23 10:00:01 1tEqX2-0003aB-7C <= a@example.net H=localhost [127.0.0.1] P=esmtp S=812",
        "2026-11-23 10:00:01 1tEqX2-0003aB-7C Completed",
        # A client chooses its HELO name; the log of that session must not pass for a delivery.
        "Nov 23 10:00:01 mail postfix/smtpd[1]: NOQUEUE: reject: helo=<to=<u@d>, relay=mx[192.0.2.1]:25, status=sent>",
        f"Nov 23 10:00:01 mail postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.9]: 554 5.7.1; helo=<{POSTFIX}>",
        f"Nov 23 10:00:01 mail dovecot: imap-login: Login aborted: user=<{POSTFIX}>, rip=192.0.2.9",
        f"2026-11-23 10:00:01 rejected HELO from [192.0.2.9]: syntactically invalid argument(s): {EXIM}",
        f'2026-11-23 10:00:01 1tEqX2-00000000abc-0AbD <= a@example.net H=x [192.0.2.9] P=smtp S=812 T="{EXIM}"',
    ],
)
def test_other_lines_say_nothing(line: str) -> None:
    assert parse(line) == []


@pytest.mark.parametrize(
    "line",
    [
        f"mail-1  | {POSTFIX}",
        f"mail-1  | {EXIM}",
        f"<22>{POSTFIX}",
        POSTFIX.replace("Nov 23 10:00:01", "2026-11-23T10:00:01.123456+00:00"),
        POSTFIX.replace("Nov 23 10:00:01", "Mon 2026-11-23 10:00:01 UTC"),
        f"Nov  3 10:00:01 mail exim[4711]: {EXIM}",
        f"Nov  3 10:00:01 mail exim4: {EXIM.removeprefix('2026-11-23 10:00:01 ')}",
        EXIM.replace("10:00:01 ", "10:00:01.250 +0100 [4711] "),
    ],
)
def test_whoever_keeps_the_log_writes_something_before(line: str) -> None:
    assert parse(line)


def test_a_reply_full_of_escapes_is_harmless() -> None:
    (entry,) = parse(POSTFIX.replace("Ok: queued", "Ok\x1b[2J\x07"))
    assert not any(ord(char) < 32 for char in entry.reply)


@given(st.text(st.characters(codec="utf-8")))
@example("\x00" * 100)
def test_no_line_makes_it_fail(text: str) -> None:
    parse(text, POSTFIX[:60] + text, EXIM[:50] + text, f"{POSTFIX}{text}")


@pytest.mark.parametrize("unit", ["postfix/smtp[1]: A: to=<", "a", " => ", "1tEqX2-0003aB-7C => x ", " H=a (b", "("])
def test_no_line_takes_long(unit: str) -> None:
    began = time.process_time()
    parse(*([unit * (2 * LINE_LIMIT // len(unit))] * 10))
    assert time.process_time() - began < 2
