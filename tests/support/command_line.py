"""Command lines of pages and examples, parsed as the command parses them."""

from __future__ import annotations

import click

from bsaudit.cli.root import HELP_OPTIONS, root


def parsed(words: list[str]) -> click.Context:
    """Return the innermost context of a command line. Raises click.UsageError for what is wrong in it."""
    command: click.Command = root
    # click keeps the help option of the first context that a command meets: -h has to be among its names.
    context = click.Context(root, info_name="bsaudit", help_option_names=HELP_OPTIONS)
    while isinstance(command, click.Group):
        name, *words = words
        found = command.get_command(context, name)
        assert found is not None, name
        command, context = found, click.Context(found, info_name=name, parent=context)
    command.parse_args(context, words)
    return context
