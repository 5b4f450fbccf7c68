"""Rules that hold for every log, whatever its server: where it is cut, who else writes into it, what is used again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.logs.clock import Clock
from bsaudit.model.logs import LogTotals
from tests.support.log_families import (
    CASES,
    COURIER,
    DAY,
    EXIM,
    HARAKA,
    NOTIFY,
    OPENSMTPD,
    QMAIL,
    REPLY,
    SENDMAIL,
    SUCCESS,
    SYSLOG,
    WARNING,
)
from tests.support.logs import BOUNCE, FILTERED, WRITTEN, absence_note, dialogue, report
from tests.support.samples import samples

SUMS = ("ndn_outside", "delay_outside", "success_outside", "autoreply_outside", "inside", "undelivered")
# Dialogues, and what in them names a message or one of its deliveries
NAMED = {
    "postfix": (BOUNCE, r"AAAA1|BBBB2"),
    "exim": (dialogue(EXIM, DAY), r"1aaaaa-00000\d"),
    "exim, warning": (dialogue(WARNING, DAY), r"1aaaaa-00000\d"),
    "exim, reply": (dialogue(REPLY, DAY), r"1aaaaa-00000\d"),
    "exim, success": (dialogue(SUCCESS, DAY), r"1aaaaa-00000\d"),
    "sendmail": (dialogue(SENDMAIL, SYSLOG + "sendmail[5]: "), r"[A-E]{4}000000\d"),
    "sendmail, notify": (dialogue(NOTIFY, SYSLOG + "sm-mta[5]: "), r"[A-E]{4}000000\d"),
    "opensmtpd": (dialogue(OPENSMTPD, SYSLOG + "smtpd[5]: "), r"(?<=\]: )[ab]{2}\d|\d{16}"),
    "qmail": (dialogue(QMAIL, "@4000000069a40e2a003ed208 "), r"(?<=msg )\d|(?<=delivery )\d|(?<=qp )\d{3}"),
    "haraka": (dialogue(HARAKA), r"(?<=\[)[ABC]\d|(?<=transaction: )B2"),
    "courier": (dialogue(COURIER, SYSLOG), r"0A\.\d"),
}
LOGS = [BOUNCE, *(log for log, _ in CASES.values())]


def sums(totals: LogTotals) -> list[int]:
    return [getattr(totals, name) for name in SUMS]


def counted(*logs: str) -> list[int]:
    return sums(report(*logs).totals)


def lines(log: str) -> list[str]:
    return log.splitlines(keepends=True)


def another(name: str, number: int) -> str:
    """Return the dialogue of a family as that of other messages, with other people."""
    log, ids = NAMED[name]
    digit = str(number)
    renamed = re.sub(ids, lambda found: found[0][:-1] + digit + found[0][-1] if "@" not in found[0] else found[0], log)
    if name == "opensmtpd":  # as long as ever
        renamed = re.sub(r"\d{17}", lambda found: found[0][1:], renamed)
    if name.startswith("exim"):
        renamed = re.sub(r"1aaaaa-0(\d{6})-", r"1aaaaa-\1-", renamed)
    return renamed.replace("eve@", f"eve{number}@")


def merged(logs: Sequence[str], order: Sequence[int]) -> str:
    """Return the lines of several logs in one, each log's in its own order."""
    rest = [lines(log) for log in logs]
    out = []
    for turn in order:
        left = [one for one in rest if one]
        if left:
            out.append(left[turn % len(left)].pop(0))
    return "".join([*out, *(line for one in rest for line in one)])


@samples(1.5)
@given(st.sampled_from(LOGS), st.lists(st.integers(0, 40), max_size=3))
def test_rotation_changes_nothing(log: str, cuts: list[int]) -> None:
    """Wherever a file ends and the next begins."""
    every = lines(log)
    places = [0, *sorted(cuts), len(every)]
    parts = ["".join(every[start:end]) for start, end in pairwise(places)]
    # Each of Exchange's files says what its fields are.
    head = "".join(takewhile(lambda line: line.lstrip("\ufeff").startswith("#"), every))
    assert counted(*(part if index == 0 or not part else head + part for index, part in enumerate(parts))) == counted(
        log
    )


@samples(1.5)
@given(st.sampled_from(sorted(NAMED)), st.integers(0, 40), st.integers(0, 40))
def test_a_part_of_a_log_holds_no_more_than_the_whole(name: str, first: int, last: int) -> None:
    log = NAMED[name][0]
    part = "".join(lines(log)[first : len(lines(log)) - last])
    assert sum(counted(part)[:5]) <= sum(counted(log)[:5])


@samples(3)
@given(st.sampled_from(sorted(NAMED)), st.lists(st.integers(0, 5), max_size=80))
def test_messages_at_the_same_time_do_not_mix(name: str, order: list[int]) -> None:
    logs = [another(name, number) for number in range(1, 4)]
    assert counted(merged(logs, order)) == [3 * one for one in counted(NAMED[name][0])]


@samples(2)
@given(
    st.lists(
        st.sampled_from(["postfix", "sendmail", "sendmail, notify", "opensmtpd", "courier"]), min_size=2, max_size=4
    ),
    st.lists(st.integers(0, 5), max_size=80),
)
def test_hosts_that_use_the_same_ids_do_not_mix(names: list[str], order: list[int]) -> None:
    logs = [NAMED[name][0].replace(" mx ", f" mx{number} ") for number, name in enumerate(names)]
    assert counted(merged(logs, order)) == [sum(parts) for parts in zip(*map(counted, logs), strict=True)]


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(2, 4))
def test_instances_that_use_the_same_ids_do_not_mix(order: list[int], count: int) -> None:
    logs = [BOUNCE.replace("postfix/", f"out{number}/") for number in range(count)]
    assert counted(merged(logs, order)) == [count * one for one in counted(BOUNCE)]


@pytest.mark.parametrize("name", [name for name in NAMED if not name.startswith(("haraka", "qmail", "exim"))])
def test_ids_that_are_used_again_are_other_messages(name: str) -> None:
    """An hour later, for somebody else, though some never left. Exim and Haraka use none again; qmail stands below."""
    log = NAMED[name][0]
    later = log.replace("10:00:00", "11:00:00").replace("eve@", "mia@")
    assert counted(log + later) == [2 * one for one in counted(log)]


def test_qmails_numbers_are_used_again_all_the_time() -> None:
    log = NAMED["qmail"][0]
    later = re.sub(r"qp (\d)", r"qp 2\1", log.replace("@4000000069a40e2a", "@4000000069a41c3a")).replace("eve@", "mia@")
    assert counted(log + later) == [2 * one for one in counted(log)]


@samples(2)
@given(st.integers(0, 6 * 366), st.integers(0, 86399), st.integers(0, 350 * 86400))
def test_a_year_that_is_not_written_is_found_on_both_sides_of_its_turn(day: int, second: int, later_s: int) -> None:
    """Whenever within the year before the file's last change a line was written."""
    written = datetime(2023, 1, 2, tzinfo=UTC) + timedelta(days=day, seconds=second)
    clock = Clock()
    clock.file((written + timedelta(seconds=later_s)).timestamp())
    line = f"{written:%b} {written.day:2} {written:%H:%M:%S} mx postfix/qmgr[1]: A: removed".encode()
    assert clock.at(line) == written.timestamp()


@given(st.lists(st.integers(0, 30 * 86400), min_size=1, max_size=5))
def test_a_log_over_new_year_is_in_order(ago: list[int]) -> None:
    """Its days are those on which it was written, and not a year apart."""
    end = datetime(2026, 1, 15, tzinfo=UTC)
    times = [end - timedelta(seconds=seconds) for seconds in sorted(ago, reverse=True)]
    log = "".join(BOUNCE.replace("Mar  1 10:00:00", f"{at:%b} {at.day:2} {at:%H:%M:%S}") for at in times)
    found = report(log, at=end.timestamp())
    assert (found.totals.first, found.totals.last) == (
        f"{times[0]:%Y-%m-%dT%H:%M:%SZ}",
        f"{times[-1]:%Y-%m-%dT%H:%M:%SZ}",
    )
    assert [day.day for day in found.days] == sorted({f"{at:%Y-%m-%d}" for at in times})
    assert found.totals.ndn_outside == len(set(times))
    assert end.timestamp() < WRITTEN


ONCE = {name: log for name, (log, _) in NAMED.items()} | {"sieve": absence_note(), "amavis": FILTERED}


@pytest.mark.parametrize("log", ONCE.values(), ids=ONCE)
def test_lines_that_are_written_twice_count_once(log: str) -> None:
    """As two log hosts do that collect from each other."""
    assert sum(counted(log)) > 0
    assert counted("".join(line * 2 for line in lines(log))) == counted(log)


@pytest.mark.parametrize("log", ONCE.values(), ids=ONCE)
def test_a_log_that_is_read_twice_counts_once(log: str) -> None:
    assert counted(log, log) == counted(log)


HARAKA_JSON = "".join(
    json.dumps(dict(zip(("level", "uuid", "origin", "message"), found.groups(), strict=True))) + "\n"
    for found in re.finditer(r"\[(\w+)\] \[(\S+)\] \[(\w+)\] +(.*)\n", NAMED["haraka"][0])
)
IN_CONTAINERS = ONCE | {"haraka, JSON": HARAKA_JSON}


@pytest.mark.parametrize("log", IN_CONTAINERS.values(), ids=IN_CONTAINERS)
def test_containers_log_what_the_server_does(log: str) -> None:
    """As `docker compose logs` prints it, and as docker keeps it."""
    assert sum(counted(log)) > 0
    assert counted("".join(f"mail-1  | {line}" for line in lines(log))) == counted(log)
    assert counted("".join(json.dumps({"log": line, "stream": "stdout"}) + "\n" for line in lines(log))) == counted(log)


@pytest.mark.parametrize("log", ONCE.values(), ids=ONCE)
def test_lines_that_end_in_cr_lf_are_the_same(log: str) -> None:
    """Copied from Windows, or through a terminal."""
    assert counted(log.replace("\n", "\r\n")) == counted(log)


@pytest.mark.parametrize("domain", ["ours.müller.example", "OURS.MÜLLER.example", "ours.xn--mller-kva.example"])
def test_an_own_domain_is_known_however_it_is_spelt(domain: str) -> None:
    """With SMTPUTF8 (RFC 6531) servers log U-labels; `--own` is in A-labels."""
    totals = report(BOUNCE.replace("far.example", domain), own=("xn--mller-kva.example",)).totals
    assert (totals.ndn_outside, totals.inside) == (0, 1)
