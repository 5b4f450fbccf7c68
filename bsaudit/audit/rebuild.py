"""From a run as it is recorded to its report. Pure but for reading the stored arrivals."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from bsaudit import __version__
from bsaudit.audit.cases import Company, case_of
from bsaudit.audit.match import attribute_again, returned_mail
from bsaudit.judge.advice import advise
from bsaudit.judge.control import judge_control, unanswered
from bsaudit.judge.findings import find
from bsaudit.judge.learn import Learned, learn
from bsaudit.judge.outcome import judge, standing
from bsaudit.judge.probe_entry import probe_entry
from bsaudit.judge.reading import tested
from bsaudit.judge.verdict import exit_code, judge_target, overall, qualification
from bsaudit.model.mail import Arrival, Route
from bsaudit.model.probe import Control, Outcome, ProbeRecord, Role, Settlement, State
from bsaudit.model.report import CatchEntry, RelayEntry, Report, RunEntry, TargetEntry, ToolEntry, Verdict
from bsaudit.model.run import RunRecord, RunState, TargetRecord
from bsaudit.ndn import read
from bsaudit.probe.content import TEST_CONTENTS
from bsaudit.probe.tokens import TokenIndex


async def rebuild(run: RunRecord, arrivals: AsyncIterator[tuple[Arrival, str | None]], now: datetime) -> Report:
    """Return the report of a run from the journal, read and judged afresh by what is known today."""
    index = TokenIndex(record.probe for record in run.probes)
    records = {record.probe.id: record for record in run.probes}
    learned = learn(run)
    async for arrival, _ in arrivals:
        notification = read(arrival.raw)
        match = index.match(arrival, notification)
        if match is not None:
            record = records[match.probe_id]
            record.returned.append(returned_mail(arrival, notification, match, record, run, learned))
    judge_again(run, now)
    return assemble(run)


def judge_again(run: RunRecord, now: datetime) -> None:
    """Judge every probe of `run` from all that came back for it while somebody listened."""
    learned = learn(run)
    for record in run.probes:
        attribute_again(record, run, learned)
        if record.probe.target is None:
            record.settlement = _dated(judge_control(record) or unanswered(), record.settlement)
    learned = learn(run)
    seen = _seen_until(run, now)
    company = Company(run)
    # Twice: a probe is judged by its positive control, which this loop settles too.
    for _ in range(2):
        for record in run.probes:
            if record.probe.target is not None and record.state is not State.PLANNED:
                judged = judge(case_of(record, run, learned, company))
                settlement = standing(judged, seen, wait_over=_wait_is_over(record, run, seen))
                if settlement is not None:
                    record.settlement = _dated(settlement, record.settlement)


def _seen_until(run: RunRecord, now: datetime) -> datetime:
    """Return until when an answer would have been seen: a run that was cut short has not heard what came after."""
    if run.state is RunState.RUNNING:
        return now
    return run.watched_until or run.finished_at or run.started_at


def _wait_is_over(record: ProbeRecord, run: RunRecord, seen: datetime) -> bool:
    if run.state is not RunState.INTERRUPTED or record.submission is None:
        return run.state is not RunState.RUNNING
    waited_s = (seen - record.submission.finished_at).total_seconds()
    return waited_s >= float(run.settings.get("limits", {}).get("wait_s", math.inf))


def _dated(fresh: Settlement, known: Settlement | None) -> Settlement:
    """Return a settlement with its time: judged again to the same end, it was settled when it was settled first."""
    if fresh.settled_at is not None or known is None or known.outcome is not fresh.outcome:
        return fresh
    return replace(fresh, settled_at=known.settled_at)


def assemble(run: RunRecord) -> Report:
    """Return the report of `run` as its records stand."""
    learned = learn(run)
    probes: dict[str | None, list[ProbeRecord]] = {}
    for record in run.probes:
        probes.setdefault(record.probe.target, []).append(record)
    targets = tuple(_target_entry(target, run, probes.get(target.target, []), learned) for target in run.targets)
    verdict = overall(targets)
    errors = (*run.errors, *(target.error for target in run.targets if target.error))
    return Report(
        tool=ToolEntry(name="bsaudit", version=__version__),
        run=_run_entry(run, learned),
        verdict=verdict,
        exit_code=exit_code(verdict, errors),
        errors=errors,
        targets=targets,
    )


def _target_entry(
    target: TargetRecord, run: RunRecord, records: Sequence[ProbeRecord], learned: Learned
) -> TargetEntry:
    probes = [record for record in records if record.probe.control is None]
    complete = run.state is RunState.FINISHED
    failure = run.errors[0].message if run.errors and not complete else ""
    judgement = judge_target(
        records,
        learned,
        grace_s=run.grace_s,
        complete=complete,
        failure=failure,
        strays=run.strays,
        not_asked=target.not_asked,
    )
    explanation = target.error.message if target.error else judgement.explanation
    if judgement.verdict is Verdict.CLEAN:
        explanation += "".join(f"; {gap}" for gap in _uncovered(target, run, probes))
    entries = tuple(probe_entry(record) for record in probes)
    return TargetEntry(
        target=target.target,
        domain=target.domain,
        verdict=judgement.verdict,
        basis=judgement.basis,
        explanation=explanation,
        mail_exchangers=target.mail_exchangers,
        probes=entries,
        findings=find(records),
        advice=advise(target.target, probes) or advise(target.target, records),  # if only the positive control bounced
        qualification=qualification(records, authenticated=run.authenticated),
    )


def _uncovered(target: TargetRecord, run: RunRecord, probes: Sequence[ProbeRecord]) -> Iterator[str]:
    """Say what a clean verdict does not cover."""
    others = len(target.mail_exchangers) - 1
    if run.route is Route.RELAY and others > 0:  # a backup MX may behave differently
        yield f"the relay chose the mail exchanger, and {others} more are only tried by --route direct"
    if target.left_out:
        yield f"left out, more messages than --max-probes allows: {', '.join(target.left_out)}"
    if lacking := run.settings.get("lacking"):
        yield f"left out, the relay's owner has not agreed: {', '.join(lacking)}"
    if any(map(_was_taken_for_postmaster, probes)):
        yield "test content went to postmaster, whom filters often spare: name a --valid-recipient"


def _was_taken_for_postmaster(record: ProbeRecord) -> bool:
    silent = record.settlement is not None and record.settlement.outcome is Outcome.ACCEPTED_SILENTLY
    content = record.probe.content in TEST_CONTENTS
    return silent and content and tested(record.probe).role is Role.POSTMASTER


def _run_entry(run: RunRecord, learned: Learned) -> RunEntry:
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
        limits=run.settings.get("limits", {}),
        controls=tuple(probe_entry(record) for record in controls if _tried(record, learned)),
    )


def _tried(record: ProbeRecord, learned: Learned) -> bool:
    """Leave out the styles of tagging that are not used: they were tried beside the one that is."""
    return (
        record.probe.control is not Control.CATCH
        or not learned.catch_works
        or record.probe.shape == learned.tagging.value
    )
