"""The other servers: each a dialogue, and what of it is a notice."""

from __future__ import annotations

import pytest

from tests.support.log_families import CASES, DAY, EXIM, HARAKA, OPENSMTPD, QMAIL, SENDMAIL, SYSLOG
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
    ],
)
def test_whose_client_it_was(log: str, local: int | None) -> None:
    totals = report(log).totals
    assert totals.authenticated_or_local == local
    assert totals.backscatter == (None if local is None else 1 - local)


def test_a_bounce_names_the_recipient_where_the_original_is_not_in_the_log() -> None:
    log = dialogue("\n".join(EXIM.strip().splitlines()[2:]), DAY)
    totals = report(log).totals
    assert (totals.ndn_outside, totals.reverse_paths, totals.reasons) == (1, 1, {"unknown": 1})
