"""`--notice HOST` of `bsaudit survey`: a mail to the operator of one host, instead of the report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

from bsaudit.cli.notice_option import FORMS_METAVAR, NoticeSink, NoticeType, language_option
from bsaudit.errors import UsageError
from bsaudit.model.survey import SurveyReport
from bsaudit.report.help_pages import Docs
from bsaudit.survey.notice import HostNotice
from bsaudit.survey.own import Own
from bsaudit.text import clean_line

_NOTICE = (
    "Write a mail to the operator of that host instead of the report: how much came, one of it, what ends it. Never "
    "sent; refused where it is not proven that the host wrote it."
)

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def host_notice_options(function: Decorated) -> Decorated:
    """Add the options to the command."""
    function = language_option(function)
    function = click.option(
        "--notice-as",
        metavar=FORMS_METAVAR,
        type=NoticeType(),
        default="text",
        show_default=True,
        help="The form of the notice, and its file.",
    )(function)
    return click.option("--notice", metavar="HOST", help=_NOTICE)(function)


class Telling(NamedTuple):
    """What is collected for a notice, and how it is written."""

    collected: HostNotice
    sink: NoticeSink
    language: str
    docs: Docs

    def written(self, report: SurveyReport) -> int:
        """Write it; return what to exit with. Raises UsageError where there is none to write."""
        from bsaudit.cli.notice import written  # brings the languages

        grounds = self.collected.grounds(report)
        return written(grounds, self.sink, self.language, lambda: self.collected.raw, self.docs)


def telling(given: dict[str, Any], own: Own, docs: Docs) -> Telling | None:
    """Return what writes the notice, if one is asked for."""
    if given["notice"] is None:
        return None
    return Telling(HostNotice(given["notice"], own), given["notice_as"], given["language"], docs)


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
