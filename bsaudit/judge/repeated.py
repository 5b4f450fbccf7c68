"""What a repetition of some probes leaves of the run before: both together are what the check saw. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from bsaudit.judge.condition import probe_name
from bsaudit.model.report import Finding, ProbeEntry, TargetEntry


def together(first: TargetEntry, again: TargetEntry, run: str) -> TargetEntry:
    """Return the entry of a repetition with what `run` had shown before it, and was not tried again.

    Of the first run's probes the ids begin with its own: both number theirs from p01.
    """
    repeated = {probe_name(probe) for probe in again.probes}
    kept = [probe for probe in first.probes if probe_name(probe) not in repeated]
    new_id = {probe.id: f"{run}-{probe.id}" for probe in kept}
    findings = {finding.id: finding for finding in _findings(first, new_id)}
    for finding in again.findings:
        before = findings[finding.id].probe_ids if finding.id in findings else ()
        findings[finding.id] = replace(finding, probe_ids=(*before, *finding.probe_ids))
    planned_out = tuple(dict.fromkeys((*first.planned_out, *again.planned_out)))
    return replace(
        again,
        probes=(*(_renamed(probe, new_id) for probe in kept), *again.probes),
        findings=tuple(findings.values()),
        explanation="; ".join(_explanations(again, first, kept, run)),
        qualification="; ".join(dict.fromkeys(filter(None, (first.qualification, again.qualification)))) or None,
        planned_out=planned_out,
        messages_sent=first.messages_sent + again.messages_sent,
    )


def _renamed(probe: ProbeEntry, new_id: dict[str, str]) -> ProbeEntry:
    repeats = None if probe.repeats is None else new_id.get(probe.repeats, probe.repeats)
    return replace(probe, id=new_id[probe.id], repeats=repeats)


def _findings(first: TargetEntry, new_id: dict[str, str]) -> Iterator[Finding]:
    """Yield what was found, but where all of its probes were tried again: the repetition speaks of those."""
    for finding in first.findings:
        left = tuple(new_id[probe] for probe in finding.probe_ids if probe in new_id)
        if left or not finding.probe_ids:
            yield replace(finding, probe_ids=left)


def _explanations(again: TargetEntry, first: TargetEntry, kept: list[ProbeEntry], run: str) -> Iterator[str]:
    yield again.explanation
    if kept:
        yield f"run {run} before it showed {', '.join(dict.fromkeys(probe.kind for probe in kept))}"
    if first.planned_out:
        told = (f"{', '.join(one.probes)} ({one.reason})" for one in first.planned_out)
        yield f"planned out in run {run}: {'; '.join(told)}"
