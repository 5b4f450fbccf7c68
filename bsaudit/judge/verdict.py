"""From all probes of a target to its verdict, and from all targets to the exit code. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from bsaudit.durations import duration
from bsaudit.judge.learn import Learned
from bsaudit.judge.plainly import in_plain_words
from bsaudit.judge.theirs import rests_on_word
from bsaudit.judge.unshown import gaps, takes_the_recipient
from bsaudit.judge.wording import OPEN
from bsaudit.model.mail import Route
from bsaudit.model.probe import Control, CountsAs, Difference, Outcome, Probe, ProbeRecord, Settlement, State
from bsaudit.model.report import Basis, ErrorEntry, ProbeEntry, TargetEntry, Verdict
from bsaudit.probe.catalogue import KINDS, content_of


class Judgement(Struct, frozen=True, kw_only=True):
    verdict: Verdict
    basis: Basis
    explanation: str
    undecided: tuple[str, ...] = ()  # probes as they are asked for: repeated, they may decide what is open


def judge_target(
    records: Sequence[ProbeRecord],
    learned: Learned,
    *,
    grace_s: float,
    emptied: bool = False,
    complete: bool,
    failure: str = "",
    strays: Sequence[str] = (),
    not_asked: Sequence[str] = (),
    so_far: str | None = None,
    elsewhere: str | None = None,
    unshown: str | None = None,
) -> Judgement:
    """Return the verdict on one target from its probes (its positive controls among them).

    Backscatter if any probe shows it; clean only if the controls held and every probe of the plan settled as good;
    inconclusive otherwise. `complete` False means that the plan was not carried out to its end, `failure` says what of
    our own side broke; `strays` are notifications that may be about any of the probes; `not_asked` are mail exchangers
    that should have been probed; `so_far` says what a clean verdict would leave open, if anything,
    `elsewhere` that others are told of other hosts, `unshown` that the test content which this target was spared was
    not tried to the end where it should have been.
    """
    probes = [record for record in records if not _is_aside(record)]
    if first := first_guilty(records):
        return Judgement(verdict=Verdict.BACKSCATTER, basis=Basis.EVIDENCE, explanation=_of_guilt(first, records))
    unfinished = f"the run failed: {failure}" if failure else "" if complete else "the run was not finished"
    left = gaps(records)
    counted = [record for record in probes if record not in left]
    doubts = list(_doubts(records, counted, learned, unfinished))
    doubts.extend(_stray_doubt(strays))
    doubts.extend(_not_tried(not_asked, elsewhere, unshown))
    if so_far and not doubts:
        return Judgement(verdict=Verdict.INCONCLUSIVE, basis=_basis(probes), explanation=so_far)
    if doubts:
        at_target = list(_doubts_of_the_target(records))
        others = len(doubts) - len(at_target) - len(list(_probe_doubts(counted)))
        return Judgement(
            verdict=Verdict.INCONCLUSIVE,
            basis=Basis.NONE,
            explanation="; ".join(doubts),
            undecided=() if others else _undecided(counted, everything=bool(at_target or so_far)),
        )
    text = _nothing_seen(counted, grace_s, emptied=emptied)
    return Judgement(verdict=Verdict.CLEAN, basis=_basis(probes), explanation=text)


def _not_tried(not_asked: Sequence[str], elsewhere: str | None, unshown: str | None) -> Iterator[str]:
    if not_asked:
        yield f"nothing was sent to {', '.join(not_asked)}: the limits allow no more messages"
    if elsewhere:
        yield f"others may see another target: {elsewhere}"
    if unshown:
        yield unshown


def _nothing_seen(probes: Sequence[ProbeRecord], grace_s: float, *, emptied: bool) -> str:
    kinds = ", ".join(dict.fromkeys(record.probe.kind for record in probes))
    quiet = f"in {duration(grace_s)} of quiet after each"
    return f"no backscatter seen, for {kinds}, {quiet}{', or until its own queue was empty' if emptied else ''}"


def _undecided(probes: Sequence[ProbeRecord], *, everything: bool) -> tuple[str, ...]:
    """Return what to repeat, where nothing but the target's own answers is in doubt.

    `everything`, where a control at the target did not hold or a part of it did not answer: then the other answers mean
    little. Nothing, where a finding keeps the target from being clean anyway.
    """
    if any(settled.counts_as is CountsAs.FINDING for settled in _settlements(probes)):
        return ()
    again = [record.probe for record in probes if everything or not _is_good(record)]
    askable = all(probe.kind in KINDS and probe.shape in {s.name for s in KINDS[probe.kind].shapes} for probe in again)
    return tuple(dict.fromkeys(f"{probe.kind}:{probe.shape}" for probe in again)) if askable else ()


def _is_good(record: ProbeRecord) -> bool:
    return record.settlement is not None and record.settlement.counts_as is CountsAs.GOOD


def _stray_doubt(strays: Sequence[str]) -> Iterable[str]:
    if strays:
        yield (
            f"without tagged addresses nobody can tell whether {len(strays)} notification(s) that name no message "
            f"answer a probe: {strays[0]}"
        )


def is_row(probe: Probe | ProbeEntry) -> bool:
    """Say whether a probe is a row of its target's table, and so counts in the sentence above it."""
    return probe.control in (None, Control.POSITIVE)


# Repetitions that say more about a bounce that is known already.
_ASIDE = frozenset({Difference.WITHOUT_NOTIFY, Difference.UNAUTHENTICATED})


def _is_aside(record: ProbeRecord) -> bool:
    probe = record.probe
    return probe.control is not None or probe.difference in _ASIDE or probe.kind == "contact"


def _settlements(records: Iterable[ProbeRecord]) -> list[Settlement]:
    return [record.settlement for record in records if record.settlement is not None]


_NEVER_SENT = frozenset({State.PLANNED, State.CANCELLED})


def first_guilty(records: Sequence[ProbeRecord]) -> ProbeRecord | None:
    """Return the probe that shows backscatter first.

    A positive control that the target takes and then bounces shows it as well as any probe does; what rests on the
    user's word of a host shows it less well.
    """
    probes = [record for record in records if not _is_aside(record)]
    positives = [record for record in records if record.probe.control is Control.POSITIVE]
    return min(filter(is_guilty, [*probes, *positives]), key=rests_on_word, default=None)


def is_guilty(record: ProbeRecord) -> bool:
    """Say whether a probe shows backscatter."""
    return record.settlement is not None and record.settlement.counts_as is CountsAs.BACKSCATTER


def _of_guilt(first: ProbeRecord, records: Sequence[ProbeRecord]) -> str:
    """Say what the server does, to how many rows of the report's table, and how it was seen with the first."""
    rows = [record for record in records if is_row(record.probe)]
    assert first.settlement is not None
    counted = f"{sum(map(is_guilty, rows))} of {len(rows)} probe{'s' * (len(rows) != 1)} came back as backscatter"
    return f"{in_plain_words(first)}: {counted}; {first.settlement.explanation}"


def _doubts(
    records: Sequence[ProbeRecord], probes: Sequence[ProbeRecord], learned: Learned, unfinished: str
) -> Iterable[str]:
    """Say everything that forbids a clean verdict, the most important first."""
    sent = [record for record in records if record.state not in _NEVER_SENT]
    if not sent:
        yield "nothing was sent to it"
    elif not probes:
        yield "no probe was sent"
    if unfinished:
        yield unfinished
    if sent:  # else the controls may not have been sent either: what they did not show is no news
        yield from control_doubts(records, probes, learned)
    yield from _probe_doubts(probes)


def _probe_doubts(probes: Iterable[ProbeRecord]) -> Iterable[str]:
    """Say what is not good about the probes: those that ended alike are told by the first of them."""
    alike: dict[object, list[ProbeRecord]] = {}
    for record in probes:
        if not _is_good(record):
            alike.setdefault(_ending(record.settlement), []).append(record)
    for first, *others in alike.values():
        told = first.settlement.explanation if first.settlement else OPEN
        kinds = ", ".join(dict.fromkeys(other.probe.kind for other in others))
        likewise = f" (likewise {len(others)} more: {kinds})" if others else ""
        yield f"{first.probe.kind}: {told}{likewise}"


def _ending(settlement: Settlement | None) -> object:
    """Return what makes two endings the same doubt: a finding by its kind, everything else by the reply as well."""
    if settlement is None or settlement.counts_as is CountsAs.FINDING or settlement.reply is None:
        return settlement and settlement.outcome
    return settlement.outcome, settlement.stage, settlement.reply.code, settlement.reply.enhanced


def control_doubts(records: Sequence[ProbeRecord], probes: Sequence[ProbeRecord], learned: Learned) -> Iterable[str]:
    """Say which controls did not hold."""
    relayed = any(record.probe.route is Route.RELAY for record in probes)
    if not learned.catch_works:
        yield "the catch control did not arrive"
    if not learned.ndn_arrives:
        yield "the NDN control did not reach the catch mailbox"
    elif not learned.content_arrives and any(content_of(record.probe).needs_consent for record in probes):
        yield "an NDN that returns test content does not reach the catch mailbox"
    if relayed and not learned.calibrated:
        yield "the relay's own NDN is not known: its calibration brought none back"
    if relayed and not learned.trustworthy:
        yield "the relay rewrites the reverse-path, and it is not proven that it passes on third parties' NDNs"
    yield from _doubts_of_the_target(records)


def _doubts_of_the_target(records: Sequence[ProbeRecord]) -> Iterable[str]:
    """Say which controls at the target itself did not hold."""
    for settlement in (record.settlement for record in records if record.probe.control is Control.TRUSTED):
        if settlement is not None and settlement.outcome is Outcome.UNRESOLVED and settlement.reply is not None:
            yield f"{settlement.explanation}: audit it from a host that it does not know"
    positives = [record for record in records if record.probe.control is Control.POSITIVE]
    if not positives:
        yield "no positive control was sent"
    for record in positives:
        if not positive_held(record) and not takes_the_recipient(record, records):
            why = record.settlement.explanation if record.settlement else OPEN
            yield f"the positive control did not hold: {why}"


def positive_held(record: ProbeRecord) -> bool | None:
    """Return True if the positive control was shown to be accepted, False if it was turned down, None if unknown."""
    settlement = record.settlement
    if settlement is None:
        return None
    if settlement.accepted is not None:
        return True
    return False if settlement.outcome in {Outcome.REJECTED, Outcome.MASKED} else None


def _basis(probes: Sequence[ProbeRecord]) -> Basis:
    outcomes = {settlement.outcome for settlement in _settlements(probes)}
    if outcomes == {Outcome.REJECTED}:
        return Basis.REJECTED
    return Basis.SILENCE if outcomes == {Outcome.ACCEPTED_SILENTLY} else Basis.MIXED


def overall(targets: Sequence[TargetEntry]) -> Verdict:
    """Return the verdict on all targets together: the worst that was shown."""
    verdicts = {entry.verdict for entry in targets}
    if Verdict.BACKSCATTER in verdicts:
        return Verdict.BACKSCATTER
    return Verdict.CLEAN if verdicts == {Verdict.CLEAN} else Verdict.INCONCLUSIVE


_EXIT = {Verdict.CLEAN: 0, Verdict.BACKSCATTER: 1, Verdict.INCONCLUSIVE: 3}
SERVICE_FAILED = 4


def exit_code(verdict: Verdict, errors: Sequence[ErrorEntry]) -> int:
    """Return the exit code: 1 before 4 before 3 before 0. The one place that decides it for a verdict."""
    if verdict is not Verdict.BACKSCATTER and errors:
        return SERVICE_FAILED
    return _EXIT[verdict]
