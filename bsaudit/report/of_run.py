"""What the view of a report says of the run: errors, controls, what changed, and how to go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bsaudit.durations import duration
from bsaudit.model.baseline import KnownProblem
from bsaudit.model.mail import Route
from bsaudit.model.probe import Control, CountsAs
from bsaudit.model.report import ErrorEntry, ProbeEntry, Report, RunEntry
from bsaudit.model.settings import CatchKind
from bsaudit.report import words
from bsaudit.report.line import Line
from bsaudit.report.section import Section, Tone, filled, lines_of

_CONTROL: dict[str, str] = {
    Control.CATCH: "catch",
    Control.CATCH_SECOND: "second catch address",
    Control.NDN: "NDN control",
    Control.ENTRANCE: "MX passes mail on",
    Control.CONTENT: "content as sent",
    Control.ASKED: "unknown user refused where the relay goes",
    Control.TRUSTED: "no trusted client",
    Control.CLOSING: "still open at the end",
    Control.CALIBRATION_REFUSED: "relay calibrated",
    Control.CALIBRATION_UNREACHABLE: "relay's own failure",
    Control.NDN_RETURN: "NDNs of others pass the relay",
}


def of_run(report: Report) -> tuple[Section, ...]:
    """Return what there is to say of the run itself."""
    return tuple(_sections_of_run(report))


def _sections_of_run(report: Report) -> Iterator[Section]:
    yield from _errors(report)
    yield from _beside_the_known(report)
    changes = lines_of(_changes(report))
    if changes:
        yield Section(label="Now", lines=changes, tone=Tone.NOTE)
    if report.run is None:
        return
    controls = [one for one in report.run.controls if is_of_our_side(one)]  # the others are rows
    good = [control for control in controls if control.counts_as is CountsAs.GOOD]
    failed = [control for control in controls if control not in good and not _was_made_up_for(control, good)]
    yield from filled(
        (
            Section(label="Failed", lines=lines_of(map(_failed, failed)), tone=Tone.UNKNOWN),
            Section(label="Held", lines=lines_of([" · ".join(_held(good))])),
            Section(label="Run", lines=lines_of([_run(report.run)])),
            Section(label="Again", lines=lines_of(_again(report))),
        )
    )
    if not report.run.complete and any(target.probes for target in report.targets):
        yield Section(label="Later", lines=lines_of([_later(report.run)]), tone=Tone.UNKNOWN)


_BESIDE = {
    "new": ("New", Tone.BAD),
    "expired": ("Lapsed", Tone.BAD),
    "known": ("Known", Tone.NOTE),
    "gone": ("Gone", Tone.GOOD),
    "stale": ("Stale", Tone.NOTE),
}


def _beside_the_known(report: Report) -> Iterator[Section]:
    for part, (label, tone) in _BESIDE.items():
        problems = getattr(report.baseline, part) if report.baseline else ()
        if problems:
            yield Section(label=label, lines=lines_of(map(_problem, problems)), tone=tone)


def _problem(problem: KnownProblem) -> str:
    text = f"{problem.target} {problem.probe or ''}".rstrip()
    if problem.reason:
        text += f": {problem.reason}"
    if problem.owner and problem.expires_at:
        text += f" ({problem.owner}, until {problem.expires_at:%Y-%m-%d})"
    return text


def _again(report: Report) -> Iterator[Line]:
    if report.run is not None and report.run.again and _was_audit(report):
        yield Line(report.run.again, command=True)


def _was_audit(report: Report) -> bool:
    return any(target.not_audited is None for target in report.targets)


def _changes(report: Report) -> Iterator[str]:
    """Tell what late answers changed, in the words of the table; a change of a verdict names its target."""
    probes = {probe.id: probe for target in report.targets for probe in target.probes}
    for change in report.changes:
        probe = probes.get(change.what)
        name = f"{words.label(probe)} to {words.addresses(probe)}" if probe else change.what
        yield f"{name}: {words.value(change.after)} (was {words.value(change.before)})"


def cause_of(error: ErrorEntry) -> list[str | Line]:
    return [f"{error.where}: {error.message}", Line(error.remedy, point=True)]


def is_shared(cause: ErrorEntry, report: Report) -> bool:
    return sum(target.not_audited == cause for target in report.targets) > 1


def _errors(report: Report) -> Iterator[Section]:
    told = [target.not_audited for target in report.targets if target.not_audited]
    for error in dict.fromkeys(report.errors):
        if error not in told or is_shared(error, report):
            yield Section(label="Error", lines=lines_of(cause_of(error)), tone=Tone.UNKNOWN)


def _later(run: RunEntry) -> str:
    if run.state == "running":
        return "Still under way: this is what is known so far."
    command = (run.again or f"bsaudit probe --again {run.id}").replace("probe --again", "collect", 1)
    if run.catch is not None and run.catch.kind == CatchKind.SINK:
        return f'Not finished, and the built-in catch MX has stopped: "{command}" listens for what is still to come.'
    return f'Not finished: "{command}" looks for late answers.'


def is_of_our_side(control: ProbeEntry) -> bool:
    """Say whether a control shows our own side, and not a target's valid recipient."""
    return control.control != Control.POSITIVE


def control_name(control: ProbeEntry) -> str:
    """Return what a control is called in reports."""
    return _CONTROL.get(control.control or "", control.control or control.kind)


def _was_made_up_for(control: ProbeEntry, good: Iterable[ProbeEntry]) -> bool:
    """Say whether the relay would not have a control that then held by the direct route."""
    return control.route is Route.RELAY and any(
        one.control == control.control and one.route is Route.DIRECT for one in good
    )


def _held(good: Iterable[ProbeEntry]) -> Iterator[str]:
    """Name each control once, with how long each of its messages took."""
    took: dict[str, list[str]] = {}
    for control in good:
        times = took.setdefault(_held_name(control), [])
        if control.seconds is not None:
            times.append(duration(control.seconds))
    return (f"{name} {', '.join(dict.fromkeys(times))}" if times else name for name, times in took.items())


def _held_name(control: ProbeEntry) -> str:
    name = control_name(control)
    family = next((one.mta_family for one in control.notifications if one.mta_family), None)
    return f"{name} ({family})" if family and control.control == Control.CALIBRATION_REFUSED else name


def _failed(control: ProbeEntry) -> str:
    return f"{control_name(control)}: {control.explanation}"


def _run(run: RunEntry) -> str:
    route = f"relay {run.relay.host}" if run.relay else f"route {run.route}"
    if run.route is Route.BOTH:
        route += ", and direct"
    parts = [run.id, words.period(run.started_at, run.finished_at), route]
    if run.waited_s:
        parts.append(f"watched for {duration(run.waited_s)}")
    if not run.sees_callouts:  # not observed is not none
        parts.append("callouts not observed")
    if run.authorized_by:
        parts.append(f"authorized by {run.authorized_by}")
    return " · ".join(parts)
