"""docs/schema/listed-1.json, generated from the types: `python -m docs.generate.listed > docs/schema/listed-1.json`."""

from __future__ import annotations

import sys
from typing import Any

from bsaudit.model.standing import LISTED_SCHEMA_VERSION, ListedReport
from docs.generate.schema import render, schema


def listed_schema() -> dict[str, Any]:
    """Return the open schema of what `bsaudit listed --format json` prints."""
    return schema(ListedReport, "listed", LISTED_SCHEMA_VERSION)


if __name__ == "__main__":
    sys.stdout.buffer.write(render(listed_schema()))
