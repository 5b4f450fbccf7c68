"""The one view of a report: which rows, in what order, in what words. Renderers only lay it out.

Every text in a view has passed `bsaudit.text.clean_line`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.judge.advice_table import GENERIC
from bsaudit.judge.baseline import is_by_states
from bsaudit.judge.product import HIGH
from bsaudit.model.notification import RECEIPTS, Attribution, Evidence, Strength
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import (
    Advice,
    Next,
    NotificationEntry,
    ProbeEntry,
    Report,
    RunEntry,
    Severity,
    TargetEntry,
    Verdict,
)
from bsaudit.report import proof, words
from bsaudit.report.help_pages import NOWHERE, Docs
from bsaudit.report.line import Line
from bsaudit.report.of_run import cause_of, is_of_our_side, is_shared, of_run
from bsaudit.report.own_log import own_log
from bsaudit.report.section import TONE_OF, Section, Tone, filled, lines_of
from bsaudit.report.standing import in_report
from bsaudit.report.state import TONE_OF_VERDICT, standing, why
from bsaudit.text import clean_line

# Evidence is ordered by strength; more than this is for --verbose and JSON.
EVIDENCE_SHOWN = 3
# So many words are explained; "bsaudit help" knows the others, too.
WORDS_SHOWN = 6

_OURS = frozenset({Attribution.RELAY, Attribution.CATCH})
_SEVERITY = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2, Severity.INFO: 3}
_STRENGTH = {Strength.DECISIVE: 0, Strength.STRONG: 1, Strength.WEAK: 2}

HEADINGS = ("probe", "sent to", "outcome", "after", "written by")


class Row(Struct, frozen=True, kw_only=True):
    """One probe; its texts stand under HEADINGS."""

    probe: str
    sent_to: str
    outcome: str
    after: str
    written_by: str
    tone: Tone
    word: str = ""  # the outcome's, in the documentation


class TargetView(Struct, frozen=True, kw_only=True):
    name: str
    verdict: str
    limits: str  # what the verdict rests on, or holds for
    tone: Tone
    rows: tuple[Row, ...] = ()
    sections: tuple[Section, ...] = ()


class View(Struct, frozen=True, kw_only=True):
    targets: tuple[TargetView, ...]
    sections: tuple[Section, ...]  # of the run: errors, controls, the run itself


def view(report: Report, *, verbose: bool = False, docs: Docs = NOWHERE) -> View:
    """Return what a report says to people. `verbose` adds the evidence and explanation of every probe."""
    return _viewed(report, (_target(target, report, verbose=verbose) for target in report.targets), docs)


def headings(report: Report, docs: Docs = NOWHERE) -> View:
    """Return the same without what stands below the heading of each target, for who lays that out otherwise."""
    return _viewed(report, (_heading(target) for target in report.targets), docs)


def _viewed(report: Report, targets: Iterable[TargetView], docs: Docs) -> View:
    return View(
        targets=tuple(map(_by_state, report.targets, targets) if is_by_states(report) else targets),
        sections=(*of_run(report), *filled([_explained(report, docs)])),
    )


def _explained(report: Report, docs: Docs) -> Section:
    """Say where the words are explained that somebody has to understand: what is not good, and what was found."""
    probes = (probe for target in report.targets for probe in target.probes if probe.state not in words.NEVER_SENT)
    asked = [probe.outcome.value for probe in probes if probe.counts_as is not CountsAs.GOOD]
    asked += [finding.id for target in report.targets for finding in target.findings]
    points = (
        Line(docs.said(word), point=True, command=not docs.url, word=word)
        for word in list(dict.fromkeys(asked))[:WORDS_SHOWN]
    )
    return Section(label="Help", lines=lines_of(points))


def _by_state(target: TargetEntry, shown: TargetView) -> TargetView:
    """Head what the last run showed with how the target stands over all of them, as the exit code has it."""
    word, tone = standing(target)
    state = Section(label="State", lines=lines_of([why(target)]))
    limits = f"last run: {shown.limits}" if shown.limits and shown.verdict != word else shown.limits
    return replace(shown, verdict=word, tone=tone, limits=limits, sections=(state, *shown.sections))


def _target(target: TargetEntry, report: Report, *, verbose: bool) -> TargetView:
    if target.not_audited is not None:
        return _not_audited(target, report)
    return replace(
        _heading(target),
        rows=tuple(_row(probe, target.domain) for probe in in_table(target, report.run)),
        sections=tuple(filled(_sections_of_target(target, report, verbose=verbose))),
    )


def _heading(target: TargetEntry) -> TargetView:
    audited = target.not_audited is None
    return TargetView(
        name=clean_line(target.target),
        verdict=words.VERDICT[target.verdict] if audited else words.NOT_AUDITED,
        limits=clean_line("; ".join(_limits(target))) if audited else "",
        tone=TONE_OF_VERDICT[target.verdict] if audited else Tone.UNKNOWN,
    )


def _not_audited(target: TargetEntry, report: Report) -> TargetView:
    """Say that there is no verdict, and why: once, so below all of them where several have the same cause."""
    cause = target.not_audited
    lines = [] if cause is None or is_shared(cause, report) else cause_of(cause)
    sections = [Section(label="Cause", lines=lines_of(lines), tone=Tone.UNKNOWN), lists(target), own_log(target)]
    return replace(_heading(target), sections=tuple(filled(sections)))


def in_table(target: TargetEntry, run: RunEntry | None) -> Iterator[ProbeEntry]:
    """Return the positive control of a target, and its probes: what the sentence under the table counts."""
    yield from (one for one in (run.controls if run else ()) if _is_positive_of(one, target))
    yield from target.probes


def _is_positive_of(control: ProbeEntry, target: TargetEntry) -> bool:
    return not is_of_our_side(control) and control.target == target.target


def _limits(target: TargetEntry) -> Iterator[str]:
    """Say what the verdict rests on, and what it is limited to."""
    if target.verdict is Verdict.CLEAN:
        yield words.BASIS[target.basis]
    if target.qualification:
        yield target.qualification


def _sections_of_target(target: TargetEntry, report: Report, *, verbose: bool) -> Iterator[Section]:
    yield Section(label="Why", lines=lines_of(_why(target, verbose=verbose)))
    if target.example is not None:
        yield Section(label="Proof", lines=lines_of(proof.taken(target.example)))
        yield Section(label="Back", lines=lines_of(proof.handed_back(target.example)))
        yield Section(label="See", lines=lines_of(proof.see_for_yourself(target.example)))
    yield Section(label="Also", lines=lines_of(_findings(target)), tone=Tone.NOTE)
    yield Section(label="Fix", lines=lines_of(_fixes(target.advice)))
    if target.verdict is Verdict.BACKSCATTER:
        yield Section(label="RFC", lines=lines_of([words.OBLIGED]))
    yield lists(target)
    yield own_log(target)
    yield Section(label="Next", lines=lines_of(_next(target.next)))
    yield Section(label="Sent", lines=lines_of(proof.sent(target, report)))
    yield Section(label="Again", lines=lines_of(Line(advice.retest or "", command=True) for advice in target.advice))


def lists(target: TargetEntry) -> Section:
    """Return what DNS lists say, where they were asked: it has no tone, because it is no verdict."""
    return Section(label="Lists", lines=lines_of(in_report(target)))


def _row(probe: ProbeEntry, domain: str) -> Row:
    return Row(
        probe=clean_line(words.label(probe)),
        sent_to=clean_line(_sent_to(probe, domain)),
        outcome=clean_line(words.outcome(probe)),
        after=words.after(probe),
        written_by=clean_line(words.writer(probe)),
        tone=TONE_OF[probe.counts_as],
        word="" if probe.state in words.NEVER_SENT else probe.outcome.value,
    )


def _sent_to(probe: ProbeEntry, domain: str) -> str:
    """Return the recipients, without the domain where it is the target's own, and the MX of the direct route."""
    addresses = ", ".join(words.shortened(recipient.address, domain) for recipient in probe.recipients)
    exchanger = (probe.mail_exchanger or "").removesuffix("." + domain)
    return f"{addresses} ({exchanger})" if exchanger else addresses


def _why(target: TargetEntry, *, verbose: bool) -> Iterator[str | Line]:
    """Tell what decided. Probes that ended alike are told by the first of them, unless `verbose`.

    What heads the verdict already is not told once more.
    """
    yield target.explanation.removeprefix(target.qualification or "").removeprefix("; ")
    if target.verdict is Verdict.INCONCLUSIVE and target.qualification:
        yield from (f"{one.host}: {one.reason}" for one in target.mail_exchangers if not one.tried and one.reason)
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
            groups.setdefault((probe.outcome, words.writer(probe), unsent, probe.counts_as), []).append(probe)
    return groups.values()


def _evidence(probe: ProbeEntry, *, verbose: bool) -> Iterator[Line]:
    found = [item for notification in _telling(probe, verbose=verbose) for item in notification.evidence]
    found.sort(key=lambda item: _STRENGTH[item.strength])
    return map(_evidence_line, found if verbose else found[:EVIDENCE_SHOWN])


def _telling(probe: ProbeEntry, *, verbose: bool) -> Sequence[NotificationEntry]:
    """Return the notifications that decided: backscatter is what the target's side wrote, not the relay.

    Who wrote a receipt says nothing about what did not come back; that the relay reported what the target said is no
    news, and told where everything is.
    """
    if probe.counts_as is CountsAs.BACKSCATTER:
        return [one for one in probe.notifications if one.attribution.is_target_side] or probe.notifications
    told = [one for one in probe.notifications if one.kind not in RECEIPTS]
    return told if verbose else [one for one in told if one.attribution not in _OURS]


def _evidence_line(item: Evidence) -> Line:
    return Line(f"{item.text} ({item.strength}, {item.supports})", point=True)


def _findings(target: TargetEntry) -> Iterator[Line]:
    """Tell the gravest first."""
    for finding in sorted(target.findings, key=lambda finding: _SEVERITY[finding.severity]):
        reference = f" [{finding.reference}]" if finding.reference else ""
        yield Line(f"{finding.title} ({finding.severity}, {finding.id}): {finding.detail}{reference}", word=finding.id)


def _fixes(advice: Iterable[Advice]) -> Iterator[str | Line]:
    for one in advice:
        yield f"{_recognised(one)}: {one.text}" if one.product else one.text
        if one.setting and one.setting not in one.text:
            yield Line(one.setting, point=True)
        if one.default:
            yield Line(f"by default: {one.default}", point=True)
        for paste in one.paste:
            yield Line(f"{words.place(paste)}:", point=True)
            yield Line(paste.lines, block=True)
        if sources := dict.fromkeys(filter(None, (one.clause, one.reference))):
            yield Line(f"see {'; '.join(sources)}", point=True)


def _recognised(advice: Advice) -> str:
    """Return the product with its version, and how sure that is where it is not sure."""
    name = f"{advice.product} {advice.version}".rstrip()
    sure = advice.confidence == HIGH or advice.product == GENERIC.name
    return name if sure else f"{name} ({advice.confidence} confidence)"


def _next(steps: Iterable[Next]) -> Iterator[str | Line]:
    for step in steps:
        yield step.why
        of_options = step.command.startswith("--")
        yield Line(f"with {step.command}" if of_options else step.command, point=True, command=not of_options)
