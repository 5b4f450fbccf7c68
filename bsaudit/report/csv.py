"""Comma-separated values (RFC 4180, lines end in LF), for spreadsheets: a row a target, probe, control and error."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from io import StringIO

from msgspec import structs

from bsaudit.model.report import ProbeEntry, Report
from bsaudit.model.standing import ListedReport
from bsaudit.model.survey import SurveyReport
from bsaudit.report import words
from bsaudit.report.formats import Look
from bsaudit.report.items import Item, TargetItems, by_target, errors_of, of_our_side
from bsaudit.report.own_log import in_words
from bsaudit.report.plain import plain, timestamp
from bsaudit.text import clean_line

COLUMNS = (
    *("record", "run", "target", "verdict", "state", "explanation"),
    *("probe", "kind", "shape", "control", "route", "mail_exchanger", "recipients", "outcome", "counts_as"),
    *("stage", "code", "enhanced", "reply", "written_by", "submitted_at", "settled_at", "seconds"),
)
_FORMULA = ("=", "+", "-", "@")  # a spreadsheet would compute what begins like this

Row = dict[str, str]


def render(report: Report, _look: Look) -> bytes:
    """Return `report` as a table with a line of names; which rows there are, `record` tells."""
    table = StringIO()
    writer = csv.DictWriter(table, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    run = report.run.id if report.run else ""
    for row in _rows(report):
        writer.writerow({name: _cell(text) for name, text in {"run": run, **row}.items()})
    return table.getvalue().encode()


SURVEY = (
    *("host", "addresses", "backscatter", "cannot_tell", "first", "last", "causes", "returned", "products", "contacts"),
)


def survey(report: SurveyReport, _look: Look) -> bytes:
    """Return a row for each host that wrote notices."""
    table = StringIO()
    writer = csv.DictWriter(table, SURVEY, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for host in report.hosts:
        counted = {name: _counted(getattr(host, name)) for name in ("causes", "returned", "products")}
        listed = {
            "addresses": " ".join(host.addresses),
            "contacts": " ".join(one.address for one in host.contacts if not one.bounces),
        }
        row = {name: str(value or "") for name, value in structs.asdict(host).items()} | counted | listed
        writer.writerow({name: _cell(text) for name, text in row.items()})
    return table.getvalue().encode()


def _counted(counts: dict[str, int]) -> str:
    return " ".join(f"{name}:{count}" for name, count in counts.items())


STANDING = (
    "about",
    "zone",
    "class",
    "status",
    "meaning",
    "codes",
    "text",
    "muted_because",
    "impact",
    "removal",
    "as_of",
)


def standing(report: ListedReport, _look: Look) -> bytes:
    """Return a row for each list and each address or name that it was asked about."""
    table = StringIO()
    writer = csv.DictWriter(table, STANDING, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for one in report.listings:
        row = plain(one) | {"codes": " ".join(one.codes)}
        writer.writerow({name: _cell(text or "") for name, text in row.items() if name in STANDING})
    return table.getvalue().encode()


@lru_cache(4096)  # of thousands of targets, nearly all cells are the same
def _cell(text: str) -> str:
    clean = clean_line(text)
    return f"'{clean}" if clean.startswith(_FORMULA) else clean


def _rows(report: Report) -> Iterator[Row]:
    for target in by_target(report):
        yield _target(target)
        if log := target.entry.log:
            yield {"record": "log", "target": target.name, "explanation": in_words(log)}
        for item in target.items:
            yield {"target": target.name, **_probe(item)}
    for item in of_our_side(report):
        yield _probe(item)
    for error in errors_of(report):
        yield {"record": "error", "kind": error.where, "explanation": f"{error.message}. {error.remedy}".strip()}


def _target(target: TargetItems) -> Row:
    return {
        "record": "target",
        "target": target.name,
        "verdict": "not_audited" if target.entry.not_audited else target.entry.verdict.value,
        "state": target.condition.value,
        "explanation": target.reason,
    }


def _probe(item: Item) -> Row:
    probe = item.entry
    return {
        "record": "control" if probe.control else "probe",
        "probe": probe.id,
        "kind": probe.kind,
        "shape": probe.shape or "",
        "control": probe.control or "",
        "route": probe.route.value,
        "mail_exchanger": probe.mail_exchanger or "",
        "recipients": words.addresses(probe),
        "outcome": probe.outcome.value,
        "counts_as": probe.counts_as.value,
        "stage": probe.stage.value if probe.stage else "",
        **_reply(probe),
        "written_by": words.writer(probe),
        "submitted_at": _time(probe.submitted_at),
        "settled_at": _time(probe.settled_at),
        "seconds": "" if probe.seconds is None else f"{probe.seconds:.3f}",
        "explanation": item.said,
    }


def _reply(probe: ProbeEntry) -> Row:
    if probe.reply is None:
        return {}
    return {"code": str(probe.reply.code), "enhanced": probe.reply.enhanced or "", "reply": probe.reply.text}


def _time(at: datetime | None) -> str:
    return "" if at is None else timestamp(at)
