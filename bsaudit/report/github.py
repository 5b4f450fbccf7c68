"""Annotations of GitHub Actions: workflow commands, one a target that is not clean, at the line that names it.

GitHub shows ten errors and ten warnings of a step: the worst come first. Everything stands in the summary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bsaudit.model.probe import CountsAs
from bsaudit.model.report import Report, Verdict
from bsaudit.report.formats import Look
from bsaudit.report.items import Item, TargetItems, by_target, errors_of
from bsaudit.report.own_log import in_words, is_to_be_told

_LEVELS = ("error", "warning", "notice")
# https://docs.github.com/actions: workflow commands; a property ends at a comma, and the properties at a colon.
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = {**_DATA, ord(":"): "%3A", ord(","): "%2C"}


def render(report: Report, look: Look) -> bytes:
    """Return one command a line."""
    told = [("error", _command("error", f"{one.where}: {one.message}", one.remedy)) for one in errors_of(report)]
    told += [pair for target in by_target(report) for pair in _target(target, look.root)]
    told.sort(key=lambda pair: _LEVELS.index(pair[0]))
    return "".join(f"{command}\n" for _, command in told).encode()


def _target(target: TargetItems, root: str) -> Iterator[tuple[str, str]]:
    level = _level(target)
    place = target.place(root)
    properties = {"file": place[0], "line": str(place[1])} if place else {}
    log = [in_words(target.entry.log)] if target.entry.log else []
    lines = [target.because, *_named(target.items), *log]
    yield level, _command(level, f"{target.name}: {target.stands}", "\n".join(lines), properties)


def _level(target: TargetItems) -> str:
    if target.counts is Verdict.BACKSCATTER:
        return "error"
    return "notice" if target.counts is Verdict.CLEAN and not is_to_be_told(target.entry.log) else "warning"


def _named(items: Iterable[Item]) -> Iterator[str]:
    """Name what is not good."""
    return (f"{item.name}: {item.outcome}" for item in items if item.counts_as is not CountsAs.GOOD)


def _command(level: str, title: str, message: str, properties: dict[str, str] | None = None) -> str:
    named = {**(properties or {}), "title": title}
    options = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in named.items())
    return f"::{level} {options}::{message.translate(_DATA)}"
