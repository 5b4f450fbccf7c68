"""Everything as JSON: the contract that other programs build on (docs/schema/report-1.json)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from bsaudit.model.report import SCHEMA_VERSION, Report
from bsaudit.model.run import RunLine
from bsaudit.model.standing import ListedReport
from bsaudit.report.formats import Look, Messages
from bsaudit.report.plain import plain
from bsaudit.report.trend import trends


def render(report: Report, _look: Look | None = None) -> bytes:
    """Return `report` as indented JSON in UTF-8 with a final line break.

    One target after the other becomes text: those of a large check, all at once plain data, need much memory.
    """
    return _indented(_compact(report))


def _compact(report: Report) -> bytes:
    targets = [msgspec.Raw(_ENCODE(plain(target))) for target in report.targets]
    return _ENCODE(fields(replace(report, targets=())) | {"targets": targets})


def fields(report: Report | ListedReport) -> dict[str, Any]:
    """Return `report` as plain data, in the order of the contract: `schema_version` stands first."""
    declared = plain(report)
    return {"schema_version": declared.pop("schema_version"), **declared}


def standing(report: ListedReport, _look: Look) -> bytes:
    """Return what the lists said as JSON of its own schema (docs/schema/listed-1.json)."""
    return _indented(_ENCODE(fields(report)))


def runs(lines: Sequence[RunLine], _look: Look) -> bytes:
    return _indented(_ENCODE({"schema_version": SCHEMA_VERSION, "runs": plain(lines), "trends": plain(trends(lines))}))


def _indented(content: bytes) -> bytes:
    return msgspec.json.format(content, indent=2) + b"\n"


_ENCODE = msgspec.json.Encoder().encode
# All remote text in these has been sanitised; each message is one line, as they come.
MESSAGES = Messages(
    explained=lambda told, _: b"\n" + _ENCODE(told),
    unreadable=lambda told: b"\n" + _ENCODE(told),
    head=b'{"schema_version":%d,"messages":[' % SCHEMA_VERSION,
    between=b",",
    tail=b"]}\n",
    brief=True,
)
