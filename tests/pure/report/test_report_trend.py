"""The trend of a target: the verdicts of its last runs."""

from __future__ import annotations

from bsaudit.model.mail import Route
from bsaudit.model.report import Verdict
from bsaudit.model.run import RunLine, RunState
from bsaudit.report.trend import drawn, trends
from tests.support.reports import START

CLEAN, OPEN, BAD = Verdict.CLEAN, Verdict.INCONCLUSIVE, Verdict.BACKSCATTER


def line(**verdicts: Verdict) -> RunLine:
    return RunLine(
        id="r",
        started_at=START,
        finished_at=START,
        state=RunState.FINISHED,
        verdict=None,
        route=Route.RELAY,
        targets=tuple(verdicts),
        probes=0,
        open=0,
        maybe_sent=0,
        verdicts=verdicts,
    )


def test_the_last_ten_verdicts_are_drawn_the_latest_last() -> None:
    listed = [line(a=BAD), line(a=OPEN, b=CLEAN), *[line(a=CLEAN)] * 12]  # the latest first
    found = trends(listed)
    assert [(one.target, len(one.verdicts)) for one in found] == [("a", 10), ("b", 1)]
    assert list(drawn(found))[1:] == ["........?B  a"]
    assert not list(drawn(trends([line(a=CLEAN)])))
