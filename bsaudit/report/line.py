"""The smallest piece of a view."""

from __future__ import annotations

from msgspec import Struct


class Line(Struct, frozen=True):
    """One paragraph, or a point under the paragraph before it.

    A command is there to be pasted into a shell, a block into a file: its lines and blanks stay.
    """

    text: str
    point: bool = False
    command: bool = False
    block: bool = False
    word: str = ""  # one that stands in it, and that the documentation explains
