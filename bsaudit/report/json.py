"""Everything as JSON: the contract that other programs build on (docs/schema/report-1.json)."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
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

    One target after the other becomes text, in the place of none: a large check's, all at once plain data, or its text
    in several copies, would be what it needs most memory for.
    """
    before, empty, after = _indented(_ENCODE(fields(replace(report, targets=())))).partition(_NO_TARGETS)
    if not report.targets:
        return before + empty + after
    written = BytesIO()
    written.write(before + _TARGETS)
    for number, target in enumerate(report.targets):
        written.write(b"," * (number > 0) + _NESTED)
        written.write(_formatted(_ENCODE(plain(target))).replace(b"\n", _NESTED))
    written.write(_AFTER_TARGETS + after)
    return written.getvalue()


# A line break is never within a text: what follows it is at the beginning of a line.
_TARGETS, _AFTER_TARGETS = b'\n  "targets": [', b"\n  ]"
_NO_TARGETS = _TARGETS + b"]"
_NESTED = b"\n    "


def compact(report: Report) -> bytes:
    """Return the same on one line, with nothing behind it."""
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
    return _formatted(content) + b"\n"


def _formatted(content: bytes) -> bytes:
    return msgspec.json.format(content, indent=2)


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
