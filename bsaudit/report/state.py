"""How a target stands, in words: over all its runs where its state is known, else by what one run showed."""

from __future__ import annotations

from bsaudit.judge.baseline import rest_of
from bsaudit.model.report import TargetEntry, Verdict
from bsaudit.model.state import Condition, TargetState
from bsaudit.report import words
from bsaudit.report.own_log import in_words
from bsaudit.report.section import Tone
from bsaudit.text import clean_line

REST_OPEN = "accepted, the rest undecided"
ORDER = (Tone.BAD, Tone.UNKNOWN, Tone.NOTE, Tone.PLAIN, Tone.GOOD)
_CONDITION = {
    Condition.BACKSCATTER: ("BACKSCATTER", Tone.BAD),
    Condition.NOT_AUDITABLE: (words.NOT_AUDITED, Tone.UNKNOWN),
    Condition.UNDECIDED: ("UNDECIDED", Tone.UNKNOWN),
    Condition.CLEAN: ("CLEAN", Tone.GOOD),
}
TONE_OF_VERDICT = {Verdict.BACKSCATTER: Tone.BAD, Verdict.INCONCLUSIVE: Tone.UNKNOWN, Verdict.CLEAN: Tone.GOOD}


def rank(entry: TargetEntry) -> tuple[int, str, str]:
    """Return what targets are ordered by: the worst first."""
    word, tone = standing(entry)
    return ORDER.index(tone), word, entry.target


def standing(entry: TargetEntry) -> tuple[str, Tone]:
    """Return how a target stands, in one word: by its state where it has one, else by what the run showed."""
    if entry.state is not None:
        word, tone = _CONDITION[entry.state.state]
        if entry.state.accepted is not None and entry.state.state is not Condition.NOT_AUDITABLE:
            decided = rest_of(entry) is Verdict.CLEAN
            return (f"{word} (accepted)", Tone.NOTE) if decided else (f"{word} ({REST_OPEN})", Tone.UNKNOWN)
        return (f"{word} (stale)", tone) if entry.state.stale else (word, tone)
    if entry.not_audited is not None:
        return words.NOT_AUDITED, Tone.UNKNOWN
    return words.VERDICT[entry.verdict], TONE_OF_VERDICT[entry.verdict]


def why(entry: TargetEntry) -> str:
    """Return since when a target stands so, and why: of its state, its own log and the last run."""
    state = entry.state
    parts = [over_all_runs(state)] if state else []
    if entry.log is not None:
        parts.append(in_words(entry.log))
    if state and is_other(state, entry):
        by_run = words.NOT_AUDITED if entry.not_audited else words.VERDICT[entry.verdict]
        parts.append(f"last run: {by_run.lower()}")
    if state is None or state.state is not Condition.CLEAN or entry.not_audited:
        parts.append(entry.not_audited.message if entry.not_audited else entry.explanation)
    return clean_line("; ".join(dict.fromkeys(filter(None, parts))))


def is_other(state: TargetState, entry: TargetEntry) -> bool:
    """Say whether the last run showed something else than the state is."""
    if entry.not_audited is not None:
        return state.state is not Condition.NOT_AUDITABLE
    return state.last_run_at is not None and state.state.value != entry.verdict.value


def over_all_runs(state: TargetState) -> str:
    """Return since when a target stands so, and what its runs together show."""
    since = f"since {state.since_at:%Y-%m-%d %H:%M} UTC" if state.since_at else "never decided"
    return clean_line("; ".join(filter(None, (since, state.note))))
