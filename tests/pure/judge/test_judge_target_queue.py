"""The target's own queue: what each program prints of it, and when silence is settled by it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from bsaudit.judge.case import Case, Judged
from bsaudit.judge.outcome import judge, standing
from bsaudit.judge.target_queue import GAP_S, QUIET_S, has_any, hosts_of, is_empty, looked
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.probe import Outcome, ProbeRecord, Recipient, Role
from bsaudit.model.queue import Emptiness, QueueWatch
from bsaudit.model.way_back import Grade, ShownBy, WayBack
from tests.support.judged import GOOD, GRACE, NOW, OPEN, TARGET, probe, taken

# As the products' manuals show them.
POSTFIX_JSON = '{"queue_name": "deferred", "queue_id": "3E4F", "recipients": [{"address": "a@b.example"}]}\n'
POSTFIX = """-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
4F2A81C0*      512 Sun Mar  1 10:00:01  MAILER-DAEMON
                                         a@b.example

-- 1 Kbytes in 1 Request.
"""
EXIM = """ 3m  1.2K 1tEqX2-00000000abc-0AbC <>
          a@b.example

"""
OPENSMTPD = "2f5a0b1c9d8e7f60|local|mta|auth|@|a@b.example|a@b.example|1|2|0|0|pending|0|\n"
SENDMAIL = """\t\t/var/spool/mqueue (1 request)
-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------
62100A0T004711     1024 Sun Mar  1 10:00 MAILER-DAEMON
\t\tTotal requests: 1
"""


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("docker exec mail postqueue -j", ""),
        ("ssh mx1 sudo /usr/sbin/postqueue -p", "Mail queue is empty\n"),
        ("mailq", "Mail queue is empty\n"),
        ("mailq", ""),
        ("exim -bp", ""),
        ("docker exec mail exim4 -bpc", "0\n"),
        ("smtpctl show queue", ""),
        ("sendmail -bp", "/var/spool/mqueue is empty\n\t\tTotal requests: 0\n"),
        ("./both-queues", "Mail queue is empty\nMail queue is empty\n"),
        ("sh -c 'docker exec mail postqueue -j; docker exec store postqueue -j'", ""),
    ],
)
def test_an_empty_queue_is_known(command: str, output: str) -> None:
    assert is_empty(command, output) is True


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("postqueue -j", POSTFIX_JSON),
        ("postqueue -p", POSTFIX),
        ("exim -bp", EXIM),
        ("exim -bpc", "2\n"),
        ("smtpctl show queue", OPENSMTPD),
        ("mailq", SENDMAIL),
        ("./both-queues", "Mail queue is empty\n" + POSTFIX),
        ("./both-queues -bpc", "0\n3\n"),
    ],
)
def test_a_queue_with_a_notification_in_it_is_not_empty(command: str, output: str) -> None:
    assert is_empty(command, output) is False


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("true", ""),  # whoever prints nothing has to be known to do so of an empty queue only
        ("postqueue -p", ""),
        ("exim -bpc", ""),
        ("sendmail -bp", ""),
        ("cat queue", "0\n"),  # a number is one of `exim -bpc` alone
        ("exim -bpc", "none\n"),
        ("postqueue -j", "Error: No such container: mail\n"),
        ("postqueue -p", "Mail queue is empty\nwarning: database is stale\n"),
        ("cat mypostqueue -j", ""),
    ],
)
def test_nonsense_says_nothing(command: str, output: str) -> None:
    assert is_empty(command, output) is None


# As Exim 4.96 prints what it keeps: from <> to nobody at the target, an hour after such a probe was taken.
FROZEN = """ 4m  1.3K 1vPmq1-0000Ab-2c <> *** frozen ***
          mdyvqxlodl@ACME.example

"""
OURS = frozenset({"acme.example"})


@pytest.mark.parametrize(
    "listing", [FROZEN, 2 * FROZEN, FROZEN.replace("\n", "\r\n"), "Mail queue is empty\n\n" + FROZEN]
)
def test_nothing_comes_of_what_exim_keeps_frozen_from_null_for_nobody_at_the_target(listing: str) -> None:
    assert is_empty("docker exec mail exim -bp", listing, OURS) is True
    assert is_empty("mailq", listing, OURS) is True
    assert is_empty("exim -bp", listing) is False


@pytest.mark.parametrize(
    "listing",
    [
        FROZEN.replace(" *** frozen ***", ""),  # it is being tried, or will be
        FROZEN.replace("<>", "<probe+x@catch.example>"),  # thawed (by auto_thaw, too), it bounces to us
        FROZEN.replace("mdyvqxlodl@ACME.example", "probe+x@catch.example"),  # a bounce that our side did not take
        FROZEN.replace("\n\n", "\n        D probe+x@catch.example\n\n"),
        FROZEN.replace("\n\n", '\n          "odd one"@catch.example\n\n'),
        FROZEN.replace("<>", '<"<> *** frozen ***"@catch.example>'),
        FROZEN.replace("<>", "(www-data) <>"),
        FROZEN.replace("          mdyvqxlodl@ACME.example\n", ""),  # for whom, nobody says
        FROZEN.replace("@ACME", "@mail.acme"),
        FROZEN + EXIM,
        EXIM + FROZEN,
        FROZEN.replace("\n\n", "\n") + EXIM,
        FROZEN + "-- 1 Kbytes in 1 Request.\n",
    ],
)
def test_all_else_that_is_frozen_may_yet_bounce(listing: str) -> None:
    assert is_empty("exim -bp", listing, OURS) is False


@pytest.mark.parametrize(
    ("command", "listing"),
    [
        ("postqueue -j", POSTFIX_JSON.replace("deferred", "hold")),  # postsuper -H, and it goes on
        ("postqueue -p", POSTFIX.replace("4F2A81C0*", "4F2A81C0!")),
        ("smtpctl show queue", OPENSMTPD.replace("pending", "held")),
        ("mailq", SENDMAIL + "QUARANTINE: 62100A0T004711\n"),
    ],
)
def test_what_other_servers_hold_back_may_yet_bounce(command: str, listing: str) -> None:
    assert is_empty(command, listing, frozenset({"b.example"})) is False


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def seen(*looks: tuple[float, bool]) -> tuple[tuple[float, float], ...]:
    watch, before = QueueWatch(program="postqueue"), False
    for seconds, empty in looks:
        watch = looked(watch, at(seconds), empty=empty, before=before)
        before = empty
    return tuple(((one.from_ - NOW).total_seconds(), (one.until - NOW).total_seconds()) for one in watch.empty)


def test_looks_make_one_emptiness_until_something_is_there_or_nobody_looks() -> None:
    assert seen((0, True), (1, True), (2, True)) == ((0, 2),)
    assert seen((0, True), (1, False), (2, True)) == ((2, 2),)
    assert seen((0, True), (1, True), (1 + GAP_S + 0.1, True)) == ((3.6, 3.6),)
    steady = [(float(second), True) for second in range(7)]
    assert seen(*steady, (7, False), (8, True)) == ((0, 6), (8, 8))


SENT = ("probe+k7@catch.example", "nobody@b.example")
ANSWER = (SENT[1], SENT[0])


def listed(program: str, sender: str, recipient: str) -> str:
    return {
        "postqueue -j": f'{{"queue_id": "3E4F", "sender": "{sender}", "recipients": [{{"address": "{recipient}"}}]}}\n',
        "postqueue -p": POSTFIX.replace("MAILER-DAEMON", sender).replace("a@b.example", recipient),
        "exim -bp": EXIM.replace("<>", f"<{sender}>").replace("a@b.example", recipient),
        "smtpctl": f"0123456789abcdef|inet4|mta|auth|{sender}|{recipient}|{recipient}|1|1|0|0|pending|1|\n",
    }[program]


@pytest.mark.parametrize("program", ["postqueue -j", "postqueue -p", "exim -bp", "smtpctl"])
def test_whose_queue_it_is_is_shown_by_what_we_handed_over_and_not_by_an_answer_to_it(program: str) -> None:
    of_others = listed(program, "a@c.example", "postmaster@b.example")
    ours = listed(program, SENT[0].upper(), SENT[1])
    answer = listed(program, *ANSWER)
    assert has_any([SENT], of_others + ours)
    assert not has_any([SENT], of_others + answer)
    # The queue of our own side: the answer that it takes, and behind it somebody's mail to the same address.
    assert not has_any([SENT], answer + listed(program, "a@c.example", SENT[1]))
    watch = looked(QueueWatch(program=program), at(1), empty=False, before=False, ours=True)
    assert looked(watch, at(2), empty=True, before=False).ours_at == at(1)


def silent(queue: QueueWatch | None, route: Route = Route.DIRECT, way: WayBack = OPEN, role: Role = Role.VALID) -> Case:
    asked = replace(
        probe("banned-attachment", route=route), recipients=(Recipient(address="a@acme.example", role=role),)
    )
    return Case(
        record=ProbeRecord(probe=asked, submission=taken()),
        learned=GOOD,
        target=TARGET,
        grace_s=GRACE,
        way_back=way,
        still_open=True,
        queue=queue,
    )


def empty(from_: float, until: float) -> QueueWatch:
    return QueueWatch(program="postqueue", empty=(Emptiness(from_=at(from_), until=at(until)),))


def quiet_s(judged: Judged) -> float:
    assert judged.final_at is not None
    return (judged.final_at - NOW).total_seconds()


def test_an_empty_queue_settles_silence_in_seconds_and_says_so() -> None:
    judged = judge(silent(empty(-3, 20)))
    assert quiet_s(judged) == QUIET_S
    settled = standing(judged, at(QUIET_S), wait_over=False)
    assert settled is not None
    assert settled.outcome is Outcome.ACCEPTED_SILENTLY
    assert "queue was empty" in settled.explanation
    assert quiet_s(judge(silent(empty(4, 20)))) == 4 + QUIET_S, "mail was in it before"


@pytest.mark.parametrize(
    "case",
    [
        silent(None),
        silent(empty(1, QUIET_S)),  # too short
        silent(empty(0, 20), way=replace(OPEN, grade=Grade.STRANGERS, shown_by=ShownBy.RELAY)),  # a smarthost's queue
        silent(empty(0, 20), role=Role.LIST),  # a list manager's queue
        silent(empty(0, 20), role=Role.FORWARDER),  # somebody else's
    ],
)
def test_what_an_empty_queue_cannot_show_takes_the_whole_grace(case: Case) -> None:
    assert quiet_s(judge(case)) == GRACE


def test_what_is_in_the_queue_may_yet_bounce_however_long_it_was_quiet() -> None:
    for queue in (empty(-20, -1), QueueWatch(program="postqueue")):
        judged = judge(silent(queue))
        assert judged.final_at is None
        settled = standing(judged, at(10 * GRACE), wait_over=True)
        assert settled is not None
        assert settled.outcome is Outcome.UNRESOLVED
        assert "queue was not empty" in settled.explanation
    assert quiet_s(judge(silent(QueueWatch(program="postqueue", note="it failed")))) == GRACE


def test_our_own_sides_delay_is_waited_for() -> None:
    case = silent(empty(0, 60))
    slow = replace(case, learned=replace(GOOD, catch_seconds=12.0))
    assert quiet_s(judge(slow)) == 24


def test_a_rejection_stands_by_it_too() -> None:
    refused = taken(accepted=False, code=550, text="5.1.1 User unknown")
    record = ProbeRecord(probe=probe(route=Route.DIRECT), submission=refused)
    judged = judge(replace(silent(empty(0, 20)), record=record))
    assert judged.settlement.outcome is Outcome.REJECTED
    assert quiet_s(judged) == QUIET_S


def test_by_relay_the_target_has_to_have_it_first() -> None:
    judged = judge(silent(empty(0, 20), route=Route.RELAY))
    assert judged.settlement.outcome is Outcome.UNRESOLVED


def test_servers_are_counted_by_their_addresses() -> None:
    def exchanger(host: str, *addresses: str) -> MailExchanger:
        return MailExchanger(host=host, addresses=addresses)

    one = replace(TARGET, mail_exchangers=(exchanger("mx1.acme.example", "192.0.2.5"), exchanger("mx2", "192.0.2.5")))
    two = replace(TARGET, mail_exchangers=(exchanger("mx1.acme.example", "192.0.2.5"), exchanger("mx2", "192.0.2.6")))
    assert len(hosts_of([one])) == 1
    assert len(hosts_of([two])) == 2
