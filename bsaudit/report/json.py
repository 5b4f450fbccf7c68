"""The report as JSON: the contract that other programs build on (docs/schema/report-1.json)."""

from __future__ import annotations

import msgspec

from bsaudit.model.report import Report
from bsaudit.report.plain import plain


def render(report: Report) -> bytes:
    """Return `report` as indented JSON in UTF-8 with a final line break; `schema_version` stands first."""
    fields = plain(report)
    ordered = {"schema_version": fields.pop("schema_version"), **fields}
    return msgspec.json.format(msgspec.json.encode(ordered), indent=2) + b"\n"
