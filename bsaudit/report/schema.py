"""The JSON Schema of the report, generated from the types: `python -m bsaudit.report.schema`.

It says exactly what this version writes: every field is there, none is unknown. Within a schema version names and
enumeration values are only added; readers treat an unknown value as inconclusive.
"""

from __future__ import annotations

import sys
from inspect import cleandoc
from typing import Any

import msgspec

from bsaudit.model.report import SCHEMA_VERSION, Report

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TIME = {"type": "string", "format": "date-time", "pattern": "Z$"}


def schema() -> dict[str, Any]:
    """Return the schema of `bsaudit.report.json.render`'s output."""
    (reference,), types = msgspec.json.schema_components([Report], ref_template="#/$defs/{name}")
    definitions = {name: _strict(definition) for name, definition in types.items()}
    definitions["Report"]["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    return {
        "$schema": DIALECT,
        "$id": f"urn:bsaudit:schema:report-{SCHEMA_VERSION}",
        "title": f"bsaudit report, schema_version {SCHEMA_VERSION}",
        **reference,
        "$defs": definitions,
    }


def render() -> bytes:
    """Return the schema as the file that stands in docs/schema."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2) + b"\n"


def _strict(definition: dict[str, Any]) -> dict[str, Any]:
    if "description" in definition:
        # Python 3.13 takes the indentation off docstrings; the schema is the same whatever made it.
        definition |= {"description": cleandoc(definition["description"])}
    if definition.get("type") != "object":
        return definition
    properties = {name: _property(name, one) for name, one in definition["properties"].items()}
    return definition | {"properties": properties, "required": list(properties), "additionalProperties": False}


def _property(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    """Drop the default (what is written is never left out) and say which texts are times: those named `at`, `…_at`."""
    kept = {key: value for key, value in definition.items() if key != "default"}
    if name != "at" and not name.endswith("_at"):
        return kept
    if "anyOf" in kept:
        return kept | {"anyOf": [_TIME if one == {"type": "string"} else one for one in kept["anyOf"]]}
    return _TIME


if __name__ == "__main__":
    sys.stdout.buffer.write(render())
