"""`--notice HOST` of `bsaudit survey`: a mail to the operator of one host, instead of the report."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

import click

from bsaudit.cli.exit_codes import CLEAN
from bsaudit.cli.new_files import filled, finished
from bsaudit.cli.notice_option import NoticeSink, NoticeType, language_option
from bsaudit.cli.output import Sink, make_room, put
from bsaudit.errors import UsageError
from bsaudit.model.survey import SurveyReport
from bsaudit.report.help_pages import Docs
from bsaudit.survey.notice import HostNotice
from bsaudit.survey.own import Own
from bsaudit.survey.spamcop import VARIABLE, Takes, submission_address
from bsaudit.text import clean_line

_NOTICE = (
    "Write a mail to the operator of that host instead of the report: how much came, one of it, what ends it. Never "
    "sent; refused where it is not proven that the host wrote it."
)
_FORM = (
    "The form of the notice, and its file; spamcop: a submission with one of them attached, by the address in "
    + VARIABLE
)
SPAMCOP = "spamcop"

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def host_notice_options(function: Decorated) -> Decorated:
    """Add the options to the command."""
    function = language_option(function)
    function = click.option(
        "--notice-as",
        metavar="text|arf|spamcop[=FILE]",
        type=NoticeType(SPAMCOP),
        default="text",
        show_default=True,
        help=f"{_FORM}.",
    )(function)
    return click.option("--notice", metavar="HOST", help=_NOTICE)(function)


class Telling(NamedTuple):
    """What is collected for a notice, and how it is written."""

    collected: HostNotice
    sink: NoticeSink
    language: str
    docs: Docs
    submit_to: str | None

    def written(self, report: SurveyReport) -> int:
        """Write it; return what to exit with. Raises UsageError where there is none to write."""
        from bsaudit.cli.notice import written  # brings the languages
        from bsaudit.report.spamcop import spamcop_submission

        grounds = self.collected.grounds(report)
        if self.submit_to is not None:
            return _submitted(
                spamcop_submission(grounds, self.collected.raw, self.submit_to, datetime.now(UTC)), self.sink
            )
        return written(grounds, self.sink, self.language, lambda: self.collected.raw, self.docs)


def telling(given: dict[str, Any], own: Own, docs: Docs) -> Telling | None:
    """Return what writes the notice, if one is asked for."""
    if given["notice"] is None:
        return None
    sink, submit_to = given["notice_as"], None
    collected = HostNotice(given["notice"], own)
    if sink.form == SPAMCOP:
        submit_to = submission_address(os.environ.get(VARIABLE))
        collected = HostNotice(given["notice"], own, Takes(datetime.now(UTC)), newest=True)
    return Telling(collected, sink, given["language"], docs, submit_to)


def _submitted(content: bytes, sink: NoticeSink) -> int:
    """Write a mail whose addressee is a secret: into a file for its owner alone."""
    if sink.path is None:
        put(Sink(sink.form), content)
        return CLEAN
    path = sink.path
    make_room(path, "--notice-as")
    failure = finished("--notice-as", path, lambda: filled(path, content))
    if failure is not None:
        raise failure
    return CLEAN


def refuse_others(given: dict[str, Any], since: str | None, form: str) -> None:
    """Raise UsageError for what does not go with a notice, before anything is read."""
    if given["notice"] is None:
        if given["notice_as"].path is not None or given["notice_as"].form != "text":
            raise UsageError("--notice-as is about a notice", remedy="Add --notice HOST.")
        return
    if not clean_line(given["notice"]).strip(" ."):
        raise UsageError("--notice names no host", remedy="Name one of those that the survey lists.")
    if form != "text" or given["write"] is not None:
        raise UsageError("--notice takes the place of the report", remedy="Leave --format and --write out.")
    if since == "last":
        raise UsageError(
            "--notice is about all that a host wrote, not about what is new",
            remedy="Give --since a time, or leave it out.",
        )
