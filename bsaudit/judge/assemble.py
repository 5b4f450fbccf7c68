"""From a judged run to its report. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import structs

from bsaudit import __version__
from bsaudit.judge.advice import advise
from bsaudit.judge.again_command import again
from bsaudit.judge.example import example_of
from bsaudit.judge.findings import find
from bsaudit.judge.further import content_doubt, content_note
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.learn import Learned
from bsaudit.judge.next_steps import next_steps
from bsaudit.judge.probe_entry import probe_entry
from bsaudit.judge.qualification import qualification
from bsaudit.judge.questions import tested
from bsaudit.judge.tried import Tried, clean_so_far, exchanger_entries, tried, without_closed
from bsaudit.judge.verdict import Judgement, exit_code, first_guilty, judge_target, overall
from bsaudit.judge.way_back import worst
from bsaudit.model.probe import Control, Outcome, ProbeRecord, Role
from bsaudit.model.report import (
    CatchEntry,
    PlannedOut,
    RelayEntry,
    Report,
    RuleEntry,
    RunEntry,
    TargetEntry,
    ToolEntry,
    Verdict,
)
from bsaudit.model.run import RunRecord, RunState, TargetRecord
from bsaudit.model.way_back import Grade, WayBack
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.content import Tries
from bsaudit.text import clean_line


def assemble(inquiry: Inquiry) -> Report:
    """Return the report of a run as its records stand."""
    run = inquiry.run
    targets = tuple(_target_entry(target, inquiry) for target in run.targets)
    verdict = overall(targets)
    errors = (*run.errors, *(target.error for target in run.targets if target.error))
    return Report(
        tool=ToolEntry(name="bsaudit", version=__version__),
        run=_run_entry(inquiry),
        verdict=verdict,
        exit_code=exit_code(verdict, errors),
        errors=errors,
        targets=targets,
    )


def _target_entry(target: TargetRecord, inquiry: Inquiry) -> TargetEntry:
    run, records = inquiry.run, inquiry.probes_of(target.target)
    probes = [record for record in records if record.probe.control is None]
    complete = run.state is RunState.FINISHED
    shown = tried(target, records)
    judgement = judge_target(
        without_closed(records, shown),
        inquiry.learned,
        grace_s=run.grace_s,
        emptied=run.queue is not None and bool(run.queue.empty),
        complete=complete,
        failure=run.errors[0].message if run.errors and not complete else "",
        strays=run.strays,
        not_asked=target.not_asked,
        so_far=clean_so_far(shown),
        elsewhere=target.elsewhere,
        unshown=content_doubt(target, inquiry),
    )
    cause = target.error or (run.errors[0] if run.errors and not any(r.submission for r in records) else None)
    said = cause.message if cause else judgement.explanation
    guilty = first_guilty(records)
    return TargetEntry(
        target=target.target,
        domain=target.domain,
        verdict=judgement.verdict,
        basis=judgement.basis,
        explanation="; ".join([said, *_left_out(judgement.verdict, target, run, probes)]),
        mail_exchangers=exchanger_entries(target, shown),
        probes=tuple(map(probe_entry, probes)),
        findings=find(records),
        # … of all of them, if only the positive control bounced
        advice=advise(probes, again(run), target) or advise(records, again(run), target),
        qualification=_qualification(judgement, target, inquiry, shown),
        way_back=inquiry.way_back(target),
        example=None if guilty is None else example_of(guilty, target, run),
        next=next_steps(judgement.verdict, target, inquiry, shown),
        not_audited=cause,
        messages_sent=sum(map(_was_sent, records)),
        planned_out=tuple(map(_planned_out, target.planned_out)),
        undecided=judgement.undecided,
        named_hosts=target.named_hosts,
    )


def _qualification(judgement: Judgement, target: TargetRecord, inquiry: Inquiry, shown: Tried) -> str | None:
    """Return what the verdict is limited to; where a part of the target is all that is open, what is known so far."""
    so_far = clean_so_far(shown)
    if so_far == judgement.explanation:
        return so_far
    return qualification(
        judgement.verdict,
        inquiry.probes_of(target.target),
        _weakest_way(target, inquiry),
        shown,
        authenticated=inquiry.run.authenticated,
        vouched_by=inquiry.run.vouched_by,
        content=content_note(target),
        queue=inquiry.run.queue,
    )


def _weakest_way(target: TargetRecord, inquiry: Inquiry) -> WayBack:
    """Return the way back by which the weakest of the silence is read; without any, or where none was shown, of all."""
    records = [record for record in inquiry.probes_of(target.target) if record.probe.control is None]
    silent = [r for r in records if r.settlement is not None and r.settlement.outcome is Outcome.ACCEPTED_SILENTLY]
    of_all = worst(inquiry.way_back_of(record, target) for record in records)
    if of_all.grade is Grade.NONE or not silent:
        return of_all
    return worst(inquiry.way_back_of(record, target) for record in silent)


def _left_out(verdict: Verdict, target: TargetRecord, run: RunRecord, probes: list[ProbeRecord]) -> Iterator[str]:
    """Say what was not tried, beside a verdict that it limits."""
    if verdict is Verdict.CLEAN:
        yield from _uncovered(target, run, probes)
    elif verdict is Verdict.INCONCLUSIVE and target.planned_out:
        yield f"planned out: {'; '.join(target.planned_out)}"


def _planned_out(text: str) -> PlannedOut:
    names, _, reason = text.partition(" (")
    return PlannedOut(probes=tuple(names.split(", ")), reason=clean_line(reason.removesuffix(")")))


def _was_sent(record: ProbeRecord) -> bool:
    """Say whether a message was handed over, or may have been."""
    return not record.probe.rcpt_only and record.submission is not None and record.submission.accepted is not False


def _uncovered(target: TargetRecord, run: RunRecord, probes: Sequence[ProbeRecord]) -> Iterator[str]:
    """Say what a clean verdict does not cover."""
    if target.left_out:
        yield f"left out, more messages than --max-probes allows: {', '.join(target.left_out)}"
    if target.planned_out:
        yield f"planned out: {'; '.join(target.planned_out)}"
    if lacking := run.settings.lacking:
        yield f"left out, the relay's owner has not agreed: {', '.join(lacking)}"
    if any(map(_was_taken_for_postmaster, probes)):
        yield "test content went to postmaster, whom filters often spare: name a --valid-recipient"


def _was_taken_for_postmaster(record: ProbeRecord) -> bool:
    silent = record.settlement is not None and record.settlement.outcome is Outcome.ACCEPTED_SILENTLY
    return silent and content_of(record.probe).tries is Tries.CONTENT and tested(record.probe).role is Role.POSTMASTER


def _run_entry(inquiry: Inquiry) -> RunEntry:
    run, learned = inquiry.run, inquiry.learned
    controls = (record for record in run.probes if record.probe.control is not None)
    relay = None
    if run.relay is not None:
        relay = RelayEntry(
            host=run.relay.host,
            addresses=tuple(sorted(learned.relay.addresses)),
            rewrites_reverse_path=learned.rewrites_reverse_path if learned.catch_works else None,
            dsn=run.relay.dsn,
        )
    return RunEntry(
        id=run.id,
        started_at=run.started_at,
        finished_at=run.finished_at,
        complete=run.state is RunState.FINISHED,
        state=run.state.value,
        authorized_by=run.authorized_by,
        waited_s=run.waited_s,
        route=run.route,
        relay=relay,
        catch=CatchEntry(
            kind=run.catch_kind,
            host=run.catch_host,
            address=run.catch_address,
            tagging=learned.tagging.value if learned.catch_works else run.tagging,
        ),
        sees_callouts=run.sees_callouts,
        kind=run.kind.value,
        way_back=worst(inquiry.way_back(target) for target in run.targets if target.error is None),
        contact=run.settings.contact,
        again=again(run),
        limits=structs.asdict(run.settings.limits) if run.settings.limits else {},
        rules=tuple(
            RuleEntry(number=number, dropped_fields=tuple(map(clean_line, fields)))
            for number, fields in enumerate(run.settings.dropped_fields, start=1)
        ),
        target_queue=run.queue,
        controls=tuple(probe_entry(record) for record in controls if _tried(record, learned)),
    )


def _tried(record: ProbeRecord, learned: Learned) -> bool:
    """Leave out the styles of tagging that are not used: they were tried beside the one that is."""
    return (
        record.probe.control is not Control.CATCH
        or not learned.catch_works
        or record.probe.shape == learned.tagging.value
    )
