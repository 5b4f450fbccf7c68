"""The one table of output formats: which there are, what each can show, and where its renderer is.

Renderers are named here and loaded when they are first asked for: rich takes longer than `bsaudit --version` may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from bsaudit.report.help_pages import NOWHERE, Docs

if TYPE_CHECKING:
    from bsaudit.judge.explain import Explained, Unreadable
    from bsaudit.model.event import Event
    from bsaudit.model.logs import LogReport
    from bsaudit.model.notification import Notification
    from bsaudit.model.report import Report
    from bsaudit.model.run import RunLine
    from bsaudit.model.standing import ListedReport
    from bsaudit.model.survey import SurveyReport

# Text that nobody looks at on a terminal is laid out for this many columns.
PLAIN_WIDTH = 100


class Document(StrEnum):
    """What a command prints. The renderer of each has a type of its own: see below."""

    REPORT = "report"  # probe, collect, report, demo
    RUNS = "runs"
    MESSAGES = "messages"  # explain
    LISTED = "listed"
    LOGS = "logs"
    SURVEY = "survey"


class Look(NamedTuple):
    """How a document is to look. Formats for programs take nothing of it but time, root and documentation."""

    now: datetime
    width: int = PLAIN_WIDTH
    color: bool = False
    verbose: bool = False
    encoding: str = "utf-8"  # of text: what it cannot say is replaced
    root: str = ""  # the directory below which files are named
    docs: Docs = NOWHERE  # where words are explained
    hyperlinks: bool = False  # of text: whether a terminal shows it, which opens them


class Messages(NamedTuple):
    """The renderer of explained messages, which leave one by one; all of them are framed by `head` and `tail`."""

    explained: Callable[[Explained, Notification], bytes]
    unreadable: Callable[[Unreadable], bytes]
    head: bytes = b""
    between: bytes = b""
    tail: bytes = b""
    brief: bool = False  # whether it shows nothing of a message but what `Explained` holds


RenderReport: TypeAlias = "Callable[[Report, Look], bytes]"
RenderRuns: TypeAlias = "Callable[[Sequence[RunLine], Look], bytes]"
RenderListed: TypeAlias = "Callable[[ListedReport, Look], bytes]"
RenderLogs: TypeAlias = "Callable[[LogReport, Look], bytes]"
RenderSurvey: TypeAlias = "Callable[[SurveyReport, Look], bytes]"
RenderEvent: TypeAlias = "Callable[[Event], bytes]"


class Format(NamedTuple):
    """One row. A renderer is `module:name`, below `bsaudit.report`.

    `events` renders what happens while it happens; the document then ends the stream. `tells_errors`: a command that
    fails says so in this format, too, as a report that holds nothing else. `summary`: a variable of the environment
    that names a file, to which the report is appended in another format.
    """

    name: str
    renderers: Mapping[Document, str]
    events: str = ""
    tells_errors: bool = False
    summary: tuple[str, str] | None = None


_ROWS = (
    Format(
        "text",
        {
            Document.REPORT: "text:printed",
            Document.RUNS: "runs:printed",
            Document.MESSAGES: "messages:MESSAGES",
            Document.LISTED: "standing:printed",
            Document.LOGS: "logs:printed",
            Document.SURVEY: "survey:printed",
        },
    ),
    Format(
        "json",
        {
            Document.REPORT: "json:render",
            Document.RUNS: "json:runs",
            Document.MESSAGES: "json:MESSAGES",
            Document.LISTED: "json:standing",
            Document.LOGS: "logs:json_document",
            Document.SURVEY: "survey:json_document",
        },
        tells_errors=True,
    ),
    Format(
        "jsonl",
        {
            Document.REPORT: "jsonl:last",
            Document.RUNS: "jsonl:runs",
            Document.MESSAGES: "jsonl:MESSAGES",
            Document.SURVEY: "survey:last_line",
        },
        events="jsonl:line",
        tells_errors=True,
    ),
    Format("junit", {Document.REPORT: "junit:render"}, tells_errors=True),
    Format("nagios", {Document.REPORT: "nagios:render"}, tells_errors=True),
    Format("markdown", {Document.REPORT: "markdown:render", Document.MESSAGES: "markdown:MESSAGES"}, tells_errors=True),
    Format(
        "html",
        {
            Document.REPORT: "html:render",
            Document.MESSAGES: "html:MESSAGES",
            Document.LOGS: "html:logs",
            Document.SURVEY: "html:survey",
        },
        tells_errors=True,
    ),
    Format(
        "github", {Document.REPORT: "github:render"}, tells_errors=True, summary=("GITHUB_STEP_SUMMARY", "markdown")
    ),
    Format("sarif", {Document.REPORT: "sarif:render"}, tells_errors=True),
    Format(
        "csv",
        {
            Document.REPORT: "csv:render",
            Document.LISTED: "csv:standing",
            Document.LOGS: "logs:table",
            Document.SURVEY: "csv:survey",
        },
        tells_errors=True,
    ),
    Format("openmetrics", {Document.REPORT: "openmetrics:render", Document.LOGS: "openmetrics:logs"}),
)
FORMATS = {row.name: row for row in _ROWS}


def fitting(document: Document) -> tuple[str, ...]:
    """Return the names of the formats that can show a document."""
    return tuple(row.name for row in FORMATS.values() if document in row.renderers)


def tells_errors(name: str) -> bool:
    """Say whether there is a format of this name, and it can tell of a command that failed."""
    return name in FORMATS and FORMATS[name].tells_errors


def report_renderer(name: str) -> RenderReport:
    """Return what renders a report in a format that fits."""
    renderer: RenderReport = _loaded(FORMATS[name].renderers[Document.REPORT])
    return renderer


def runs_renderer(name: str) -> RenderRuns:
    """Return what renders the list of runs in a format that fits."""
    renderer: RenderRuns = _loaded(FORMATS[name].renderers[Document.RUNS])
    return renderer


def listed_renderer(name: str) -> RenderListed:
    """Return what renders the answers of lists in a format that fits."""
    renderer: RenderListed = _loaded(FORMATS[name].renderers[Document.LISTED])
    return renderer


def messages_renderer(name: str) -> Messages:
    """Return what renders explained messages in a format that fits."""
    renderer: Messages = _loaded(FORMATS[name].renderers[Document.MESSAGES])
    return renderer


def logs_renderer(name: str) -> RenderLogs:
    """Return what renders what logs show in a format that fits."""
    renderer: RenderLogs = _loaded(FORMATS[name].renderers[Document.LOGS])
    return renderer


def survey_renderer(name: str) -> RenderSurvey:
    """Return what renders a survey of a mailbox in a format that fits."""
    renderer: RenderSurvey = _loaded(FORMATS[name].renderers[Document.SURVEY])
    return renderer


def event_renderer(name: str) -> RenderEvent | None:
    """Return what renders an event, None where the format has nothing to say before the end."""
    events = FORMATS[name].events
    return _loaded(events) if events else None


@cache
def _loaded(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(import_module(f"bsaudit.report.{module}"), name)
