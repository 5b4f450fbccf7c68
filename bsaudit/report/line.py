"""The smallest piece of a view."""

from __future__ import annotations

from msgspec import Struct


class Line(Struct, frozen=True):
    """One paragraph, or a point under the paragraph before it; a command is there to be pasted into a shell."""

    text: str
    point: bool = False
    command: bool = False
