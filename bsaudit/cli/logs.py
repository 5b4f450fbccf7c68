"""`bsaudit logs`: how much backscatter my own server sends."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from bsaudit.adapters.logfiles import open_log
from bsaudit.cli import options
from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN, USAGE
from bsaudit.cli.format_option import FormatChoice
from bsaudit.cli.moment import moment
from bsaudit.cli.output import Sink, look, put
from bsaudit.cli.say import say_error
from bsaudit.config.values import Color
from bsaudit.errors import UsageError
from bsaudit.judge.parties import whose_else
from bsaudit.logs.reading import Reading
from bsaudit.logs.result import result
from bsaudit.logs.tally import Tally
from bsaudit.model.domain import ascii_domain
from bsaudit.model.logs import LogFile
from bsaudit.probe.spelling import is_domain, is_name
from bsaudit.report.formats import Document, logs_renderer
from bsaudit.report.help_pages import NOWHERE
from bsaudit.text import clean_line

_NO_LOG = "Name a mail server's log, as it or syslog writes it; print the journal with: journalctl -o json"
# Some logs begin with lines that have no stamp
_HEAD_LINES = 100
_NO_OWN = "no --own DOMAIN was named: every address with a domain counts as outside"


@click.command(
    cls=Command,
    examples=(
        "bsaudit logs --own example.org /var/log/mail.log",
        "journalctl -o json -u 'postfix*' --since -7d | bsaudit logs --own example.org -",
    ),
    exits=DONE | {2: "wrong usage, or a file cannot be read"},
)
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(allow_dash=True))
@click.option("--own", metavar="DOMAIN", multiple=True, help="A domain of yours, with all below it. [repeatable]")
@click.option("--since", metavar="WHEN", help='Count what was written since: "7d", "12h", 2026-03-01 or a time (UTC).')
@click.option("--format", "form", type=FormatChoice(Document.LOGS), default="text", show_default=True)
def command(*, files: tuple[str, ...], own: tuple[str, ...], since: str | None, form: str) -> int:
    """Count the bounces, delay notices and automatic replies that a mail server wrote, by its own logs.

    FILE is a log of Postfix, Exim, Sendmail, OpenSMTPD, qmail, Haraka, Courier or Exchange (message tracking), with
    amavis and Dovecot between their lines; plain or compressed; journalctl -o json; or - for standard input.
    Rotated logs are read oldest first, however they are named; pipes as they come. Exits 0 whatever it finds.
    """
    if not files:
        raise UsageError("logs: no FILE was named", remedy='Name a log, or "-" for standard input.')
    start = None if since is None else moment(since)
    docs = options.documentation() if form == "html" else NOWHERE
    reading = Reading(Tally(map(_domain, own), start), time.time())
    gc.freeze()  # what is loaded stays: no need to look through it again and again
    read, gaps, failed = _read_all(files, reading)
    if not own:
        gaps.append(_NO_OWN)
    reading.finish()
    for error in failed:
        say_error(error.message, error.remedy)
    if not read and failed:
        return USAGE
    sink = Sink(form)
    report = result(reading.tally, reading.clock, read, start, gaps)
    put(sink, logs_renderer(form)(report, look(sink, Color.AUTO, docs=docs)))
    return USAGE if failed else CLEAN


def _read_all(files: Sequence[str], reading: Reading) -> tuple[list[LogFile], list[str], list[UsageError]]:
    """Read every file; return those that hold anything, what they leave open, and what could not be read."""
    read: list[LogFile] = []
    gaps: list[str] = []
    failed: list[UsageError] = []
    for file in _oldest_first(files):
        name = clean_line(file)
        try:
            _read(file, reading)
        except UsageError as error:
            failed.append(error)
            if not reading.lines:
                continue
        if reading.lines and not reading.framed:
            failed.append(UsageError(f"{name}: no line of it is a log's", remedy=_NO_LOG))
            continue
        read.append(LogFile(file=name, lines=reading.lines, products=tuple(reading.products)))
        if not reading.products:
            gaps.append(f"{name}: {'no mail server wrote a line of it' if reading.lines else 'empty'}")
    return read, gaps, failed


def _oldest_first(paths: Sequence[str]) -> list[str]:
    """Return logs as they were written one after the other: a shell's mail.log* names the newest first.

    The first stamp says it, else when the file was last written. Pipes can only be read once: with one, nothing moves.
    """
    if len(paths) > 1 and all(Path(path).is_file() for path in paths):
        return sorted(paths, key=_beginning)
    return list(paths)


def _beginning(path: str) -> float:
    reading = Reading(Tally(()), time.time())
    try:
        with ExitStack() as stack:
            log = open_log(path, stack)
            reading.begin(log.modified)
            reading.read(next(log.blocks, [])[:_HEAD_LINES])
            first = reading.clock.first
            return log.modified if first is None else first
    except UsageError:  # told when it is read
        return 0.0


def _read(file: str, reading: Reading) -> None:
    reading.begin(0.0)
    with ExitStack() as stack:
        log = open_log(file, stack)
        reading.begin(log.modified)
        for lines in log.blocks:
            reading.read(lines)


def _domain(text: str) -> str:
    domain = text.strip().rpartition("@")[2].strip(".")
    if not (is_name(domain) or (domain.startswith("[") and is_domain(domain))):
        raise UsageError(
            f"--own {clean_line(text)}: this names no domain", remedy="Write --own example.org --own example.net."
        )
    name = ascii_domain(domain)
    if others := whose_else(name):
        raise UsageError(f"--own {clean_line(text)}: {others}", remedy="Name what is yours below it.")
    return name
