"""The report as JSON: the contract that other programs build on (docs/schema/report-1.json)."""

from __future__ import annotations

from typing import Any

import msgspec

from bsaudit.model.report import Report
from bsaudit.report.plain import plain


def render(report: Report) -> bytes:
    """Return `report` as indented JSON in UTF-8 with a final line break."""
    return msgspec.json.format(msgspec.json.encode(fields(report)), indent=2) + b"\n"


def fields(report: Report) -> dict[str, Any]:
    """Return `report` as plain data, in the order of the contract: `schema_version` stands first."""
    declared = plain(report)
    return {"schema_version": declared.pop("schema_version"), **declared}
