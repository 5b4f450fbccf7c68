"""What a server's own logs show: as text and CSV. JSON is `model.logs` itself."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from textwrap import wrap

from msgspec import json

from bsaudit.model.logs import LogCause, LogReport, LogTotals
from bsaudit.report.formats import Look
from bsaudit.text import amount, clean_line

# Causes are many where the log is hostile, reasons sixteen.
TOP = 10
KINDS = (
    ("ndn_outside", "non-delivery notices"),
    ("delay_outside", "delay notices"),
    ("success_outside", "success reports"),
    ("autoreply_outside", "automatic replies"),
)


def printed(report: LogReport, look: Look) -> bytes:
    """Return it for a person."""
    text = "\n".join(line.rstrip() for line in _text(report, look.width)) + "\n"
    return text.encode(look.encoding, "replace")


def json_document(report: LogReport, _look: Look) -> bytes:
    return json.format(json.encode(report), indent=2) + b"\n"


def table(report: LogReport, _look: Look) -> bytes:
    """Return the days, one a row, for a spreadsheet."""
    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    names = ("day", *(name for name, _ in KINDS), "undelivered")
    rows.writerow(names)
    rows.writerows([getattr(day, name) for name in names] for day in report.days)
    return out.getvalue().encode()


def _text(report: LogReport, width: int) -> Iterator[str]:
    totals = report.totals
    yield f"{period(report)}: {verdict(report)}"
    if is_known(report):
        yield from ("", "Written here, to the outside:")
        yield from (f"{count:>9}  {words}" for count, words in counted(totals))
    if report.causes:
        yield from ("", "Why:")
        for cause in report.causes[:TOP]:
            yield from _cause(cause, width)
    if len(report.days) > 1:
        yield from _days(report)
    for gap in report.gaps:
        yield ""
        yield from wrap(f"Open: {clean_line(gap)}", width, subsequent_indent="  ")


def counted(totals: LogTotals) -> Iterator[tuple[int, str]]:
    """Yield each number of the totals with what it counts."""
    for name, words in KINDS:
        yield getattr(totals, name), words
    yield totals.reverse_paths, "different addresses got them"
    yield totals.undelivered, "of these were not delivered: refused, thrown away or still in the queue"
    if totals.authenticated_or_local:
        yield totals.authenticated_or_local, "of the bounces answer own senders: no backscatter"
    yield totals.inside, "more went to own addresses or the postmaster"


def period(report: LogReport) -> str:
    """Return what the log covers."""
    totals = report.totals
    if has_ended(report):
        return f"The log, which ends {_minute(totals.last)} UTC"
    if totals.first is None or totals.last is None:
        return "The log, which has no stamps"
    return f"{_minute(totals.first)} to {_minute(totals.last)} UTC"


def _minute(at: str | None) -> str:
    return (at or "")[: len("2026-03-01T10:00")].replace("T", " ")


def has_ended(report: LogReport) -> bool:
    """Say whether the log ends before that of which something was asked."""
    since, last = report.since, report.totals.last
    return since is not None and last is not None and last < since


def is_known(report: LogReport) -> bool:
    """Say whether the log holds anything to count by: else zeros are no good news."""
    return any(file.products for file in report.files) and not has_ended(report) and not is_unread(report)


def is_unread(report: LogReport) -> bool:
    """Say whether the log tells of notices, and none of them could be read."""
    return report.unread > 0 and not any(getattr(report.totals, name) for name in (*dict(KINDS), "inside"))


def verdict(report: LogReport) -> str:
    """Return in words how much of it is backscatter."""
    totals = report.totals
    if has_ended(report):
        return f"nothing is known of what was written since {_minute(report.since)} UTC"
    if is_unread(report):
        return f"nothing is known: {amount(report.unread, 'line')} about notices in a form that is not known"
    if not is_known(report):
        return "nothing is known, as no line of a mail server was found"
    if totals.ndn_outside == 0:
        return "no non-delivery notice to the outside"
    if totals.backscatter is None:
        return f"up to {totals.ndn_outside} backscatter (this log does not say which senders were local)"
    return f"{totals.backscatter} backscatter"


def _cause(cause: LogCause, width: int) -> Iterator[str]:
    yield f"{cause.count:>9}  {reason(cause)} ({cause.product})"
    if cause.example:
        yield f"           “{clean_line(cause.example, max(width - 13, 20))}”"
    advice = f"→ {cause.advice.setting}: {cause.advice.text}"
    yield from wrap(advice, width, initial_indent=" " * 11, subsequent_indent=" " * 13)


def was_read(report: LogReport) -> list[str]:
    """Return what each file held."""
    return [
        f"{one.file}: {amount(one.lines, 'line')}"
        + (f" of {', '.join(one.products)}" if one.products else ", of no mail server that is known")
        for one in report.files
    ]


def reason(cause: LogCause) -> str:
    """Return why notices were written, or which they were where they are no bounces."""
    kinds = {"delay": "delay notices", "success": "success reports", "autoreply": "automatic replies"}
    return cause.reason or kinds.get(cause.kind, cause.kind)


def _days(report: LogReport) -> Iterator[str]:
    yield from ("", f"{'day':<12}{'bounces':>9}{'delays':>9}{'success':>9}{'replies':>9}{'undelivered':>13}")
    for day in report.days:
        counts = "".join(f"{getattr(day, name):>9}" for name, _ in KINDS)
        yield f"{day.day or 'no stamp':<12}{counts}{day.undelivered:>13}"
