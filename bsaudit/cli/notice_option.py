"""`--notice` and `--language`, of the commands that can tell an operator. Loads none of the languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from bsaudit.errors import UsageError
from bsaudit.report.notice_words.languages import LANGUAGES

FORMS = ("text", "arf")
FORMS_METAVAR = "text|arf[=FILE]"
_NOTICE = (
    "Write a mail to the operator instead: what was sent and came back, why it harms, what ends it. Never sent; "
    "refused where it is not proven who wrote what came back."
)

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class NoticeSink(NamedTuple):
    """In which form a notice goes, and into which file; None is stdout."""

    form: str
    path: Path | None = None


class NoticeType(click.ParamType[NoticeSink]):
    """`text`, `arf=FILE`."""

    name = "notice"

    def __init__(self, *more: str) -> None:
        self._forms = (*FORMS, *more)

    def convert(self, value: str | NoticeSink, param: click.Parameter | None, ctx: click.Context | None) -> NoticeSink:
        if isinstance(value, NoticeSink):
            return value
        form, equals, path = value.partition("=")
        if form not in self._forms:
            self.fail(f"{form!r} is not one of {', '.join(self._forms)}.", param, ctx)
        if equals and not path:
            self.fail(f"this names no file: write {form}=FILE.", param, ctx)
        return NoticeSink(form, Path(path).expanduser() if path not in ("", "-") else None)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        del ctx, param
        return [click.shell_completion.CompletionItem(form) for form in self._forms if form.startswith(incomplete)]


def language_option(function: Decorated) -> Decorated:
    """Add `--language` to a command."""
    languages = click.Choice(LANGUAGES)
    return click.option(
        "--language", type=languages, default="en", show_default=True, help="The language of the notice."
    )(function)


def notice_options(function: Decorated) -> Decorated:
    """Add both options to a command."""
    function = language_option(function)
    return click.option("--notice", metavar=FORMS_METAVAR, type=NoticeType(), help=_NOTICE)(function)


def refuse_redacted(*, redact: bool) -> None:
    """Raise UsageError for a notice that would not say whom it is about."""
    if redact:
        raise UsageError("--notice goes without --redact: it has to say which host it is")
