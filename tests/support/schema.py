"""The strict twin of the published schema: exactly what this version writes, every field and nothing else."""

from __future__ import annotations

from typing import Any

from docs.generate.schema import schema


def strict_schema(published: dict[str, Any] | None = None) -> dict[str, Any]:
    published = published or schema()
    return published | {"$defs": {name: _closed(definition) for name, definition in published["$defs"].items()}}


def _closed(definition: dict[str, Any]) -> dict[str, Any]:
    if "examples" in definition:
        return definition | {"enum": definition["examples"]}
    return definition | {"required": list(definition["properties"]), "additionalProperties": False}
