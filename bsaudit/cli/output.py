"""Where reports go: stdout, or a file that is whole or not there. The formats themselves are `bsaudit.report`'s."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from msgspec.structs import replace

from bsaudit import __version__
from bsaudit.cli.asked import Asked
from bsaudit.cli.say import say, say_error
from bsaudit.config.layers import Effective
from bsaudit.config.values import Color
from bsaudit.errors import BsauditError, Interrupted, UsageError
from bsaudit.judge.condition import own_side_errors
from bsaudit.judge.exit_policy import ExitPolicy, exit_code, unmet
from bsaudit.model.event import Event
from bsaudit.model.report import ErrorEntry, Report, ToolEntry, Verdict
from bsaudit.paths import user_path, working_directory
from bsaudit.report.formats import (
    FORMATS,
    PLAIN_WIDTH,
    Document,
    Look,
    event_renderer,
    fitting,
    report_renderer,
    tells_errors,
)
from bsaudit.report.help_pages import NOWHERE, Docs
from bsaudit.text import clean_line

_ELSEWHERE = "Name a file in a directory that you may write to."


@dataclass(frozen=True)
class Sink:
    """One `--format FORMAT[=FILE]`; `path` None is stdout."""

    format: str
    path: Path | None = None


def sinks(formats: Sequence[str], prints: Document = Document.REPORT) -> list[Sink]:
    """Return what `--format` asks of a command that prints this, checked before anything is sent. Raises UsageError."""
    found = [_sink(text, fitting(prints)) for text in dict.fromkeys(formats)]
    for sink in found:
        if summary := _summary(sink):
            make_room(summary, f"--format {sink.format}")
            if summary.exists() and not os.access(summary, os.W_OK):
                raise UsageError(f"--format {sink.format}: {summary} cannot be written to")
    if sum(sink.path is None for sink in found) > 1:
        raise UsageError("--format: only one format fits on stdout", remedy="Write the others to files: json=FILE.")
    return found


def fitting_sinks(config: Effective, prints: Document) -> list[Sink]:
    """Return where a document that is no report goes: never to a file that the configuration names for reports."""
    if config.sources["format"] == "--format":
        return sinks(config.values.format, prints)
    fits = fitting(prints)
    found = [sink for sink in sinks(config.values.format) if sink.path is None and sink.format in fits]
    return found or [Sink("text")]


def _sink(text: str, fits: Sequence[str]) -> Sink:
    name, equals, path = text.partition("=")
    if name not in fits:
        unfit = "does not fit here, but " if name in FORMATS else ""
        raise UsageError(f"--format {name}: {unfit}one of {', '.join(fits)}")
    if not equals or path == "-":
        return Sink(name)
    file = user_path(path)
    if not path or file.is_dir():
        raise UsageError(f"--format {text}: this names no file", remedy=f"Write {name}=FILE.")
    make_room(file, f"--format {text}")
    return Sink(name, file)


def _summary(sink: Sink) -> Path | None:
    """Return the file to which the summary of a format is appended: the environment names it."""
    named = FORMATS[sink.format].summary
    file = os.environ.get(named[0]) if named else None
    return Path(file) if file else None


def make_room(file: Path, asked: str) -> None:
    """Make the directories above a file that is to be written, and see that it can be. Raises UsageError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{asked}: {file.parent} is no directory", remedy=_ELSEWHERE) from error
    except OSError as error:
        raise UsageError(f"{asked}: {file.parent} cannot be made: {error.strerror}", remedy=_ELSEWHERE) from error
    if not os.access(file.parent, os.W_OK):
        raise UsageError(f"{asked}: {file.parent} cannot be written to", remedy=_ELSEWHERE)


class Output:
    """An observer that writes events where a format tells of them, and at the end the report in every format."""

    def __init__(self, asked: Asked, *, color: Color = Color.AUTO, verbose: bool = False) -> None:
        self._asked = asked
        self._sinks = sinks(asked.formats or ("text",))
        self._color = color
        self._verbose = verbose
        self._failure: OSError | UsageError | None = None

    def __call__(self, event: Event) -> None:
        """Write one event where a format tells of them.

        Whoever reads them may go away; the audit goes on to its end all the same, and `finish` tells.
        """
        if self._failure is not None:
            return
        for sink in self._sinks:
            if render := event_renderer(sink.format):
                self._try(self._go_on, sink, render(self._asked.redacted(event)))

    def finish(self, report: Report, *, told: bool = False) -> int:
        """Write `report` in every format that was asked for, and return what to exit with.

        Raises OSError or UsageError for a format that cannot be written.

        What failed is told on stderr, too, unless it was `told` before.
        """
        self._asked.finished = True
        if self._asked.nagios:
            from bsaudit.report.nagios import warns  # only for plugins

            self._asked.warning = warns(report, datetime.now(UTC))
        shown = self._asked.redacted(report)
        for sink in self._sinks:
            content = report_renderer(sink.format)(shown, self._look(sink, verbose=self._verbose))
            self._try(self._go_on if event_renderer(sink.format) else put, sink, content)
            self._append_summary(sink, shown)
        if not (told or self._is_read_here()):
            # What keeps a target of a check from being audited is its state, and no error.
            errors = own_side_errors(report) if report.check else report.errors
            for error in dict.fromkeys(errors):
                say_error(error.message, error.remedy)
        if self._failure is not None:
            raise self._failure
        policy = self._asked.policy or ExitPolicy()
        for missing in unmet(report, policy):
            say(f"bsaudit: --require: nothing was shown by {clean_line(missing)}")
        return exit_code(report, policy)

    def _go_on(self, sink: Sink, line: bytes) -> None:
        """Append a line; the first one of a command takes the place of what an earlier one left in the file."""
        if sink.path is None or sink.path in self._asked.begun:
            _append(sink, line)
        else:
            self._asked.begun.add(sink.path)
            write_file(sink.path, line)

    def _append_summary(self, sink: Sink, report: Report) -> None:
        summary, row = _summary(sink), FORMATS[sink.format]
        if summary is not None and row.summary is not None:
            target = Sink(row.summary[1], summary)
            self._try(_append, target, report_renderer(target.format)(report, self._look(target)))

    def _look(self, sink: Sink, *, verbose: bool = False) -> Look:
        return look(sink, self._color, verbose=verbose, docs=self._asked.docs)

    def _is_read_here(self) -> bool:
        """Say whether somebody reads the report in words where the errors would be told: then it has told them."""
        return sys.stdout.isatty() and any(sink.format == "text" and sink.path is None for sink in self._sinks)

    def _try(self, write: Callable[[Sink, bytes], None], sink: Sink, content: bytes) -> None:
        try:
            write(sink, content)
        except (OSError, UsageError) as error:
            self._failure = self._failure or error


def look(sink: Sink, color: Color, *, verbose: bool = False, docs: Docs = NOWHERE) -> Look:
    """Return how a document is to look where it goes."""
    now = datetime.now(UTC)
    root = os.environ.get("GITHUB_WORKSPACE") or working_directory() or ""
    if sink.path is not None:
        return Look(now, color=color is Color.ALWAYS, verbose=verbose, root=root, docs=docs)
    return Look(
        now,
        terminal_width(sys.stdout),
        use_color(color, sys.stdout),
        verbose,
        sys.stdout.encoding,
        root,
        docs,
        hyperlinks=sys.stdout.isatty(),
    )


def error_report(error: BsauditError) -> Report:
    """Return the report of a command that failed: what is known of its run, if there is one, and the error."""
    known = error.report if isinstance(error, Interrupted) and isinstance(error.report, Report) else None
    tool = ToolEntry(name="bsaudit", version=__version__)
    report = known or Report(tool=tool, run=None, verdict=Verdict.INCONCLUSIVE, exit_code=error.exit_code)
    entry = ErrorEntry(where=error.where, message=error.message, remedy=error.remedy)
    return replace(report, exit_code=error.exit_code, errors=(*report.errors, entry))


def write_error(error: BsauditError, asked: Asked) -> None:
    """Write an error in the formats for programs that were asked for; the words went to stderr already.

    A typo in the command is no reason to lose the report of an earlier one. What the same command may run into tonight
    (a configuration that was edited, a permission withdrawn) is: yesterday's report is not to be read as today's.
    """
    formats = tuple(name for name in asked.formats if tells_errors(name.partition("=")[0]))
    if asked.finished or not formats:
        return
    try:
        kept = _earlier(formats) if type(error) is UsageError else {}
        for path in kept.values():
            say(f"bsaudit: {clean_line(str(path))} is left as it was: nothing was done that it could tell of")
        if formats := tuple(text for text in formats if text not in kept):
            Output(asked.for_formats(formats)).finish(error_report(error), told=True)
    except UsageError:  # --format itself is what was wrong: JSON on stdout is the best guess, but where people read
        if "text" in asked.formats:
            return
        Output(asked.for_formats(("json",))).finish(error_report(error), told=True)


def _earlier(formats: Sequence[str]) -> dict[str, Path]:
    """Return the files that hold something, by what asked for them. Raises UsageError."""
    files = {text: sink.path for text in formats for sink in sinks([text]) if sink.path is not None}
    return {text: path for text, path in files.items() if path.is_file() and path.stat().st_size}


def write_known(error: BsauditError, asked: Asked) -> None:
    """Write what was known when a run was interrupted, for people; programs get it with the error."""
    formats = tuple(name for name in asked.formats or ("text",) if not tells_errors(name.partition("=")[0]))
    # Gauges of a part of the targets take the place of those of all: the old ones are better, and tell their age.
    formats = tuple(name for name in formats if name.partition("=")[0] != "openmetrics")
    report = error.report if isinstance(error, Interrupted) else None
    if asked.finished or not formats or not isinstance(report, Report):
        return
    if any(target.messages_sent for target in report.targets):
        Output(asked.for_formats(formats)).finish(report, told=True)


def use_color(choice: Color, stream: TextIO) -> bool:
    """Decide on color as no-color.org and force-color.org have it; both variables count when not empty."""
    if choice is not Color.AUTO:
        return choice is Color.ALWAYS
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width(stream: TextIO) -> int:
    """Return the columns to fill: the terminal's (or COLUMNS), else `PLAIN_WIDTH`."""
    if stream.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns
    return PLAIN_WIDTH


def _append(sink: Sink, line: bytes) -> None:
    if sink.path is None:
        _to_stdout(line)
        return
    try:
        with sink.path.open("ab") as stream:
            stream.write(line)
    except OSError as error:
        raise UsageError(f"cannot write {sink.path}: {error.strerror}") from error


def put(sink: Sink, content: bytes) -> None:
    """Write a whole document. Raises OSError (stdout) or UsageError (a file)."""
    if sink.path is None:
        _to_stdout(content)
    else:
        write_file(sink.path, content)


def _to_stdout(content: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is whole or not there; a device or pipe is written to as it is. Raises UsageError.

    One that is there keeps its mode, and its name may be a link of ours: whoever reads it goes on reading it.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        file = _behind(path)
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            beside.write_bytes(content)
            if file.exists():
                shutil.copymode(file, beside)
            beside.replace(file)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _behind(path: Path) -> Path:
    """Return the file to which a link leads; a stranger's, who may have laid it there for us, is replaced itself."""
    ours = path.is_symlink() and path.lstat().st_uid in (0, os.geteuid())
    return path.resolve() if ours else path
