"""Callouts are kept, whoever asks for how many addresses; a flood of long ones is not."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime

import pytest

from bsaudit.adapters.catch.quota import ALIKE, PER_PEER, TOTAL, Quota
from bsaudit.model.mail import CatchSession, Host

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def asked(peer: str, *addresses: str, refused: tuple[str, ...] = ()) -> CatchSession:
    return CatchSession(at=NOW, peer=Host(address=peer), mail_from="", rcpt_to=addresses, refused_to=refused)


def admitted(quota: Quota, peer: str, times: int, *more: str) -> int:
    return sum(quota.admits(asked(peer, f"probe+{number}@catch.example", *more)) for number in range(times))


def test_each_callout_of_a_large_provider_is_kept() -> None:
    assert admitted(Quota(), "192.0.2.1", PER_PEER) == PER_PEER


def test_the_same_question_is_kept_ten_times() -> None:
    quota = Quota()
    same = asked("192.0.2.1", "probe@catch.example")
    assert [quota.admits(same) for _ in range(ALIKE + 5)].count(True) == ALIKE
    assert quota.admits(asked("192.0.2.2", "probe@catch.example"))
    assert quota.admits(asked("192.0.2.1", refused=("probe@catch.example",)))


def test_one_flood_hides_nobody_elses_question_and_many_are_admitted_to() -> None:
    quota = Quota()
    admitted(quota, "192.0.2.1", 2 * PER_PEER)
    assert not quota.exceeded
    assert admitted(quota, "192.0.2.2", 1) == 1
    for host in range(3, 3 + TOTAL // PER_PEER):
        admitted(quota, f"192.0.2.{host}", PER_PEER)
    assert quota.exceeded


@pytest.mark.parametrize("letter", ["x", "\N{GRINNING FACE}"])
def test_long_questions_cost_their_length(letter: str) -> None:
    quota = Quota()
    long = [letter * 300 + f"{number}@catch.example" for number in range(200)]
    tracemalloc.start()
    try:
        kept = admitted(quota, "192.0.2.1", PER_PEER, *long)
        octets, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert ALIKE < kept < 50
    assert octets < 64 << 10
