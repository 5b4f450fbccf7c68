"""docs/schema/logs-1.json, generated from the types: `python -m docs.generate.logs > docs/schema/logs-1.json`."""

from __future__ import annotations

import sys
from typing import Any

from bsaudit.model.logs import LOGS_SCHEMA_VERSION, LogReport
from docs.generate.schema import render, schema


def logs_schema() -> dict[str, Any]:
    """Return the open schema of what `bsaudit logs --format json` prints."""
    return schema(LogReport, "logs", LOGS_SCHEMA_VERSION)


if __name__ == "__main__":
    sys.stdout.buffer.write(render(logs_schema()))
