"""`bsaudit report --all`: a page for each run, and an index of their targets, in a directory."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from bsaudit.cli.exit_codes import CLEAN, SERVICE
from bsaudit.cli.output import make_room, write_file
from bsaudit.cli.say import say
from bsaudit.errors import JournalError, UsageError
from bsaudit.model.report import Report
from bsaudit.paths import user_path
from bsaudit.report.formats import Look, report_renderer
from bsaudit.report.help_pages import Docs
from bsaudit.report.site import INDEX, MARK, PAGES, Site
from bsaudit.text import amount, clean_line
from bsaudit.wiring.runs import each_report
from bsaudit.wiring.states import stored_states


def directory(formats: tuple[str, ...]) -> Path:
    """Return the directory that `--format html=DIR` names. Raises UsageError for anything else."""
    form, _, named = formats[0].partition("=") if len(formats) == 1 else ("", "", "")
    if form != "html" or not named or named == "-":
        raise UsageError("--all writes pages into a directory", remedy="Write --format html=DIR.")
    path = user_path(named)
    make_room(path / INDEX, f"--format html={named}")
    return path


async def write_all(journal_url: str | None, into: Path, redacted: Callable[[Report], Report], docs: Docs) -> int:
    """Write a page for each audit of the journal, then the index: every link in it leads somewhere.

    At last pages go that an earlier index led to, and this one does not; but not while a run cannot be read, whose page
    one of them may be. Raises UsageError where there is no audit, or a file cannot be written.
    """
    site, written, unread, look = Site(), set[str](), [], Look(datetime.now(UTC), docs=docs)
    checked = (await stored_states(journal_url, {}, in_brief=True)).targets
    states = {one.target: one.state for one in checked}
    render = report_renderer("html")
    async for found in each_report(journal_url):
        if isinstance(found, JournalError):
            unread.append(found.message)
            continue
        targets = tuple(replace(one, state=states.get(one.target)) for one in found.targets)
        told = redacted(replace(found, targets=targets))
        name = site.add(told)
        written.add(name)
        write_file(into / name, render(told, look) + MARK)
    if site.is_empty:
        raise UsageError("no audit is in the journal yet", remedy="bsaudit probe TARGET makes one.")
    write_file(into / INDEX, site.index(look))
    if unread:
        say(f"bsaudit: {amount(len(unread), 'run')} that cannot be read; {clean_line(unread[0])}")
        return SERVICE
    _remove_others(into, written)
    return CLEAN


def _remove_others(into: Path, written: Container[str]) -> None:
    """Remove the pages that lie there by an earlier call, by their mark: nobody else's file. Raises UsageError."""
    for path in into.glob(PAGES):
        if path.name not in written and path.is_file() and not path.is_symlink() and _is_ours(path):
            try:
                path.unlink()
            except OSError as error:
                raise UsageError(f"cannot remove {path}: {error.strerror}") from error


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            stream.seek(max(path.stat().st_size - len(MARK), 0))
            return stream.read() == MARK
    except OSError:  # what cannot be read is not known to be ours
        return False
