"""Puts the man pages into the wheel, where `python -m docs.generate.man` wrote them before it was built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPages(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 -- hatchling's signature
        for page in Path(self.root, "man").glob("*.1"):
            build_data["shared_data"][str(page)] = f"share/man/man1/{page.name}"
