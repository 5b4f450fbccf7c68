"""The report as Markdown (CommonMark with GitHub's tables), for tickets and summaries: what `text` says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bsaudit.judge.explain import Explained, Unreadable
from bsaudit.model.notification import Notification
from bsaudit.model.report import Report
from bsaudit.report.formats import Look, Messages
from bsaudit.report.help_pages import Docs
from bsaudit.report.line import Line
from bsaudit.report.messages import told, unreadable_line
from bsaudit.report.section import Section, Tone
from bsaudit.report.view import HEADINGS, Row, TargetView, view

# What is markup wherever it stands; an underscore inside a word is none.
_INLINE = re.compile(r"[\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])")
# … and where a block begins: behind what, a backslash makes it none.
_FIRST = re.compile(r"^(?:\d+(?=[.)](?:\s|$))|(?=[#+=-]))")
# Where a word begins with @, forges tell the person or team of that name.
_MENTION = re.compile(r"(?<!\w)@")
_ICON = {Tone.GOOD: "✅", Tone.BAD: "❌", Tone.NOTE: "ℹ️", Tone.UNKNOWN: "❔", Tone.PLAIN: ""}  # noqa: RUF001


def render(report: Report, look: Look) -> bytes:
    """Return `report` as Markdown in UTF-8."""
    shown = view(report, verbose=look.verbose, docs=look.docs)
    blocks = [block for target in shown.targets for block in _target(target, look.docs)]
    blocks += [block for section in shown.sections for block in _section(section, look.docs)]
    return ("\n\n".join(blocks) + "\n").encode()


@lru_cache(4096)  # of thousands of targets, nearly all cells of the tables are the same
def escaped(text: str) -> str:
    """Return a text in which nothing is markup, and that calls nobody."""
    inline = _FIRST.sub(r"\g<0>\\", _INLINE.sub(r"\\\g<0>", text))
    return _MENTION.sub("@<!-- -->", inline)


def _target(target: TargetView, docs: Docs) -> Iterator[str]:
    yield f"## {_ICON[target.tone]} {escaped(target.name)}: {escaped(target.verdict)}"
    if target.limits:
        yield escaped(target.limits)
    if target.rows:
        yield "\n".join(_table(target.rows, docs))
    for section in target.sections:
        yield from _section(section, docs)


def _table(rows: Iterable[Row], docs: Docs) -> Iterator[str]:
    yield f"| {' | '.join(HEADINGS)} |"
    yield "|---" * len(HEADINGS) + "|"
    for row in rows:
        outcome = f"{_ICON[row.tone]} {_link(escaped(row.outcome), row.word, docs)}"
        cells = escaped(row.probe), escaped(row.sent_to), outcome, escaped(row.after), escaped(row.written_by)
        yield f"| {' | '.join(cells)} |"


def _section(section: Section, docs: Docs) -> Iterator[str]:
    """Lay out paragraphs, and points as a list under the one before them; the label stands before the first."""
    label = f"**{escaped(section.label)}:** "
    points: list[str] = []
    for line in section.lines:
        if line.point:
            points.append(f"- {label}{_said(line, docs)}")
        else:
            if points:
                yield "\n".join(points)
            points = []
            yield label + _said(line, docs)
        label = ""
    if points:
        yield "\n".join(points)


def _said(line: Line, docs: Docs) -> str:
    """Return a line; the word in it that the documentation explains leads there."""
    text, word = escaped(line.text), escaped(line.word)
    if line.text == docs.link(line.word):
        return _link(word, line.word, docs)
    return text.replace(word, _link(word, line.word, docs), 1) if word else text


def _link(text: str, word: str, docs: Docs) -> str:
    return f"[{text}]({docs.link(word)})" if word and docs.url else text


# explain

_TONE = {True: Tone.BAD, False: Tone.GOOD, None: Tone.UNKNOWN}


def _explained(explained: Explained, notification: Notification) -> bytes:
    message = told(explained, notification)
    title = f"## {_ICON[_TONE[message.backscatter]]} {escaped(message.title)} — {escaped(message.verdict)}"
    points = [f"- **{label}:** {escaped(text)}" if label else f"  - {escaped(text)}" for label, text in message.facts]
    return "\n".join([title, "", *points, "\n"]).encode("utf-8", "replace")


def _unreadable(unreadable: Unreadable) -> bytes:
    return f"## {_ICON[Tone.UNKNOWN]} {escaped(unreadable_line(unreadable))}\n\n".encode("utf-8", "replace")


MESSAGES = Messages(_explained, _unreadable)
