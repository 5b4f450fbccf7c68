"""docs/schema/report-1.json, generated from the types: `python -m docs.generate.schema > docs/schema/report-1.json`.

The schema is open: a report with more fields, or with a value of an enumeration that is not named here, is valid. So is
one of an earlier version, which lacks what was added since. The tests use a strict twin (tests/support/schema.py).
"""

from __future__ import annotations

import sys
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec import Struct

from bsaudit.model.report import SCHEMA_VERSION, Report

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TIME = {"type": "string", "format": "date-time", "pattern": "Z$"}
_PROMISE = (
    "Within this schema version, names and enumeration values are only ever added: ignore a name that you do not know, "
    "and take a value that you do not know for inconclusive. What has a default here may be missing in a report by an "
    "earlier version; this one writes every field."
)


def schema(of: type[Struct] = Report, name: str = "report", version: int = SCHEMA_VERSION) -> dict[str, Any]:
    """Return the schema of a document as `bsaudit.report.json` writes it."""
    (reference,), types = msgspec.json.schema_components([of], ref_template="#/$defs/{name}")
    definitions = {title: _open(definition) for title, definition in types.items()}
    report = definitions[of.__name__]
    report["properties"]["schema_version"] = {"const": version}
    report["required"] = ["schema_version", *report["required"]]
    return {
        "$schema": DIALECT,
        "$id": f"urn:bsaudit:schema:{name}-{version}",
        "title": f"bsaudit {name}, schema_version {version}",
        "description": _PROMISE,
        **reference,
        "$defs": definitions,
    }


def render(document: dict[str, Any]) -> bytes:
    """Return a schema as the file that stands in docs/schema."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _open(definition: dict[str, Any]) -> dict[str, Any]:
    if "description" in definition:
        # Python 3.13 takes the indentation off docstrings; the schema is the same whatever made it.
        definition |= {"description": cleandoc(definition["description"])}
    if "enum" in definition:
        return definition | {"type": "string", "examples": definition.pop("enum")}
    return definition | {"properties": {name: _property(name, one) for name, one in definition["properties"].items()}}


def _property(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    """Say which texts are times: those named `at` or `…_at`."""
    if name != "at" and not name.endswith("_at"):
        return definition
    if "anyOf" in definition:
        return definition | {"anyOf": [_TIME if one == {"type": "string"} else one for one in definition["anyOf"]]}
    return definition | _TIME


if __name__ == "__main__":
    sys.stdout.buffer.write(render(schema()))
