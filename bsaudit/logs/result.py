"""The sums → the document: totals, days, causes with the advice for each, and what is left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bsaudit import __version__
from bsaudit.judge.advice_table import GENERIC, PRODUCTS, Problem, Product
from bsaudit.logs.clock import Clock
from bsaudit.logs.tally import EXAMPLE_LIMIT, Kind, Tally
from bsaudit.model.logs import LogAdvice, LogCause, LogDay, LogFile, LogReport, LogTotals
from bsaudit.model.notification import Reason
from bsaudit.text import amount, clean_line

_PROBLEMS = {
    Reason.USER_UNKNOWN: Problem.RECIPIENT,
    Reason.MAILBOX_DISABLED: Problem.RECIPIENT,
    Reason.MAILBOX_FULL: Problem.QUOTA,
    Reason.SPAM: Problem.CONTENT,
    Reason.VIRUS: Problem.CONTENT,
    Reason.POLICY: Problem.CONTENT,
    Reason.FILTERED: Problem.CONTENT,
    Reason.TOO_BIG: Problem.CONTENT,
}
_AHEAD = "lines bear times that are yet to come: those do not tell how far the log goes"
_OTHERS = {Kind.AUTOREPLY: Problem.REPLY, Kind.DELAY: Problem.DELAY}


def result(tally: Tally, clock: Clock, files: Sequence[LogFile], since: float | None, gaps: Sequence[str]) -> LogReport:
    """Return what was found."""
    full = [
        *(
            ["more messages at once than the tables hold: some notices are counted as undelivered"]
            if tally.full
            else []
        ),
        *(["more days than the table holds: what was written on the others bears no day"] if tally.all_days else []),
    ]
    return LogReport(
        version=__version__,
        own=tuple(sorted(own.decode("utf-8", "replace") for own in tally.own)),
        since=_time(since),
        files=tuple(files),
        totals=_totals(tally, clock, since),
        days=_days(tally),
        causes=tuple(_cause(tally, *one) for one in tally.causes.most_common()),
        unread=tally.unread,
        gaps=(*gaps, *full, *_unread(tally), *([_AHEAD] if clock.ahead else []), *_ended(clock, since)),
    )


def _unread(tally: Tally) -> Iterator[str]:
    if tally.unread:
        yield f"{amount(tally.unread, 'line')} about notices in a form that is not known: these are not counted"


def _ended(clock: Clock, since: float | None) -> Iterator[str]:
    """Say that nothing was asked for that the log holds: that it counts nothing is no good news."""
    if since is not None and clock.last is not None and clock.last < since:
        yield f"the log ends on {_time(clock.last)}, before --since {_time(since)}: nothing is known of what came then"


def _totals(tally: Tally, clock: Clock, since: float | None) -> LogTotals:
    ndn = tally.kinds[Kind.NDN]
    local = None if tally.local_unknown else tally.local
    reasons: dict[str, int] = {}
    for (kind, reason, _), count in tally.causes.most_common():
        if kind is Kind.NDN and reason is not None:
            reasons[reason] = reasons.get(reason, 0) + count
    return LogTotals(
        ndn_outside=ndn,
        delay_outside=tally.kinds[Kind.DELAY],
        success_outside=tally.kinds[Kind.SUCCESS],
        autoreply_outside=tally.kinds[Kind.AUTOREPLY],
        inside=tally.inside,
        reverse_paths=len(tally.reverse_paths),
        undelivered=tally.undelivered,
        reasons=reasons,
        authenticated_or_local=local,
        backscatter=None if local is None else ndn - local,
        first=_time(_first(clock, since)),
        last=_time(clock.last),
    )


def _first(clock: Clock, since: float | None) -> float | None:
    """Return from when the log covers what was asked for; None where it ends before that."""
    if since is None or clock.first is None or clock.last is None:
        return clock.first
    return None if clock.last < since else max(clock.first, since)


def _days(tally: Tally) -> tuple[LogDay, ...]:
    days = sorted({day for day, _ in tally.days}, key=lambda day: -1 if day is None else day)
    return tuple(
        LogDay(
            day=None if day is None else datetime.fromtimestamp(day * 86400, UTC).date().isoformat(),
            ndn_outside=tally.days[day, Kind.NDN],
            delay_outside=tally.days[day, Kind.DELAY],
            success_outside=tally.days[day, Kind.SUCCESS],
            autoreply_outside=tally.days[day, Kind.AUTOREPLY],
            undelivered=tally.days[day, "undelivered"],
        )
        for day in days
    )


def _cause(tally: Tally, key: tuple[Kind, Reason | None, str], count: int) -> LogCause:
    kind, reason, product = key
    return LogCause(
        kind=kind.value,
        reason=reason.value if reason else None,
        product=product,
        count=count,
        example=clean_line(tally.examples.get(key, b""), EXAMPLE_LIMIT),
        advice=_advice(product, _PROBLEMS.get(reason, Problem.ANY) if reason else _OTHERS.get(kind, Problem.ANY)),
    )


def _advice(name: str, problem: Problem) -> LogAdvice:
    """Return what ends this on the product that wrote the notice, else what holds everywhere."""
    product = next((one for one in PRODUCTS if one.name == name), GENERIC)
    for row in (product, GENERIC):
        for wanted in (problem, Problem.ANY):
            for setting in row.settings:
                if setting.problem is wanted:
                    return LogAdvice(
                        product=row.name, setting=setting.setting, text=setting.text, reference=setting.reference
                    )
    return _recipients()


def _recipients() -> LogAdvice:
    """Return the advice that holds where no other does: refuse in the session."""
    first: Product = GENERIC
    setting = first.settings[0]
    return LogAdvice(product=first.name, setting=setting.setting, text=setting.text, reference=setting.reference)


def _time(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
