"""The strict twin of the published schema: exactly what this version writes, every field and nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema

from docs.generate.schema import schema


@cache
def strict() -> jsonschema.Draft202012Validator:
    """Return what validates a report; `jsonschema.validate` would look through the schema itself each time."""
    return jsonschema.Draft202012Validator(strict_schema(), format_checker=jsonschema.FormatChecker())


def strict_schema(published: dict[str, Any] | None = None) -> dict[str, Any]:
    published = published or schema()
    return published | {"$defs": {name: _closed(definition) for name, definition in published["$defs"].items()}}


def _closed(definition: dict[str, Any]) -> dict[str, Any]:
    if "examples" in definition:
        return definition | {"enum": definition["examples"]}
    return definition | {"required": list(definition["properties"]), "additionalProperties": False}
