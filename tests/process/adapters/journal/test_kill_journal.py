"""`kill -9` at every call to the journal, and at random moments: nothing lost, nothing sent twice.

The sender (tests/support/killable_sender.py) is a few lines, so that a hundred deaths take seconds; test_kill.py kills
the real pipeline.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.support.killed import CALLS, Killer, check, kill_at_random_moments
from tests.support.mortal import When


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    directory = tmp_path_factory.mktemp("killed")
    killer = Killer(directory, lambda number: f"sqlite:///{directory}/{number}.db")
    yield killer
    killer.close()


def test_a_run_that_lives_settles_everything(killer: Killer) -> None:
    killer.begin()
    assert killer.end() == 0
    assert ["CALLS", str(CALLS)] in killer.notes()
    check(killer)


@pytest.mark.parametrize("when", When)
def test_killed_at_each_call(killer: Killer, when: When) -> None:
    for at in range(CALLS):
        killer.begin(at, when)
        assert killer.end() == signal.SIGKILL
        check(killer)


@pytest.mark.parametrize("times", [50, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_killed_at_random_moments(killer: Killer, times: int) -> None:
    kill_at_random_moments(killer, times)
