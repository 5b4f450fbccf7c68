"""docs/cli.md, generated from the commands' own help: `python -m docs.generate.cli > docs/cli.md`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bsaudit.cli.root import HELP_OPTIONS, root
from bsaudit.cli.say import PROGRAM

WIDTH = 100

_HEAD = """\
# Command line

Generated from the program's own help: `python -m docs.generate.cli > docs/cli.md`.

Every option is also a key of the configuration file (`--catch-address` is `catch_address`) and a variable
(`BSAUDIT_CATCH_ADDRESS`, lists parted by commas). Options win over variables, variables over the file (its
`[profile.NAME]` over its top level), the file over defaults; `bsaudit config show` tells which won.
The file is the one of `--config` or `BSAUDIT_CONFIG`, else `./bsaudit.toml`, else `bsaudit/bsaudit.toml` in the
user's configuration directory. `bsaudit init` writes one with every key.

Passwords come from `BSAUDIT_RELAY_PASSWORD`, `BSAUDIT_CATCH_PASSWORD` and `BSAUDIT_VALID_PASSWORD`, or from the file,
command or keyring service that `relay_password_file`, `relay_password_command` and `relay_keyring` name (`catch_…` and
`valid_…` alike): never from a command line.

The report goes to stdout (or to the file of `--format FORMAT=FILE`), everything else to stderr.
[Exit codes](exit-codes.md) have a page of their own.

[`bsaudit completion`](#bsaudit-completion) prints the script by which a shell completes;
[`bsaudit help`](#bsaudit-help) says what a word in a report means.
A release has this page's text as man pages, too: `man bsaudit-probe` ([release.md](release.md#install-one)).
"""


def manual() -> str:
    """Return the page: the help of every command, in the order of the root's."""
    with click.Context(root, info_name=PROGRAM, help_option_names=HELP_OPTIONS, terminal_width=WIDTH) as context:
        return _HEAD + "".join(_entry(one.command_path, one.get_help()) for one in walked(context))


def walked(context: click.Context) -> Iterator[click.Context]:
    """Yield a context for a command and for each below it, in the order of the root's; lazy ones are loaded."""
    yield context
    if not isinstance(context.command, click.Group):
        return
    for name in context.command.list_commands(context):
        child = context.command.get_command(context, name)
        assert child is not None
        yield from walked(click.Context(child, info_name=name, parent=context))


def _entry(title: str, text: str) -> str:
    return f"\n## {title}\n\n```\n{text}\n```\n"


if __name__ == "__main__":
    click.echo(manual(), nl=False)
