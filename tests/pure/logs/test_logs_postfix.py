"""Postfix: what is a notice of this server's, to whom, and what became of it."""

# ruff: noqa: E501 -- lines of logs are long
from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.support.logs import (
    ARRIVED,
    BOUNCE,
    FAILED,
    FILTERED,
    GONE,
    NAMED,
    SENT,
    TAKEN,
    WRITTEN_ID,
    absence_note,
    lines,
    postfix,
    report,
)


@pytest.mark.parametrize(
    "order",
    [
        (WRITTEN_ID, NAMED, TAKEN),  # up to 3.10
        (WRITTEN_ID, TAKEN, NAMED),
        (NAMED, WRITTEN_ID, TAKEN),  # from 3.11
    ],
)
def test_a_notice_counts_once_wherever_it_is_named(order: tuple[str, ...]) -> None:
    totals = report(lines(ARRIVED, FAILED, *order, GONE, SENT)).totals
    assert (totals.ndn_outside, totals.undelivered, totals.reverse_paths) == (1, 0, 1)
    assert totals.reasons == {"user-unknown": 1}
    assert (totals.authenticated_or_local, totals.backscatter) == (0, 1)
    assert totals.first == totals.last == "2026-03-01T10:00:00Z"


@pytest.mark.parametrize(("login", "local"), [("", 0), (", sasl_method=PLAIN, sasl_username=a", 1)])
def test_what_a_users_forward_file_sends_on_is_as_local_as_it_was(login: str, local: int) -> None:
    arrived = f"smtpd AAAA0: client=unknown[203.0.113.9]{login}\nqmgr AAAA0: from=<eve@far.example>, size=2, nrcpt=1 (queue active)"
    forwarded = "local AAAA0: to=<x@ours.example>, relay=local, delay=1, dsn=2.0.0, status=sent (forwarded as AAAA1)\nqmgr AAAA0: removed"
    taken = "qmgr AAAA1: from=<eve@far.example>, size=200, nrcpt=1 (queue active)"
    for order in ((forwarded, taken), (taken, forwarded)):
        totals = report(lines(arrived, *order, FAILED, WRITTEN_ID, NAMED, TAKEN, GONE, SENT)).totals
        assert (totals.ndn_outside, totals.authenticated_or_local) == (1, local)


def test_a_notice_that_was_named_and_not_queued_is_none() -> None:
    totals = report(lines(ARRIVED, FAILED, NAMED, WRITTEN_ID, GONE)).totals
    assert totals.ndn_outside == 0


@pytest.mark.parametrize(
    ("fate", "undelivered"),
    [
        ("", 1),
        ("smtp BBBB2: to=<eve@far.example>, relay=none, delay=1, dsn=4.4.1, status=deferred (timed out)", 1),
        ("smtp BBBB2: to=<eve@far.example>, relay=mx, dsn=5.1.1, status=bounced (no)\nqmgr BBBB2: removed", 1),
        ("discard BBBB2: to=<eve@far.example>, relay=none, dsn=2.0.0, status=sent (away)\nqmgr BBBB2: removed", 1),
        ("smtp BBBB2: to=<eve@far.example>, relay=none, dsn=4.4.1, status=deferred (timed out)\n" + SENT, 0),
        ("postsuper BBBB2: removed", 1),
    ],
)
def test_what_became_of_a_notice(fate: str, undelivered: int) -> None:
    totals = report(lines(ARRIVED, FAILED, WRITTEN_ID, NAMED, TAKEN, GONE, fate)).totals
    assert (totals.ndn_outside, totals.undelivered) == (1, undelivered)


@pytest.mark.parametrize(
    ("own", "inside"),
    [("far.example", 1), ("FAR.example", 1), ("example", 1), ("r.example", 0), ("ours.example", 0)],
)
def test_own_domains_are_whole_labels(own: str, inside: int) -> None:
    assert report(BOUNCE, own=(own,)).totals.inside == inside


@pytest.mark.parametrize(
    "client",
    [
        "submission/smtpd AAAA1: client=pc[192.0.2.4], sasl_method=PLAIN, sasl_username=eve",
        "pickup AAAA1: uid=33 from=<eve@far.example>",
        "smtpd AAAA1: client=localhost[127.0.0.1]",
        "smtpd AAAA1: client=localhost[127.0.0.1], orig_client=localhost[127.0.0.1]",
    ],
)
def test_what_an_own_client_gets_is_no_backscatter(client: str) -> None:
    arrived = ARRIVED.replace("smtpd AAAA1: client=unknown[203.0.113.9]", client)
    totals = report(lines(arrived, FAILED, WRITTEN_ID, NAMED, TAKEN, GONE, SENT)).totals
    assert (totals.ndn_outside, totals.authenticated_or_local, totals.backscatter) == (1, 1, 0)


FILTER = """
    smtpd CCCC3: client=unknown[203.0.113.9]{login}
    qmgr CCCC3: from=<eve@far.example>, size=200, nrcpt=1 (queue active)
    {first}
    {second}
    qmgr CCCC3: removed
    qmgr AAAA1: from=<eve@far.example>, size=200, nrcpt=1 (queue active)
"""
BACK = "smtpd AAAA1: client=localhost[127.0.0.1]"
HANDED = "smtp CCCC3: to=<x@ours.example>, relay=127.0.0.1[127.0.0.1]:10024, dsn=2.0.0, status=sent (250 Ok: queued as AAAA1)"


@pytest.mark.parametrize(("first", "second"), [(BACK, HANDED), (HANDED, BACK)])
@pytest.mark.parametrize(("login", "local"), [("", 0), (", sasl_method=PLAIN, sasl_username=eve", 1)])
def test_a_content_filter_hides_no_client(first: str, second: str, login: str, local: int) -> None:
    arrived = FILTER.format(first=first, second=second, login=login)
    totals = report(lines(arrived, FAILED, WRITTEN_ID, NAMED, TAKEN, GONE, SENT)).totals
    assert (totals.ndn_outside, totals.authenticated_or_local) == (1, local)


def test_other_servers_bounces_pass_through() -> None:
    passing = ARRIVED.replace("<eve@far.example>", "<>") + FAILED + GONE
    assert report(lines(passing)).totals.ndn_outside == report(lines(passing)).totals.inside == 0


def test_delays_and_successes_are_counted_apart_and_copies_for_the_postmaster_inside() -> None:
    log = lines(
        ARRIVED,
        WRITTEN_ID,
        "bounce AAAA1: sender delay notification: BBBB2",
        TAKEN,
        "cleanup DDDD4: message-id=<20260301100000.DDDD4@mx>",
        "qmgr DDDD4: from=<double-bounce@mx.ours.example>, size=9, nrcpt=1 (queue active)",
        "bounce AAAA1: postmaster delay notification: DDDD4",
        "cleanup EEEE5: message-id=<20260301100000.EEEE5@mx>",
        "bounce AAAA1: sender delivery status notification: EEEE5",
        "qmgr EEEE5: from=<>, size=9, nrcpt=1 (queue active)",
        SENT,
    )
    totals = report(log).totals
    assert (totals.delay_outside, totals.success_outside, totals.inside, totals.undelivered) == (1, 1, 1, 1)


def test_an_id_that_is_used_again_is_another_message() -> None:
    later = BOUNCE.replace("10:00:00", "11:00:00").replace("eve@", "mia@")
    assert report(BOUNCE + later).totals.reverse_paths == 2


def test_instances_and_hosts_do_not_share_their_ids() -> None:
    other = BOUNCE.replace("postfix/", "postfix-out/").replace("eve@far", "mia@ours")
    mixed = "".join(a + b for a, b in zip(BOUNCE.splitlines(True), other.splitlines(True), strict=True))
    totals = report(mixed).totals
    assert (totals.ndn_outside, totals.inside) == (1, 1)


@pytest.mark.parametrize(
    "logs", [(BOUNCE, BOUNCE), (BOUNCE + BOUNCE,), ("".join(2 * line for line in BOUNCE.splitlines(True)),)]
)
def test_the_same_log_twice_is_counted_once(logs: tuple[str, ...]) -> None:
    totals = report(*logs).totals
    assert (totals.ndn_outside, totals.undelivered, totals.reverse_paths) == (1, 0, 1)


@pytest.mark.parametrize("sender", ["", "away@ours.example"])
@pytest.mark.parametrize("late", [False, True])
def test_an_absence_note_is_an_automatic_reply(sender: str, late: bool) -> None:
    totals = report(absence_note(sender, late=late)).totals
    assert (totals.autoreply_outside, totals.undelivered, totals.reverse_paths, totals.ndn_outside) == (1, 0, 1, 0)


ANSWER = """
    pickup BBBB2: uid=1000 from=<{user}>
    cleanup BBBB2: message-id=<20260301100000.BBBB2@mx.ours.example>
    qmgr BBBB2: from=<away@mx.ours.example>, size=300, nrcpt=1 (queue active)
"""
RAN = """
    local AAAA1: to=<{user}+x@ours.example>, relay=local, dsn=2.0.0, status=sent (delivered to command: /usr/bin/vacation away)
    qmgr AAAA1: removed
"""


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("user", "ran", "replies"), [("away", "away", 1), ("away", "other", 0), ("away@ours.example", "away", 0)]
)
def test_an_answer_of_vacation_is_one_where_it_ran_for_that_user(user: str, ran: str, replies: int, late: bool) -> None:
    """It has a reverse-path of its own; what a webmail hands in, or another user, is none."""
    parts = [RAN.format(user=ran), ANSWER.format(user=user) + SENT]
    log = lines(ARRIVED, *(reversed(parts) if late else parts))
    for logs in ((log,), (log, log)):
        totals = report(*logs).totals
        assert (totals.autoreply_outside, totals.reverse_paths) == (replies, replies)
        assert (totals.undelivered, totals.ndn_outside) == (0, 0)


def test_amavis_hands_its_notices_to_postfix() -> None:
    totals = report(FILTERED).totals
    assert (totals.ndn_outside, totals.undelivered, totals.reasons) == (1, 0, {"spam": 1})
    assert totals.authenticated_or_local == 0


SHAPES = {
    "RFC 3339": lambda line: "2026-03-01T11:00:00.123456+01:00 " + line[16:],
    "RFC 5424": lambda line: "<22>1 2026-03-01T10:00:00Z mx " + line[19:].replace("[77]: ", " 77 - - "),
    "with priority": lambda line: "<22>" + line,
    "FreeBSD": lambda line: line[:16] + "<mail.info> " + line[16:],
    "compose": lambda line: "mail-1  | " + line,
    "named otherwise": lambda line: line.replace("postfix/", "out-7/relay/"),
    "CR LF": lambda line: line,
    "journald": lambda line: json.dumps(
        {
            "__REALTIME_TIMESTAMP": "1772359200000000",
            "_HOSTNAME": "mx",
            "SYSLOG_IDENTIFIER": line[19:].partition("[")[0],
            "MESSAGE": list(line.partition("]: ")[2].encode()) if "bounced" in line else line.partition("]: ")[2],
        }
    ),
    "docker": lambda line: json.dumps({"log": line + "\n", "stream": "stdout", "time": "2026-03-01T10:00:00Z"}),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_however_the_line_is_wrapped(shape: Callable[[str], str]) -> None:
    totals = report("\n".join(map(shape, BOUNCE.splitlines()))).totals
    assert (totals.ndn_outside, totals.undelivered, totals.reasons) == (1, 0, {"user-unknown": 1})
    assert totals.first == "2026-03-01T10:00:00Z"


def test_a_log_that_begins_and_ends_in_the_middle() -> None:
    totals = report(lines(WRITTEN_ID, NAMED, TAKEN)).totals
    assert (totals.ndn_outside, totals.undelivered, totals.reasons) == (1, 1, {"unknown": 1})


def test_a_bounce_that_another_programs_line_quotes_is_none() -> None:
    quoted = BOUNCE.replace("postfix/", "nginx").replace("mx nginx", 'mx nginx: "postfix/')
    assert report(quoted).totals.ndn_outside == 0


def test_what_is_gone_longest_is_forgotten_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that fills every table still counts its notices, and says that some fates are not known."""
    monkeypatch.setattr("bsaudit.logs.postfix.MAX_MAILS", 10)
    log = "".join(BOUNCE.replace("BBBB2: removed", "BBBB2: kept").replace("BBBB2", f"B{n:05}") for n in range(50))
    found = report(log)
    assert found.totals.ndn_outside == 50
    assert any("tables" in gap for gap in found.gaps)


def test_verification_probes_are_no_notices() -> None:
    probe = """
        cleanup AAAA1: message-id=<20260301100000.AAAA1@mx>
        qmgr AAAA1: from=<double-bounce@mx.ours.example>, size=2, nrcpt=1 (queue active)
        smtp AAAA1: to=<x@far.example>, relay=mx, dsn=5.1.1, status=undeliverable (said: 550 5.1.1 no)
        qmgr AAAA1: removed
    """
    assert report(postfix(probe)).totals.undelivered == report(postfix(probe)).totals.inside == 0


def test_a_notice_that_was_delivered_before_it_was_named_counts() -> None:
    """A local delivery may be over by then."""
    at = "Mar  1 10:00:00 mx postfix"
    log = (
        f"{at}/smtpd[1]: AAAA000001: client=x[203.0.113.4]\n"
        f"{at}/qmgr[2]: AAAA000001: from=<eve@far.example>, size=9, nrcpt=1 (queue active)\n"
        f"{at}/local[3]: AAAA000001: to=<x@ours.example>, relay=local, dsn=5.1.1, status=bounced (unknown user)\n"
        f"{at}/cleanup[4]: BBBB000002: message-id=<20260301100000.BBBB000002@mx>\n"
        f"{at}/qmgr[2]: BBBB000002: from=<>, size=99, nrcpt=1 (queue active)\n"
        f"{at}/local[3]: BBBB000002: to=<eve@far.example>, relay=local, dsn=2.0.0, status=sent (delivered to maildir)\n"
        f"{at}/qmgr[2]: BBBB000002: removed\n"
        f"{at}/bounce[5]: AAAA000001: sender non-delivery notification: BBBB000002\n"
    )
    totals = report(log).totals
    assert (totals.ndn_outside, totals.undelivered) == (1, 0)
    assert report(log, log).totals.ndn_outside == 1


REQUEUED = """
    postsuper {was}: requeued
    pickup CCCC3: uid=108 from=<{sender}> orig_id={was}
    cleanup CCCC3: message-id=<1@far.example>
    qmgr CCCC3: from=<{sender}>, size=300, nrcpt=1 (queue active)
"""


def test_a_message_is_followed_to_the_id_that_postsuper_gives_it() -> None:
    """Neither is it a local client's then, nor is a notice still in the queue."""
    late = FAILED.replace("dsn=5.1.1, status=bounced", "dsn=4.4.1, status=deferred")
    original = REQUEUED.format(was="AAAA1", sender="eve@far.example") + FAILED.replace("AAAA1", "CCCC3")
    log = lines(ARRIVED, late, original, NAMED.replace("AAAA1", "CCCC3"), WRITTEN_ID, TAKEN, SENT)
    assert (report(log).totals.ndn_outside, report(log).totals.authenticated_or_local) == (1, 0)
    log = lines(
        ARRIVED,
        FAILED,
        WRITTEN_ID,
        NAMED,
        TAKEN,
        GONE,
        REQUEUED.format(was="BBBB2", sender=""),
        SENT.replace("BBBB2", "CCCC3"),
    )
    assert (report(log).totals.ndn_outside, report(log).totals.undelivered) == (1, 0)


HANDED_IN = "pickup CCCC3: uid=114 from=<eve@far.example>"
GIVEN = "pipe AAAA1: to=<x@ours.example>, relay=filter, delay=1, dsn=2.0.0, status=sent (delivered via filter service)"


@pytest.mark.parametrize(
    ("order", "local"),
    [((HANDED_IN, GIVEN), 0), ((GIVEN, HANDED_IN), 0), ((HANDED_IN,), 1)],
    ids=["first", "last", "no"],
)
def test_what_a_filter_hands_in_again_is_as_local_as_what_it_was_given(order: tuple[str, ...], local: int) -> None:
    again = "qmgr CCCC3: from=<eve@far.example>, size=300, nrcpt=1 (queue active)"
    log = lines(
        ARRIVED, *order, again, FAILED.replace("AAAA1", "CCCC3"), NAMED.replace("AAAA1", "CCCC3"), WRITTEN_ID, TAKEN
    )
    assert report(log).totals.authenticated_or_local == local


def test_each_notice_about_a_message_has_its_own_reason() -> None:
    full = FAILED.replace("550 5.1.1 <x@ours.example>: User unknown", "552 5.2.2 mailbox full").replace(
        "5.1.1", "5.2.2"
    )
    second = NAMED.replace("BBBB2", "BBBB3") + TAKEN.replace("BBBB2", "BBBB3")
    assert report(lines(ARRIVED, FAILED, NAMED, TAKEN, full, second)).totals.reasons == {
        "user-unknown": 1,
        "mailbox-full": 1,
    }


def test_a_list_s_owner_is_told_and_not_its_sender() -> None:
    """local(8) bounces what an alias lists to owner-alias (aliases(5))."""
    told = "local BBBB2: to=<carol@ours.example>, orig_to=<owner-list@ours.example>, relay=local, dsn=2.0.0, status=sent (ok)"
    totals = report(lines(ARRIVED, FAILED, NAMED, TAKEN, GONE, told, "qmgr BBBB2: removed")).totals
    assert (totals.ndn_outside, totals.inside) == (0, 1)


def test_a_copy_that_was_delivered_does_not_deliver_the_notice() -> None:
    copy = "local BBBB2: to=<archive@ours.example>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)"
    late = "smtp BBBB2: to=<eve@far.example>, relay=none, dsn=4.4.1, status=deferred (timed out)"
    for order in ((copy, late), (late, copy)):
        totals = report(lines(ARRIVED, FAILED, NAMED, TAKEN, GONE, *order)).totals
        assert (totals.ndn_outside, totals.inside, totals.undelivered) == (1, 0, 1)


def test_what_cleanup_refuses_of_a_local_client_is_bounced_to_it() -> None:
    log = lines(
        "pickup AAAA1: uid=33 from=<www@far.example>",
        "cleanup AAAA1: message-id=<20260301100000.AAAA1@mx.ours.example>",
        "cleanup AAAA1: to=<z@else.example>, relay=none, delay=0.1, dsn=5.7.1, status=bounced (no spam here)",
        *(WRITTEN_ID, NAMED, TAKEN, SENT),
    )
    totals = report(log).totals
    assert (totals.ndn_outside, totals.autoreply_outside, totals.authenticated_or_local) == (1, 0, 1)
    assert totals.reasons == {"spam": 1}


@pytest.mark.parametrize(
    ("client", "local"),
    [
        ("mx.ours.example[127.0.0.1]", 1),
        ("ip6-localhost[::1]", 1),
        ("localhost[127.0.0.1], orig_client=localhost[203.0.113.9]", 0),  # whoever has the address may name it so
        ("localhost[127.0.0.1], orig_client=dsl.example[203.0.113.7]", 1),
    ],
)
def test_whose_client_it_was(client: str, local: int) -> None:
    """The last is a filter before the queue: it passes on who the client is, not that it logged in."""
    login = "smtpd NOQUEUE: client=dsl.example[203.0.113.7], sasl_method=PLAIN, sasl_username=al"
    totals = report(lines(login, ARRIVED.replace("unknown[203.0.113.9]", client), FAILED, NAMED, TAKEN)).totals
    assert totals.authenticated_or_local == local


def test_a_name_in_quotes_is_no_end_of_an_address() -> None:
    totals = report(BOUNCE.replace("eve@far.example", '"eve, the >b"@far.example')).totals
    assert (totals.ndn_outside, totals.inside, totals.undelivered) == (1, 0, 0)


@pytest.mark.parametrize("name", ['"eve>, status=sent (b"', '"eve>, b"', '"a \\" b>, status=sent (c"'])
def test_a_name_in_quotes_says_nothing_of_what_became_of_a_notice(name: str) -> None:
    lost = BOUNCE.replace("status=sent (250 ok)", "status=bounced (550 no)").replace("eve@", f"{name}@")
    totals = report(lost).totals
    assert (totals.ndn_outside, totals.inside, totals.undelivered) == (1, 0, 1)


def test_an_answer_that_a_program_hands_in_from_localhost() -> None:
    """PostfixAdmin's vacation.pl. What a content filter hands back, though it had no Message-ID, is no answer."""
    null = ARRIVED.replace("eve@far.example", "")
    answer = null.replace("unknown[203.0.113.9]", "localhost[127.0.0.1]").replace("AAAA1", "BBBB2"), WRITTEN_ID
    totals = report(lines(*answer, SENT)).totals
    assert (totals.ndn_outside, totals.autoreply_outside, totals.undelivered) == (0, 1, 0)
    filtered = (
        "smtp AAAA1: to=<x@ours.example>, relay=127.0.0.1[127.0.0.1]:10024, status=sent (250 Ok: queued as BBBB2)"
    )
    assert report(lines(null, *answer, filtered, SENT)).totals.autoreply_outside == 0
