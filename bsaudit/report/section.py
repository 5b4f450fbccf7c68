"""What every part of the view is made of: labelled passages, and what a text means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.model.probe import CountsAs
from bsaudit.report.line import Line
from bsaudit.text import clean_block, clean_line


class Tone(StrEnum):
    """What a text means; renderers choose the color. Unknown never looks like good."""

    GOOD = "good"
    BAD = "bad"
    NOTE = "note"
    UNKNOWN = "unknown"
    PLAIN = "plain"


TONE_OF = {
    CountsAs.GOOD: Tone.GOOD,
    CountsAs.BACKSCATTER: Tone.BAD,
    CountsAs.FINDING: Tone.NOTE,
    CountsAs.INCONCLUSIVE: Tone.UNKNOWN,
}


class Section(Struct, frozen=True, kw_only=True):
    """A labelled passage."""

    label: str
    lines: tuple[Line, ...]
    tone: Tone = Tone.PLAIN


def filled(sections: Iterable[Section]) -> Iterator[Section]:
    """Leave out passages without a line."""
    return (section for section in sections if section.lines)


def lines_of(said: Iterable[str | Line]) -> tuple[Line, ...]:
    """Sanitise paragraphs and points; drop the empty and those said before."""
    lines = (_clean(one) if isinstance(one, Line) else Line(clean_line(one)) for one in said)
    return tuple(dict.fromkeys(line for line in lines if line.text))


def _clean(line: Line) -> Line:
    return replace(line, text=clean_block(line.text).rstrip() if line.block else clean_line(line.text))
