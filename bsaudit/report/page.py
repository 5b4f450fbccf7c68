"""What the page of a target shows, and in which order: for somebody who never asked for it and has nothing else.

The words are those of `view` and `proof`; here is only what a terminal has no room for: each probe with its time line,
its dialogue and all its evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from bsaudit.judge.baseline import is_by_states
from bsaudit.judge.condition import VERDICT_OF
from bsaudit.model.mail import Exchange
from bsaudit.model.notification import Evidence, Strength
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import Example, NotificationEntry, ProbeEntry, Report, TargetEntry, Verdict
from bsaudit.model.state import Condition
from bsaudit.report import proof, words
from bsaudit.report.help_pages import NOWHERE, Docs
from bsaudit.report.line import Line
from bsaudit.report.messages import KINDS, written_by
from bsaudit.report.own_log import own_log
from bsaudit.report.section import TONE_OF, Section, Tone
from bsaudit.report.state import is_other, over_all_runs, rank, standing
from bsaudit.report.timeline import RECEIPTS, Moment, timeline
from bsaudit.report.view import TargetView, headings, in_table, lists

_STRENGTHS = (Strength.DECISIVE, Strength.STRONG, Strength.WEAK)

# The verdict for somebody who has never heard of backscatter
PLAINLY = {
    Verdict.BACKSCATTER: (
        "This mail system takes mail that it will not deliver, and then writes to the sender address that the mail "
        "bears. Spam and viruses bear the addresses of people who did not send them: what the system writes reaches "
        "those people, who never wrote to it. Such mail is called backscatter."
    ),
    Verdict.CLEAN: (
        "What was tried, this mail system refused while the sending server was still connected, or kept to itself. It "
        "wrote to nobody who might have had nothing to do with it."
    ),
    Verdict.INCONCLUSIVE: (
        "What was seen shows neither that this mail system sends backscatter nor that it does not. It is not a clean "
        "result: below stands what is not known, and what would settle it."
    ),
}
# Each message takes 1.2 kB: of ten thousand targets it would be a page of 190 MB, which no browser opens.
MOST_WITH_MESSAGES = 200
NOT_AUDITED = "Nothing was sent to this mail system, so nothing is known of it."


class Notice(Struct, frozen=True, kw_only=True):
    """A message that came back for a probe, and why we know who wrote it."""

    title: str
    facts: tuple[tuple[str, str], ...]
    evidence: tuple[Evidence, ...]


class ProbePage(Struct, frozen=True, kw_only=True):
    entry: ProbeEntry
    title: str
    to: str
    outcome: str
    tone: Tone
    moments: tuple[Moment, ...]
    dialogue: tuple[Exchange, ...]
    notices: tuple[Notice, ...]

    @property
    def is_open(self) -> bool:
        """Whether it is unfolded from the beginning: what is good can wait."""
        return self.entry.counts_as is not CountsAs.GOOD


class TargetPage(Struct, frozen=True, kw_only=True):
    """One target. `standing` and its tone are the state over all runs, where there is one."""

    number: int
    entry: TargetEntry
    shown: TargetView
    standing: str
    tone: Tone
    plainly: str
    over_all_runs: str
    is_other: bool  # whether the last run alone showed something else than the page is headed by
    taken: tuple[Line, ...]
    back: tuple[Line, ...]
    see: tuple[Line, ...]
    sent: tuple[str, ...]
    lists: tuple[Line, ...]  # what they say of its addresses
    log: Section  # what its own log shows
    not_tried: tuple[str, ...]
    probes: tuple[ProbePage, ...]


class Page(Struct, frozen=True, kw_only=True):
    report: Report
    targets: tuple[TargetPage, ...]
    sections: tuple[Section, ...]  # of the run
    is_long: bool  # of so many targets that the messages of each are left out

    @property
    def worst_first(self) -> list[TargetPage]:
        return sorted(self.targets, key=lambda one: rank(one.entry))


def page(report: Report, docs: Docs = NOWHERE) -> Page:
    """Return all that the page of a report shows."""
    shown = headings(report, docs)
    pairs = zip(report.targets, shown.targets, strict=True)
    numbered = enumerate(pairs, 1)
    is_long = len(report.targets) > MOST_WITH_MESSAGES
    return Page(
        report=report,
        targets=tuple(_target(number, entry, one, report, brief=is_long) for number, (entry, one) in numbered),
        sections=shown.sections,
        is_long=is_long,
    )


def _target(number: int, entry: TargetEntry, shown: TargetView, report: Report, *, brief: bool) -> TargetPage:
    word, tone = standing(entry)
    example = entry.example
    return TargetPage(
        number=number,
        entry=entry,
        shown=shown,
        standing=word,
        tone=tone,
        plainly=_plainly(entry, by_states=is_by_states(report)),
        over_all_runs=over_all_runs(entry.state) if entry.state else "",
        is_other=is_by_states(report) and entry.state is not None and is_other(entry.state, entry),
        taken=_lines(proof.taken(example) if example else ()),
        back=_lines(proof.handed_back(example) if example else ()),
        see=_lines(proof.see_for_yourself(example) if example else ()),
        sent=tuple(proof.sent(entry, report)),
        lists=lists(entry).lines,
        log=own_log(entry),
        not_tried=tuple(_not_tried(entry)),
        probes=() if brief else tuple(_probe(one, entry.example) for one in in_table(entry, report.run)),
    )


def _plainly(entry: TargetEntry, *, by_states: bool) -> str:
    if by_states and entry.state is not None:
        auditable = entry.state.state is not Condition.NOT_AUDITABLE
        return PLAINLY[VERDICT_OF[entry.state.state]] if auditable else NOT_AUDITED
    return NOT_AUDITED if entry.not_audited else PLAINLY[entry.verdict]


def _lines(said: Iterable[str | Line]) -> tuple[Line, ...]:
    return tuple(one if isinstance(one, Line) else Line(one) for one in said)


def _not_tried(entry: TargetEntry) -> Iterator[str]:
    """Name what the verdict says nothing of."""
    for exchanger in entry.mail_exchangers:
        if not exchanger.tried and entry.not_audited is None:
            yield f"mail exchanger {exchanger.host}" + (f": {exchanger.reason}" if exchanger.reason else "")
    for left in entry.planned_out:
        yield f"{', '.join(left.probes)}: {left.reason}"
    for probe in entry.probes:
        if probe.state in words.NEVER_SENT:
            yield f"{words.label(probe)} to {words.addresses(probe)}: not sent"
    if entry.undecided:
        yield f"tried, and still open: {', '.join(entry.undecided)}"


def _probe(entry: ProbeEntry, example: Example | None) -> ProbePage:
    spoken = example.transcript if example and example.probe == entry.id and not entry.transcript else entry.transcript
    return ProbePage(
        entry=entry,
        title=words.label(entry),
        to=words.addresses(entry),
        outcome=words.outcome(entry),
        tone=TONE_OF[entry.counts_as],
        moments=timeline(entry),
        dialogue=spoken,
        notices=tuple(map(notice, entry.notifications)),
    )


def notice(entry: NotificationEntry) -> Notice:
    """Return what there is to say of a message that came back, the strongest evidence first."""
    ranked = sorted(entry.evidence, key=lambda one: _STRENGTHS.index(one.strength))
    facts = (
        ("written by", written_by(entry)),
        ("handed over by", entry.handed_over_by.full),
        ("came to", entry.reached.value.replace("_", "-")),
        ("came back of the original", entry.returned.value),
        ("kept in", entry.file or ""),
    )
    family = f" ({entry.mta_family})" if entry.mta_family else ""
    return Notice(
        title=KINDS[entry.kind] + family,
        facts=tuple((label, text) for label, text in facts if text),
        evidence=tuple(ranked[:1] if entry.kind in RECEIPTS else ranked),
    )
