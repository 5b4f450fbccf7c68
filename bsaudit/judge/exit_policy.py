"""What a report is to exit with, where somebody asked for more or less than the rule. Pure, and the only place of it.

The rule is `bsaudit.judge.verdict.exit_code`: 1 before 4 before 3 before 0. No policy makes a failure (2, 4) a success.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from bsaudit.model.probe import CountsAs
from bsaudit.model.report import Report, Severity, TargetEntry

CLEAN, BACKSCATTER, INCONCLUSIVE = 0, 1, 3
_GRAVER = {severity: frozenset(list(Severity)[place:]) for place, severity in enumerate(Severity)}


class FailOn(StrEnum):
    """What exits other than 0. Findings of a severity exit 1, what is graver, too."""

    INCONCLUSIVE = "inconclusive"
    BACKSCATTER = "backscatter"
    INFO = "findings:info"
    LOW = "findings:low"
    MEDIUM = "findings:medium"
    HIGH = "findings:high"

    @property
    def severities(self) -> frozenset[Severity]:
        """The severities of findings that fail."""
        _, asked, severity = self.partition("findings:")
        return _GRAVER[Severity(severity)] if asked else frozenset()


class ExitPolicy(Struct, frozen=True, kw_only=True):
    """`require` names probes, KIND or KIND:SHAPE, that must have shown something at every target.

    `of_target` names by target what has to beside them. `logs`: whether more notices in a target's own log than its
    `max_notices` exit 1; a plugin warns of them instead.
    """

    fail_on: FailOn = FailOn.INCONCLUSIVE
    require: tuple[str, ...] = ()
    of_target: Mapping[str, tuple[str, ...]] = {}
    logs: bool = True


def exit_code(report: Report, policy: ExitPolicy) -> int:
    """Return the exit code of a report by a policy."""
    code = report.exit_code
    logs = [target.log for target in report.targets if target.log is not None]
    if code == INCONCLUSIVE and policy.fail_on is FailOn.BACKSCATTER:
        code = CLEAN
    if code == CLEAN and (any(unmet(report, policy)) or any(log.is_unknown for log in logs)):
        code = INCONCLUSIVE
    failed = _has_findings(report, policy) or (policy.logs and any(log.exceeded for log in logs))
    return BACKSCATTER if failed else code


def unmet(report: Report, policy: ExitPolicy) -> Iterator[str]:
    """Say which required probes showed nothing, and where."""
    for target in report.targets:
        if target.not_audited is None:
            required = dict.fromkeys((*policy.require, *policy.of_target.get(target.target, ())))
            yield from (f"{name} at {target.target}" for name in required if not _is_met(target, name))


def _is_met(target: TargetEntry, name: str) -> bool:
    """Say whether there are such probes, and each of them showed something."""
    kind, _, shape = name.partition(":")
    named = [probe for probe in target.probes if probe.kind == kind and shape in ("", "all", probe.shape)]
    return bool(named) and all(probe.counts_as is not CountsAs.INCONCLUSIVE for probe in named)


def _has_findings(report: Report, policy: ExitPolicy) -> bool:
    return any(one.severity in policy.fail_on.severities for target in report.targets for one in target.findings)
