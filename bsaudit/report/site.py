"""Pages of all runs, and an index of their targets: static files, in a directory that no server has to serve."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.model.report import Report, TargetEntry
from bsaudit.report import html
from bsaudit.report.formats import Look
from bsaudit.report.section import Tone
from bsaudit.report.state import rank, standing

INDEX = "index.html"
PAGES = "run-*.html"
# How a page ends that belongs to an index: by it is known, later, that it may go.
MARK = b"<!-- a page of bsaudit report --all -->\n"
# So many of the latest runs of a target are a trend; the others have their pages all the same.
TREND = 20
_UNSAFE = re.compile(r"[^A-Za-z0-9-]")
_MARK = {Tone.BAD: "B", Tone.GOOD: "C"}


class Result(Struct, frozen=True, kw_only=True):
    """What one run showed of a target, and the page that says so."""

    run: str
    at: datetime
    word: str
    tone: Tone
    page: str

    @property
    def mark(self) -> str:
        return _MARK.get(self.tone, "?")


class Row(Struct, frozen=True, kw_only=True):
    """A target: how it stands, by its latest run or by its state over all of them, and what each of them showed."""

    entry: TargetEntry
    word: str
    tone: Tone
    results: tuple[Result, ...]  # the latest first

    @property
    def trend(self) -> list[Result]:
        """The latest, as time goes."""
        return list(reversed(self.results[:TREND]))


class Site:
    """An index under way. Runs are added the latest first."""

    def __init__(self) -> None:
        self._entries: dict[str, TargetEntry] = {}
        self._results: dict[str, list[Result]] = {}

    def add(self, report: Report) -> str:
        """Take in what a run showed; return the name of its page."""
        run = report.run
        assert run is not None
        page = page_name(run.id)
        for entry in report.targets:
            self._entries.setdefault(entry.target, entry)
            word, tone = standing(_by_run(entry))
            result = Result(run=run.id, at=run.started_at, word=word, tone=tone, page=page)
            self._results.setdefault(entry.target, []).append(result)
        return page

    @property
    def is_empty(self) -> bool:
        return not self._entries

    def index(self, look: Look) -> bytes:
        """Return the index of all that was added, the worst target first."""
        rows = [self._row(entry) for entry in sorted(self._entries.values(), key=rank)]
        return html.rendered("index.html", look, rows=rows, counted=_counted(rows))

    def _row(self, entry: TargetEntry) -> Row:
        word, tone = standing(entry)
        return Row(entry=entry, word=word, tone=tone, results=tuple(self._results[entry.target]))


def page_name(run_id: str) -> str:
    """Return the name of a run's page: nothing in it leads out of its directory."""
    return f"run-{_UNSAFE.sub('-', run_id)}.html"


def _by_run(entry: TargetEntry) -> TargetEntry:
    """Return an entry without the state over all runs: what this one showed."""
    return replace(entry, state=None)


def _counted(rows: Sequence[Row]) -> list[tuple[str, Tone, int]]:
    """Return how many targets stand how, the worst first."""
    found: dict[tuple[str, Tone], int] = {}
    for row in rows:
        found[row.word, row.tone] = found.get((row.word, row.tone), 0) + 1
    return [(word, tone, number) for (word, tone), number in found.items()]
