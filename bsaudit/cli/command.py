"""What every help has: options, where there are many in the sections of the configuration; examples, exit codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from bsaudit.cli.exit_codes import INTERRUPTED, MEANING, SERVICE, USAGE

# With fewer options headings are in the way.
MANY = 12
_OWN, _ALL = "Options", "Configuration and help"
_OF_ALL = frozenset({"--config", "--profile", "--help"})

# Of commands whose exit code is a verdict, and of others: what each code says
VERDICT = {code: MEANING[code] for code in (*range(SERVICE + 1), INTERRUPTED)}
DONE = {0: "it did what it was asked", USAGE: "wrong usage or configuration"}


class Command(click.Command):
    """A command with `examples`, each a line of a shell, and the `exits` that are its own."""

    def __init__(self, *args: Any, examples: Sequence[str], exits: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)
        self.exits = dict(exits)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, records in self._sections(ctx).items():
            with formatter.section(title):
                formatter.write_dl(records)

    def _sections(self, ctx: click.Context) -> dict[str, list[tuple[str, str]]]:
        """Return the options by their headings: the command's own first, then as `bsaudit init` writes them."""
        from bsaudit.config.template import sections  # both bring the configuration
        from bsaudit.config.values import SETTINGS

        options = (one for one in self.get_params(ctx) if isinstance(one, click.Option))
        params = [(one.opts[-1], record) for one in options if (record := one.get_help_record(ctx))]
        if len(params) <= MANY:
            return {_OWN: [record for _, record in params]}
        of_setting = {SETTINGS[name].option: title for name, title in sections().items()}
        titles = (_OWN, *dict.fromkeys(of_setting.values()), _ALL)
        found: dict[str, list[tuple[str, str]]] = {title: [] for title in titles}
        for name, record in params:
            found[_ALL if name in _OF_ALL else of_setting.get(name, _OWN)].append(record)
        return {title: records for title, records in found.items() if records}

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        with formatter.section("Examples"):
            formatter.write("".join(f"{'':{formatter.current_indent}}{line}\n" for line in self.examples))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in self.exits.items()])


def examples_of(command: click.Command) -> tuple[str, ...]:
    """Return the examples of a command; a group has none."""
    return command.examples if isinstance(command, Command) else ()


def exits_of(command: click.Command) -> dict[int, str]:
    """Return what the exit codes of a command say; of a group only what they say anywhere."""
    return command.exits if isinstance(command, Command) else {}
