"""`bsaudit report --all`: a page for each run, and an index of their targets, in a directory."""

from __future__ import annotations

from collections.abc import Callable
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
from bsaudit.report.site import INDEX, Site
from bsaudit.text import clean_line
from bsaudit.wiring.checks import stored_states
from bsaudit.wiring.runs import each_report


def directory(formats: tuple[str, ...]) -> Path:
    """Return the directory that `--format html=DIR` names. Raises UsageError for anything else."""
    form, _, named = formats[0].partition("=") if len(formats) == 1 else ("", "", "")
    if form != "html" or not named or named == "-":
        raise UsageError("--all writes pages into a directory", remedy="Write --format html=DIR.")
    path = user_path(named)
    make_room(path / INDEX, f"--format html={named}")
    return path


async def write_all(journal_url: str | None, into: Path, redacted: Callable[[Report], Report], docs: Docs) -> int:
    """Write a page for each audit of the journal, and at last the index: every link in it leads somewhere.

    Raises UsageError where there is none, or a file cannot be written.
    """
    site, unread, look = Site(), [], Look(datetime.now(UTC), docs=docs)
    checked = (await stored_states(journal_url, {}, in_brief=True)).targets
    states = {one.target: one.state for one in checked}
    render = report_renderer("html")
    async for found in each_report(journal_url):
        if isinstance(found, JournalError):
            unread.append(found.message)
            continue
        targets = tuple(replace(one, state=states.get(one.target)) for one in found.targets)
        told = redacted(replace(found, targets=targets))
        write_file(into / site.add(told), render(told, look))
    if site.is_empty:
        raise UsageError("no audit is in the journal yet", remedy="bsaudit probe TARGET makes one.")
    write_file(into / INDEX, site.index(look))
    if unread:
        say(f"bsaudit: {len(unread)} runs cannot be read; {clean_line(unread[0])}")
    return SERVICE if unread else CLEAN
