"""The states of a probe and the legal moves between them; docs/journal.md shows this very table (a test compares).

Two invariants rest on it. *Nothing is sent twice*: `sending` is entered from `planned` only, and nothing ever
returns to `planned`. *Nothing sent is forgotten*: `sending` is on disk before the first SMTP command, and is left
only by what became of it.
"""

from __future__ import annotations

from bsaudit.model.probe import State

MOVES: dict[State, tuple[State, ...]] = {
    State.PLANNED: (State.SENDING, State.CANCELLED, State.SETTLED),
    State.SENDING: (State.SENT, State.REFUSED, State.FAILED, State.MAYBE_SENT),
    State.SENT: (State.SETTLED,),
    State.REFUSED: (State.SETTLED,),
    State.FAILED: (State.SETTLED,),
    State.MAYBE_SENT: (State.SETTLED,),
    State.CANCELLED: (State.SETTLED,),
    State.SETTLED: (State.SETTLED,),  # late answers, found by `collect`, settle it anew
}

# What becomes of the probes of a run whose process is gone: it cannot say any more what happened.
LEFT_BEHIND: dict[State, State] = {
    State.PLANNED: State.CANCELLED,
    State.SENDING: State.MAYBE_SENT,
}


def sources(state: State) -> tuple[State, ...]:
    """Return the states from which a probe may move to `state`."""
    return tuple(source for source, targets in MOVES.items() if state in targets)
