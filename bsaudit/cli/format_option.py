"""`--format`, made from the table of formats. Loads without the configuration: a bounce is explained at once."""

from __future__ import annotations

import click

from bsaudit.report.formats import Document, fitting


class FormatOption(click.ParamType[str]):
    """`text`, `json=FILE`, of a command that prints a document of this kind: judged by `bsaudit.cli.output`.

    Known here for the help and the shell's completion.
    """

    name = "format"

    def __init__(self, prints: Document) -> None:
        self.prints = prints

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        del ctx, param
        return [
            click.shell_completion.CompletionItem(name) for name in fitting(self.prints) if name.startswith(incomplete)
        ]


class FormatChoice(click.Choice[str]):
    """One format, without a file, of a command that prints a document of this kind."""

    def __init__(self, prints: Document) -> None:
        self.prints = prints
        super().__init__(fitting(prints))


def format_help(prints: Document) -> str:
    """Return the help of a `--format` that names files."""
    *names, last = fitting(prints)
    return f"{', '.join(names)} or {last}; =FILE writes it there."
