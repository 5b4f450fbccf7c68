"""Judging all probes of a run afresh, from everything that came back for them. Pure."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from bsaudit.judge.cases import case_of
from bsaudit.judge.control import judge_control, unanswered
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.match import attribute_again
from bsaudit.judge.outcome import judge, standing
from bsaudit.model.probe import ProbeRecord, Settlement, State
from bsaudit.model.run import RunRecord, RunState


def judge_again(inquiry: Inquiry, now: datetime) -> None:
    """Judge every probe of the run from all that came back for it while somebody listened."""
    run = inquiry.run
    inquiry.relearn()
    for record in run.probes:
        attribute_again(record, inquiry)
        if record.probe.target is None:
            record.settlement = _dated(judge_control(record) or unanswered(), record.settlement)
    inquiry.relearn()
    seen = _seen_until(run, now)
    # Twice: a probe is judged by its positive control, which this loop settles too.
    for _ in range(2):
        for record in run.probes:
            if record.probe.target is not None and record.state is not State.PLANNED:
                settlement = standing(judge(case_of(record, inquiry)), seen, wait_over=_wait_is_over(record, run, seen))
                if settlement is not None:
                    record.settlement = _dated(settlement, record.settlement)


def _seen_until(run: RunRecord, now: datetime) -> datetime:
    """Return until when an answer would have been seen: a run that was cut short has not heard what came after."""
    if run.state is RunState.RUNNING:
        return now
    return run.watched_until or run.finished_at or run.started_at


def _wait_is_over(record: ProbeRecord, run: RunRecord, seen: datetime) -> bool:
    if run.state is not RunState.INTERRUPTED or record.submission is None:
        return run.state is not RunState.RUNNING
    waited_s = (seen - record.submission.finished_at).total_seconds()
    return run.settings.limits is not None and waited_s >= run.settings.limits.wait_s


def _dated(fresh: Settlement, known: Settlement | None) -> Settlement:
    """Return a settlement with its time: judged again to the same end, it was settled when it was settled first."""
    if fresh.settled_at is not None or known is None or known.outcome is not fresh.outcome:
        return fresh
    return replace(fresh, settled_at=known.settled_at)
