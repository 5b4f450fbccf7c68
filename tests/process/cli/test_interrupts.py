"""Ctrl-C cuts in two nothing that belongs together."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from bsaudit.cli.interrupts import Interrupts


@pytest.fixture(autouse=True)
def pythons_own() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def stopped(acts: str, *, held: bool) -> str:
    """Return what was done of `acts`, of which each "!" is a Ctrl-C, and "+" follows what is held."""
    done = ""

    def act(what: str) -> None:
        nonlocal done
        for one in what:
            if one == "!":
                signal.raise_signal(signal.SIGINT)
            done += one

    within, _, behind = acts.partition("+")
    try:
        with Interrupts() as interrupts:
            if held:
                with interrupts.held:
                    act(within)
            else:
                act(within)
            act(behind)
    except KeyboardInterrupt:
        return done
    return f"{done} to the end"


def test_ctrl_c_waits_for_what_is_held_together() -> None:
    assert stopped("a!b+c", held=True) == "a!b"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_one_waits_for_nothing() -> None:
    assert stopped("a!b!c+d", held=True) == "a!b"


def test_elsewhere_it_interrupts_at_once() -> None:
    assert stopped("a!b+c", held=False) == "a"
    assert stopped("ab+c!d", held=True) == "abc"


def test_a_job_in_the_background_stays_without_it() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert stopped("a!b+c", held=True) == "a!bc to the end"
