"""Postfix under several names on one host: instances, and services that master.cf gives a name of their own."""

# ruff: noqa: E501 -- lines of logs are long
from __future__ import annotations

import pytest

from tests.support.logs import ARRIVED, FAILED, GONE, NAMED, SENT, TAKEN, WRITTEN_ID, lines, postfix, report

LOGIN = ARRIVED.replace(
    "client=unknown[203.0.113.9]", "client=unknown[203.0.113.9], sasl_method=PLAIN, sasl_username=a"
)
WHOLE = (FAILED, WRITTEN_ID, NAMED, TAKEN, GONE, SENT)
# A message that one instance hands to another, which bounces it
IN = """
    smtpd AAAA0: client={client}
    cleanup AAAA0: message-id=<1@far.example>
    qmgr AAAA0: from=<eve@far.example>, size=200, nrcpt=1 (queue active)
"""
OVER = """
    smtp AAAA0: to=<x@ours.example>, relay=127.0.0.1[127.0.0.1]:10025, delay=1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as AAAA1)
    qmgr AAAA0: removed
"""
OUT = ARRIVED.replace("unknown[203.0.113.9]", "localhost[127.0.0.1]")


@pytest.mark.parametrize("name", ["postfix/submission", "postfix-submission", "submission"])
@pytest.mark.parametrize("daemon", ["smtpd", "cleanup", "smtp", "bounce"])
def test_a_service_with_a_name_of_its_own_works_for_the_queue_that_holds_the_message(name: str, daemon: str) -> None:
    """A customer who logged in at it is no stranger; what it delivered is delivered."""
    for arrived, local in ((ARRIVED, 0), (LOGIN, 1)):
        log = lines(arrived, *WHOLE).replace(f" postfix/{daemon}[", f" {name}/{daemon}[")
        totals = report(log).totals
        assert (totals.ndn_outside, totals.authenticated_or_local, totals.undelivered) == (1, local, 0)
        assert totals.reasons == {"user-unknown": 1}


def test_two_instances_that_use_the_same_ids_are_kept_apart() -> None:
    first, second = (
        [postfix(part, name=name).splitlines() for part in (arrived, *WHOLE)]
        for name, arrived in (("postfix-in", ARRIVED), ("postfix-out", LOGIN))
    )
    log = "\n".join(line for pair in zip(first, second, strict=True) for part in pair for line in part)
    totals = report(log).totals
    assert (totals.ndn_outside, totals.authenticated_or_local, totals.undelivered) == (2, 1, 0)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("client", "local"),
    [("unknown[203.0.113.9]", 0), ("unknown[203.0.113.9], sasl_method=PLAIN, sasl_username=a", 1)],
)
def test_what_an_instance_takes_from_another_is_as_local_as_it_was_there(
    client: str, local: int, *, late: bool
) -> None:
    before, over, after = (
        postfix(IN.format(client=client), name="postfix-in"),
        postfix(OVER, name="postfix-in"),
        postfix(OUT, name="postfix-out"),
    )
    rest = postfix("\n".join(line for part in WHOLE for line in part.strip().splitlines()), name="postfix-out")
    totals = report(before + (over + after if late else after + over) + rest).totals
    assert (totals.ndn_outside, totals.authenticated_or_local, totals.backscatter) == (1, local, 1 - local)


def test_a_notice_is_followed_from_one_instance_to_the_other() -> None:
    handed = """
        smtp BBBB2: to=<eve@far.example>, relay=127.0.0.1[127.0.0.1]:10025, delay=1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as CCCC3)
        qmgr BBBB2: removed
    """
    again = """
        smtpd CCCC3: client=localhost[127.0.0.1]
        cleanup CCCC3: message-id=<20260301100000.BBBB2@mx.ours.example>
        qmgr CCCC3: from=<>, size=3000, nrcpt=1 (queue active)
    """
    fate = "smtp CCCC3: to=<eve@far.example>, relay=none, delay=1, dsn=5.4.4, status=bounced (Host not found)\nqmgr CCCC3: removed"
    log = (
        lines(ARRIVED, *WHOLE[:-1])
        + postfix(again, name="postfix-out")
        + lines(handed)
        + postfix(fate, name="postfix-out")
    )
    totals = report(log).totals
    assert (totals.ndn_outside, totals.undelivered) == (1, 1)
