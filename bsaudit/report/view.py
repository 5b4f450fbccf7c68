"""The one view of a report: which rows, in what order, in what words. Renderers only lay it out.

Every text in a view has passed `bsaudit.text.clean_line`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from bsaudit.durations import duration
from bsaudit.model.baseline import KnownProblem
from bsaudit.model.mail import Route
from bsaudit.model.notification import Evidence, Kind, Strength
from bsaudit.model.probe import Control, CountsAs
from bsaudit.model.report import (
    Advice,
    ErrorEntry,
    Next,
    NotificationEntry,
    ProbeEntry,
    Report,
    RunEntry,
    Severity,
    TargetEntry,
    Verdict,
)
from bsaudit.model.settings import CatchKind
from bsaudit.report import proof, words
from bsaudit.report.line import Line
from bsaudit.text import clean_line

# Evidence is ordered by strength; more than this is for --verbose and JSON.
EVIDENCE_SHOWN = 3

_RECEIPTS = frozenset({Kind.RELAYED, Kind.SUCCESS})
_SEVERITY = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2, Severity.INFO: 3}
_STRENGTH = {Strength.DECISIVE: 0, Strength.STRONG: 1, Strength.WEAK: 2}


class Tone(StrEnum):
    """What a text means; renderers choose the color. Unknown never looks like good."""

    GOOD = "good"
    BAD = "bad"
    NOTE = "note"
    UNKNOWN = "unknown"
    PLAIN = "plain"


TONE_OF = {
    CountsAs.GOOD: Tone.GOOD,
    CountsAs.BACKSCATTER: Tone.BAD,
    CountsAs.FINDING: Tone.NOTE,
    CountsAs.INCONCLUSIVE: Tone.UNKNOWN,
}
_TONE_OF_VERDICT = {
    Verdict.CLEAN: Tone.GOOD,
    Verdict.BACKSCATTER: Tone.BAD,
    Verdict.INCONCLUSIVE: Tone.UNKNOWN,
}


HEADINGS = ("probe", "sent to", "outcome", "after", "written by")


class Row(Struct, frozen=True, kw_only=True):
    """One probe; its texts stand under HEADINGS."""

    probe: str
    sent_to: str
    outcome: str
    after: str
    written_by: str
    tone: Tone


class Section(Struct, frozen=True, kw_only=True):
    """A labelled passage."""

    label: str
    lines: tuple[Line, ...]
    tone: Tone = Tone.PLAIN


class TargetView(Struct, frozen=True, kw_only=True):
    name: str
    verdict: str
    limits: str  # what the verdict rests on, or holds for
    tone: Tone
    rows: tuple[Row, ...]
    sections: tuple[Section, ...]


class View(Struct, frozen=True, kw_only=True):
    targets: tuple[TargetView, ...]
    sections: tuple[Section, ...]  # of the run: errors, controls, the run itself


def view(report: Report, *, verbose: bool = False) -> View:
    """Return what a report says to people. `verbose` adds the evidence and explanation of every probe."""
    return View(
        targets=tuple(_target(target, report, verbose=verbose) for target in report.targets),
        sections=of_run(report),
    )


def of_run(report: Report) -> tuple[Section, ...]:
    """Return what there is to say of the run itself."""
    return tuple(_sections_of_run(report))


# a target


def _target(target: TargetEntry, report: Report, *, verbose: bool) -> TargetView:
    if target.not_audited is not None:
        return _not_audited(target, report)
    return TargetView(
        name=clean_line(target.target),
        verdict=words.VERDICT[target.verdict],
        limits=clean_line("; ".join(_limits(target))),
        tone=_TONE_OF_VERDICT[target.verdict],
        rows=tuple(_row(probe, target.domain) for probe in in_table(target, report.run)),
        sections=tuple(_present(_sections_of_target(target, report, verbose=verbose))),
    )


def _not_audited(target: TargetEntry, report: Report) -> TargetView:
    """Say that there is no verdict, and why: once, so below all of them where several have the same cause."""
    cause = target.not_audited
    lines = [] if cause is None or _is_shared(cause, report) else _cause(cause)
    return TargetView(
        name=clean_line(target.target),
        verdict=words.NOT_AUDITED,
        limits="",
        tone=Tone.UNKNOWN,
        rows=(),
        sections=tuple(_present([Section(label="Cause", lines=_lines(lines), tone=Tone.UNKNOWN)])),
    )


def _cause(error: ErrorEntry) -> list[str | Line]:
    return [f"{error.where}: {error.message}", Line(error.remedy, point=True)]


def _is_shared(cause: ErrorEntry, report: Report) -> bool:
    return sum(target.not_audited == cause for target in report.targets) > 1


def in_table(target: TargetEntry, run: RunEntry | None) -> Iterator[ProbeEntry]:
    """Return the positive control of a target, and its probes: what the sentence under the table counts."""
    yield from (one for one in (run.controls if run else ()) if _is_positive_of(one, target))
    yield from target.probes


def is_of_our_side(control: ProbeEntry) -> bool:
    """Say whether a control shows our own side, and not a target's valid recipient."""
    return control.control != Control.POSITIVE


def _is_positive_of(control: ProbeEntry, target: TargetEntry) -> bool:
    return not is_of_our_side(control) and control.target == target.target


def _limits(target: TargetEntry) -> Iterator[str]:
    """Say what the verdict rests on, and what it is limited to."""
    if target.verdict is Verdict.CLEAN:
        yield words.BASIS[target.basis]
    if target.qualification:
        yield target.qualification


def _sections_of_target(target: TargetEntry, report: Report, *, verbose: bool) -> Iterator[Section]:
    yield Section(label="Why", lines=_lines(_why(target, verbose=verbose)))
    if target.example is not None:
        yield Section(label="Proof", lines=_lines(proof.taken(target.example)))
        yield Section(label="Back", lines=_lines(proof.handed_back(target.example)))
        yield Section(label="See", lines=_lines(proof.see_for_yourself(target.example)))
    yield Section(label="Also", lines=_lines(_findings(target)), tone=Tone.NOTE)
    yield Section(label="Fix", lines=_lines(_fixes(target.advice)))
    if target.verdict is Verdict.BACKSCATTER:
        yield Section(label="RFC", lines=_lines([words.OBLIGED]))
    yield Section(label="Next", lines=_lines(_next(target.next)))
    yield Section(label="Sent", lines=_lines(proof.sent(target, report)))
    yield Section(label="Again", lines=_lines(advice.retest for advice in target.advice))


def _present(sections: Iterable[Section]) -> Iterator[Section]:
    return (section for section in sections if section.lines)


def _lines(said: Iterable[str | Line]) -> tuple[Line, ...]:
    """Sanitise paragraphs and points; drop the empty and those said before."""
    lines = (Line(clean_line(one.text), one.point) if isinstance(one, Line) else Line(clean_line(one)) for one in said)
    return tuple(dict.fromkeys(line for line in lines if line.text))


def _row(probe: ProbeEntry, domain: str) -> Row:
    return Row(
        probe=clean_line(words.label(probe)),
        sent_to=clean_line(_sent_to(probe, domain)),
        outcome=clean_line(words.outcome(probe)),
        after=words.after(probe),
        written_by=clean_line(words.host(probe.written_by)),
        tone=TONE_OF[probe.counts_as],
    )


def _sent_to(probe: ProbeEntry, domain: str) -> str:
    """Return the recipients, without the domain where it is the target's own, and the MX of the direct route."""
    addresses = ", ".join(words.shortened(recipient.address, domain) for recipient in probe.recipients)
    exchanger = (probe.mail_exchanger or "").removesuffix("." + domain)
    return f"{addresses} ({exchanger})" if exchanger else addresses


def _why(target: TargetEntry, *, verbose: bool) -> Iterator[str | Line]:
    """Tell what decided. Probes that ended alike are told by the first of them, unless `verbose`."""
    yield target.explanation
    for first, *others in _alike(target.probes, verbose=verbose):
        told: list[str | Line] = []
        if first.explanation not in target.explanation:
            told.append(f"{words.label(first)}: {first.explanation}")
        told += _evidence(first, verbose=verbose)
        yield from told
        if told and others:
            yield Line(f"likewise {', '.join(map(words.label, others))}", point=True)


def _alike(probes: Iterable[ProbeEntry], *, verbose: bool) -> Iterable[list[ProbeEntry]]:
    if verbose:
        return [[probe] for probe in probes]
    groups: dict[object, list[ProbeEntry]] = {}
    for probe in probes:
        if probe.counts_as is not CountsAs.GOOD:
            unsent = probe.state in words.NEVER_SENT
            groups.setdefault((probe.outcome, words.host(probe.written_by), unsent, probe.counts_as), []).append(probe)
    return groups.values()


def _evidence(probe: ProbeEntry, *, verbose: bool) -> Iterator[Line]:
    found = [item for notification in _telling(probe) for item in notification.evidence]
    found.sort(key=lambda item: _STRENGTH[item.strength])
    return map(_evidence_line, found if verbose else found[:EVIDENCE_SHOWN])


def _telling(probe: ProbeEntry) -> Sequence[NotificationEntry]:
    """Return the notifications that decided: backscatter is what the target's side wrote, not the relay.

    Who wrote a receipt says nothing about what did not come back.
    """
    if probe.counts_as is not CountsAs.BACKSCATTER:
        return [one for one in probe.notifications if one.kind not in _RECEIPTS]
    return [one for one in probe.notifications if one.attribution.is_target_side] or probe.notifications


def _evidence_line(item: Evidence) -> Line:
    return Line(f"{item.text} ({item.strength}, {item.supports})", point=True)


def _findings(target: TargetEntry) -> Iterator[str]:
    """Tell the gravest first."""
    for finding in sorted(target.findings, key=lambda finding: _SEVERITY[finding.severity]):
        reference = f" [{finding.reference}]" if finding.reference else ""
        yield f"{finding.title} ({finding.severity}, {finding.id}): {finding.detail}{reference}"


def _fixes(advice: Iterable[Advice]) -> Iterator[str | Line]:
    for one in advice:
        yield f"{one.product}: {one.text}" if one.product else one.text
        if one.setting and one.setting not in one.text:
            yield Line(one.setting, point=True)
        if one.reference:
            yield Line(f"see {one.reference}", point=True)


def _next(steps: Iterable[Next]) -> Iterator[str | Line]:
    for step in steps:
        yield step.why
        yield Line(step.command, point=True)


# the run

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


def _sections_of_run(report: Report) -> Iterator[Section]:
    yield from _errors(report)
    yield from _beside_the_known(report)
    changes = _lines(_changes(report))
    if changes:
        yield Section(label="Now", lines=changes, tone=Tone.NOTE)
    if report.run is None:
        return
    controls = [one for one in report.run.controls if is_of_our_side(one)]  # the others are rows
    good = [control for control in controls if control.counts_as is CountsAs.GOOD]
    failed = [control for control in controls if control not in good and not _was_made_up_for(control, good)]
    yield from _present(
        (
            Section(label="Failed", lines=_lines(map(_failed, failed)), tone=Tone.UNKNOWN),
            Section(label="Held", lines=_lines([" · ".join(_held(good))])),
            Section(label="Run", lines=_lines([_run(report.run)])),
            Section(label="Again", lines=_lines([report.run.again or ""] if _was_audit(report) else [])),
        )
    )
    if not report.run.complete and any(target.probes for target in report.targets):
        yield Section(label="Later", lines=_lines([_later(report.run)]), tone=Tone.UNKNOWN)


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
            yield Section(label=label, lines=_lines(map(_problem, problems)), tone=tone)


def _problem(problem: KnownProblem) -> str:
    text = f"{problem.target} {problem.probe or ''}".rstrip()
    if problem.reason:
        text += f": {problem.reason}"
    if problem.owner and problem.expires_at:
        text += f" ({problem.owner}, until {problem.expires_at:%Y-%m-%d})"
    return text


def _was_audit(report: Report) -> bool:
    return any(target.not_audited is None for target in report.targets)


def _changes(report: Report) -> Iterator[str]:
    """Tell what late answers changed, in the words of the table; a change of a verdict names its target."""
    probes = {probe.id: probe for target in report.targets for probe in target.probes}
    for change in report.changes:
        probe = probes.get(change.what)
        name = f"{words.label(probe)} to {words.addresses(probe)}" if probe else change.what
        yield f"{name}: {words.value(change.after)} (was {words.value(change.before)})"


def _errors(report: Report) -> Iterator[Section]:
    told = [target.not_audited for target in report.targets if target.not_audited]
    for error in dict.fromkeys(report.errors):
        if error not in told or _is_shared(error, report):
            yield Section(label="Error", lines=_lines(_cause(error)), tone=Tone.UNKNOWN)


def _later(run: RunEntry) -> str:
    if run.state == "running":
        return "Still under way: this is what is known so far."
    command = (run.again or f"bsaudit probe --again {run.id}").replace("probe --again", "collect", 1)
    if run.catch is not None and run.catch.kind == CatchKind.SINK:
        return f'Not finished, and the built-in catch MX has stopped: "{command}" listens for what is still to come.'
    return f'Not finished: "{command}" looks for late answers.'


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
