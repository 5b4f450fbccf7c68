"""The other servers: each a dialogue, and what of it is a notice."""

from __future__ import annotations

import pytest

from tests.support.log_families import CASES, COURIER, DAY, EXIM, HARAKA, OPENSMTPD, QMAIL, SENDMAIL, SYSLOG
from tests.support.logs import dialogue, report


@pytest.mark.parametrize(("log", "expected"), CASES.values(), ids=CASES)
def test_what_a_server_wrote(log: str, expected: tuple[int, ...]) -> None:
    totals = report(log).totals
    got = (totals.ndn_outside, totals.delay_outside, totals.success_outside, totals.autoreply_outside)
    assert (*got, totals.inside, totals.undelivered) == expected
    if totals.ndn_outside and "timeout" not in log and "Cannot send" not in log:
        assert totals.reasons == {"user-unknown": 1}


@pytest.mark.parametrize("name", [name for name in CASES if name not in {"haraka", "opensmtpd to standard output"}])
def test_the_time_that_a_log_covers(name: str) -> None:
    assert report(CASES[name][0]).totals.first == "2026-03-01T10:00:00Z"


@pytest.mark.parametrize(("log", "expected"), CASES.values(), ids=CASES)
def test_the_same_log_twice_is_counted_once(log: str, expected: tuple[int, ...]) -> None:
    totals = report(log, log).totals
    assert (totals.ndn_outside, totals.inside) == (expected[0], expected[4])


def test_several_servers_in_one_file() -> None:
    named = [
        dialogue(EXIM, SYSLOG + "exim[5]: "),
        dialogue(SENDMAIL, SYSLOG + "sendmail[5]: "),
        dialogue(OPENSMTPD, SYSLOG + "smtpd[5]: "),
    ]
    found = report("".join(named))
    assert found.totals.ndn_outside == 3
    assert set(found.files[0].products) == {"Exim", "Sendmail", "OpenSMTPD"}


@pytest.mark.parametrize(
    ("log", "local"),
    [
        (dialogue(EXIM.replace("P=esmtp", "P=esmtpsa A=plain:eve"), DAY), 1),
        (dialogue(EXIM.replace("H=(x) [203.0.113.4] P=esmtp", "U=www P=local"), DAY), 1),
        (dialogue(EXIM.replace("id=1@far.example", 'T="see A=b P=local"'), DAY), 0),
        (dialogue(SENDMAIL.replace("relay=[203.0.113.4]", "relay=www@localhost"), SYSLOG + "sendmail[5]: "), 1),
        (dialogue(OPENSMTPD.replace("address=203.0.113.4", "address=local"), SYSLOG + "smtpd[5]: "), 1),
        (dialogue(QMAIL, "@4000000069a40e2a003ed208 "), None),
        (dialogue(HARAKA.replace("connect ip", "disconnect relay=Y ip"), ""), 1),
        (dialogue(EXIM.replace("H=(x) [203.0.113.4] P=esmtp", "U=www P=local-esmtp"), DAY), 1),
        (dialogue(EXIM.replace("H=(x) [203.0.113.4]", "H=mx.ours.example (web) [127.0.0.1]:4123"), DAY), 1),
        (dialogue(EXIM.replace("H=(x)", "H=([127.0.0.1])"), DAY), 0),
        (dialogue(EXIM.replace("H=(x)", "H=localhost (localhost)"), DAY), 0),
        (
            dialogue(
                SENDMAIL.replace("[203.0.113.4]", "localhost [203.0.113.4] (may be forged)"), SYSLOG + "sendmail[5]: "
            ),
            0,
        ),
        (dialogue(SENDMAIL.replace("[203.0.113.4]", "[IPv6:::1]"), SYSLOG + "sendmail[5]: "), 1),
        (
            dialogue(f"AAAA0000001: AUTH=server, relay=[203.0.113.4], authid=al\n{SENDMAIL}", SYSLOG + "sendmail[5]: "),
            1,
        ),
        (dialogue(COURIER.replace("id=0A.1: dns", "id=0A.1, auth=al: dns", 1), SYSLOG), 1),
        (dialogue(COURIER.replace("dns; x (x ", "dns; localhost (x ", 1), SYSLOG), 0),
    ],
)
def test_whose_client_it_was(log: str, local: int | None) -> None:
    totals = report(log).totals
    assert totals.authenticated_or_local == local
    assert totals.backscatter == (None if local is None else 1 - local)


@pytest.mark.parametrize(
    "name", ['"eve A=plain:b P=local c"', '"eve, relay=x[127.0.0.1], b"', '"a \\" A=b"', '"a, b>c R=d"']
)
@pytest.mark.parametrize("log", [dialogue(EXIM, DAY), dialogue(SENDMAIL, SYSLOG + "sendmail[5]: ")])
def test_no_stranger_makes_himself_an_own_client_or_hides_a_notice(log: str, name: str) -> None:
    """A name in quotes may hold what reads like a field of the log, in a sender and in a Message-ID."""
    if log.startswith(DAY):
        with_id = log.replace("id=1@", f"id={name}@")
    else:
        with_id = log.replace(", proto=ESMTP", f", msgid=<{name}@far.example>, proto=ESMTP")
    assert with_id != log
    for forged in (log.replace("eve@", f"{name}@"), with_id):
        totals = report(forged).totals
        assert (totals.ndn_outside, totals.authenticated_or_local, totals.undelivered) == (1, 0, 0), forged


def test_a_bounce_names_the_recipient_where_the_original_is_not_in_the_log() -> None:
    log = dialogue("\n".join(EXIM.strip().splitlines()[2:]), DAY)
    totals = report(log).totals
    assert (totals.ndn_outside, totals.reverse_paths, totals.reasons) == (1, 1, {"unknown": 1})


@pytest.mark.parametrize(
    "own", ["SRS0=HH=TT=far.example=eve@ours.example", "SRS1=HH=far.example==HH=TT=x.example=eve@ours.example"]
)
def test_what_goes_to_an_own_srs_address_goes_back_outside(own: str) -> None:
    """A forwarder that makes reverse-paths its own bounces to whoever was forged in them (libsrs2, PostSRSd)."""
    totals = report(dialogue(EXIM.replace("eve@far.example", own), DAY)).totals
    assert (totals.ndn_outside, totals.inside) == (1, 0)


def test_one_notice_tells_of_all_recipients_that_failed_at_once() -> None:
    """The next notice to the same address is about the next message."""
    envelope, failed = (line.strip() for line in OPENSMTPD.strip().splitlines()[1:3])
    twice = "\n".join(line.replace("1" * 16, "1" * 8 + "9" * 8) for line in (envelope, failed))
    spam = OPENSMTPD.replace("1" * 16, "5" * 16).replace("2" * 16, "6" * 16).replace("5.1.1 User unknown", "5.7.1 spam")
    log = dialogue(f"{twice}\n{OPENSMTPD}\n{spam.strip()}", SYSLOG + "smtpd[5]: ")
    assert report(log).totals.reasons == {"user-unknown": 1, "spam": 1}


def test_what_a_delivery_program_said() -> None:
    log = OPENSMTPD.replace("mta delivery", "mda delivery").replace(
        'result="PermFail" stat="550 5.1.1 User unknown"', 'result=PermFail stat=Error ("mail.local: mailbox is full")'
    )
    assert report(dialogue(log, SYSLOG + "smtpd[5]: ")).totals.reasons == {"mailbox-full": 1}
