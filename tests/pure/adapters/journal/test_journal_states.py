"""The table of states, and the page that shows it."""

from __future__ import annotations

import re
from pathlib import Path

from bsaudit.adapters.journal.states import LEFT_BEHIND, MOVES, sources
from bsaudit.model.probe import State

PAGE = Path(__file__).parents[4] / "docs" / "journal.md"


def reachable(start: State) -> set[State]:
    found: set[State] = set()
    ahead = set(MOVES[start])
    while ahead:
        state = ahead.pop()
        found.add(state)
        ahead |= set(MOVES[state]) - found
    return found


def test_nothing_is_sent_twice() -> None:
    assert sources(State.SENDING) == (State.PLANNED,)
    assert sources(State.PLANNED) == ()
    for left, becomes in LEFT_BEHIND.items():
        assert State.SENDING not in reachable(becomes), left


def test_nothing_sent_is_forgotten() -> None:
    never_sent = {State.PLANNED, State.CANCELLED, State.SENDING}
    assert not never_sent & reachable(State.SENDING)
    assert LEFT_BEHIND[State.SENDING] is State.MAYBE_SENT


def test_every_probe_can_be_settled() -> None:
    for state in State:
        assert State.SETTLED in reachable(state)


def test_the_page_shows_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text(), re.MULTILINE)
    shown = {state: (re.findall(r"`(\w+)`", moves), after) for state, moves, after in rows}
    assert shown == {
        state: (list(moves), f"`{LEFT_BEHIND[state]}`" if state in LEFT_BEHIND else "stays")
        for state, moves in MOVES.items()
    }
