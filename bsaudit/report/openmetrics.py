"""Metrics for Prometheus, as OpenMetrics and its older text format both read them: gauges only.

A file for the textfile collector of the node exporter. What is not known is left out: a sample of 0 would be a claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from bsaudit.model.logs import LogReport
from bsaudit.model.probe import CountsAs
from bsaudit.model.report import Report, Verdict
from bsaudit.model.state import CheckEntry, Condition, OwnSidePart, TargetState
from bsaudit.report.formats import Look
from bsaudit.report.items import TargetItems, by_target, errors_of
from bsaudit.report.logs import KINDS, is_known
from bsaudit.text import clean_line

NOT_AUDITED = "not_audited"  # a verdict that the report has no word for, as none was given
_VERDICTS = (*(verdict.value for verdict in Verdict), NOT_AUDITED)
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Sample = tuple[dict[str, str], float | None]
Family = tuple[str, str, Iterable[Sample]]  # name, what it tells, samples


def render(report: Report, _look: Look) -> bytes:
    """Return the metrics of `report`."""
    return document(_families(report))


def logs(report: LogReport, _look: Look) -> bytes:
    """Return the metrics of a server's logs: gauges of the period that was read."""
    return document(_counted(report))


def document(families: Iterable[Family]) -> bytes:
    """Return gauges; those without a sample are left out."""
    lines = [line for name, what, samples in families for line in _family(name, what, samples)]
    return ("\n".join([*lines, "# EOF"]) + "\n").encode()


def _family(name: str, what: str, samples: Iterable[Sample]) -> list[str]:
    told = [f"{name}{_labels(labels)} {_number(value)}" for labels, value in samples if value is not None]
    return [f"# HELP {name} {what}", f"# TYPE {name} gauge", *told] if told else []


def _labels(labels: dict[str, str]) -> str:
    pairs = ",".join(f'{name}="{clean_line(value).translate(_ESCAPED)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"


def _families(report: Report) -> Iterator[Family]:
    targets = _once(by_target(report))
    yield from _of_states(targets, report.check.others if report.check else ())
    yield "bsaudit_target_backscatter_probes", "Probes of the last run that came back.", _guilty(targets)
    yield "bsaudit_target_probes", "Probes of the last run, by what they count as.", _probes(targets)
    yield from _of_logs(targets)
    yield "bsaudit_own_side_ok", "Whether a part of our own side works.", _own_side(report)
    yield from _of_check(report.check or _check_of(report))
    yield "bsaudit_build_info", "The version of bsaudit.", [({"version": report.tool.version}, 1)]


def _once(targets: Iterable[TargetItems]) -> tuple[TargetItems, ...]:
    """Return the targets, each name once: a series must not be there twice."""
    return tuple({target.name: target for target in targets}.values())


def _of_states(targets: tuple[TargetItems, ...], others: Iterable[TargetState]) -> Iterator[Family]:
    states = [(target.name, target.entry.state) for target in targets if target.entry.state]
    audited = {target.name: target.condition for target in targets}
    beside = {clean_line(state.target): state for state in others}
    states += [(name, state) for name, state in beside.items() if name not in audited]
    conditions = {name: state.state for name, state in beside.items()} | audited
    yield "bsaudit_target_state", "1 for the state of the target.", _states(conditions)
    yield "bsaudit_target_last_verdict", "1 for the verdict of its last run.", _verdicts(targets)
    for name, what, field in (
        ("last_run_timestamp_seconds", "When it was last audited.", "last_run_at"),
        ("last_decided_timestamp_seconds", "When a run last decided something.", "last_decided_at"),
        ("state_since_timestamp_seconds", "Since when it is in its state.", "since_at"),
        ("accept_expiry_timestamp_seconds", "When its backscatter is no longer accepted.", "accept_expires_at"),
    ):
        samples = [({"target": target}, _seconds(getattr(state, field))) for target, state in states]
        yield f"bsaudit_target_{name}", what, samples
    ages = [({"target": target}, state.max_age_s) for target, state in states]
    yield "bsaudit_target_max_age_seconds", "How old a decision may be.", ages


def _states(conditions: Mapping[str, Condition]) -> Iterator[Sample]:
    for name, found in conditions.items():
        for condition in Condition:
            yield {"target": name, "state": condition.value}, condition is found


def _verdicts(targets: tuple[TargetItems, ...]) -> Iterator[Sample]:
    for target in targets:
        given = NOT_AUDITED if target.entry.not_audited else target.entry.verdict.value
        for verdict in _VERDICTS:
            yield {"target": target.name, "verdict": verdict}, verdict == given


def _guilty(targets: tuple[TargetItems, ...]) -> Iterator[Sample]:
    return (({"target": target.name}, len(target.counting(CountsAs.BACKSCATTER))) for target in targets)


def _probes(targets: tuple[TargetItems, ...]) -> Iterator[Sample]:
    for target in targets:
        number = Counter(item.counts_as for item in target.probes)
        for counts_as in CountsAs:
            yield {"target": target.name, "counts_as": counts_as.value}, number[counts_as]


def _of_logs(targets: tuple[TargetItems, ...]) -> Iterator[Family]:
    """Tell of the targets' own logs; of one that says nothing there is only that it could not be read."""
    logs = [({"target": target.name}, target.entry.log) for target in targets if target.entry.log]
    name = "bsaudit_target_log"
    yield f"{name}_read", "Whether its own log told anything.", [(target, log.error is None) for target, log in logs]
    read_at = [(target, log.at.timestamp()) for target, log in logs]
    yield f"{name}_read_timestamp_seconds", "When that was read.", read_at
    notices = [(target, log.notices) for target, log in logs]
    yield f"{name}_notices", "Notices to outside addresses in one interval, by its own log.", notices
    allowed = [(target, log.max_notices) for target, log in logs]
    yield f"{name}_max_notices", "How many of them are allowed.", allowed
    for field, what in (
        *((kind, f"Of these: {words}.") for kind, words in KINDS),
        ("backscatter", "Of these: bounces that answer no own sender."),
        ("undelivered", "Of these: refused, thrown away or still in the queue."),
    ):
        yield f"{name}_{field}", what, [(target, getattr(log.totals, field)) for target, log in logs if log.totals]


def _own_side(report: Report) -> Iterator[Sample]:
    """Tell of the parts that were looked at; an error of one that was not says that it is broken."""
    parts: Iterable[OwnSidePart] = report.check.own_side if report.check else ()
    looked_at = {clean_line(part.part): part.ok for part in parts}
    broken = {error.where: False for error in errors_of(report)}
    return (({"part": part}, ok) for part, ok in (looked_at | broken).items())


def _check_of(report: Report) -> CheckEntry:
    """Return what a run says of itself, where no check of the configured targets does."""
    run = report.run
    if run is None or run.finished_at is None:
        return CheckEntry()
    worked = run.complete and not errors_of(report)
    return CheckEntry(
        last_run_at=run.finished_at,
        last_success_at=run.finished_at if worked else None,
        duration_s=(run.finished_at - run.started_at).total_seconds(),
    )


def _of_check(check: CheckEntry) -> Iterator[Family]:
    for name, what, value in (
        ("last_run_timestamp_seconds", "When the last check ended.", _seconds(check.last_run_at)),
        ("last_success_timestamp_seconds", "… and our own side had come through.", _seconds(check.last_success_at)),
        ("duration_seconds", "How long it took.", check.duration_s),
    ):
        yield f"bsaudit_check_{name}", what, [({}, value)]


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _counted(report: LogReport) -> Iterator[Family]:
    totals = report.totals
    if is_known(report):
        for name, what in _TOTALS.items():
            yield f"bsaudit_logs_{name}", what, [({}, getattr(totals, name))]
        reasons = [({"reason": reason}, count) for reason, count in totals.reasons.items()]
        yield "bsaudit_logs_ndn_outside_by_reason", "Non-delivery notices to outside addresses, by reason.", reasons
        yield "bsaudit_logs_notices_by_product", "Notices to outside addresses, by who wrote them.", _products(report)
    yield "bsaudit_logs_first_timestamp_seconds", "From when the log counts.", [({}, _stamp(totals.first))]
    yield "bsaudit_logs_last_timestamp_seconds", "When its last line was written.", [({}, _stamp(totals.last))]
    yield "bsaudit_logs_lines", "Lines that were read.", [({}, sum(file.lines for file in report.files))]


def _products(report: LogReport) -> Iterator[Sample]:
    counts = Counter[str]()
    for cause in report.causes:
        counts[cause.product] += cause.count
    return (({"product": product}, count) for product, count in counts.items())


def _stamp(at: str | None) -> float | None:
    return None if at is None else datetime.fromisoformat(at).timestamp()


_TOTALS = {
    "ndn_outside": "Non-delivery notices to outside addresses.",
    "delay_outside": "Delay notices to outside addresses.",
    "success_outside": "Success reports to outside addresses.",
    "autoreply_outside": "Automatic replies to outside addresses.",
    "inside": "Notices to own addresses or the postmaster.",
    "reverse_paths": "Different outside addresses that got any.",
    "undelivered": "Of those to the outside, refused, thrown away or still in the queue.",
    "authenticated_or_local": "Of the non-delivery notices, those that answer own senders.",
    "backscatter": "Of the non-delivery notices, those that do not.",
}
