"""What is known and accepted (`--baseline`, `[[accept]]`), read before anything is sent, and marked in the report."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from bsaudit.cli.exit_codes import BACKSCATTER, CLEAN
from bsaudit.cli.say import say
from bsaudit.config.accepts import read_baseline
from bsaudit.config.layers import Effective
from bsaudit.errors import UsageError
from bsaudit.judge.baseline import compared, told_by_states
from bsaudit.model.baseline import KnownProblem
from bsaudit.model.report import Report
from bsaudit.text import clean_line


class Known:
    """Raises UsageError for a baseline that cannot be read."""

    def __init__(self, config: Effective) -> None:
        self._accepts = config.accepts
        self._file = config.values.baseline
        named_here = config.sources["baseline"] == "--baseline"
        self._before = read_baseline(self._file, on_command_line=named_here, warn=say)
        self._fail_on_stale = config.values.fail_on_stale

    def marked(self, report: Report, *, states: bool = False) -> Report:
        """Return the report with what is known marked, and its exit code; `states`: it tells of states, not of runs."""
        if not self._accepts and self._before is None:
            return told_by_states(report) if states else report
        report = compared(report, self._accepts, self._before, datetime.now(UTC), self._file, states=states)
        if states:
            report = told_by_states(report)
        assert report.baseline is not None
        for stale in report.baseline.stale:
            say(f"bsaudit: accepted, and not there any more: {_told(stale)}; take the [[accept]] out")
        for expired in report.baseline.expired:
            say(f"bsaudit: accepted only until {expired.expires_at:%Y-%m-%d}: {_told(expired)}")
        if self._fail_on_stale and report.baseline.stale and report.exit_code == CLEAN:
            return replace(report, exit_code=BACKSCATTER)
        return report


def refuse_known(config: Effective) -> None:
    """Refuse to end with what may be accepted: that is told from what is new only when all is known."""
    if config.values.baseline or config.accepts:
        raise UsageError(
            "--fail-fast does not go with what is accepted (--baseline, [[accept]])", remedy="Leave one of them out."
        )


def _told(problem: KnownProblem) -> str:
    what = f"{problem.target} {problem.probe}" if problem.probe else problem.target
    return clean_line(f"{what} ({problem.reason})")
