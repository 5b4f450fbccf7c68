"""The root command: the grouped list of commands, each loaded only when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from bsaudit import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

HELP_OPTIONS = ["-h", "--help"]
WIDTH = 100  # of help, at most
SETTINGS = {"help_option_names": HELP_OPTIONS, "max_content_width": WIDTH}

# Group → command → one line; the order is the help's. A command lives in `bsaudit.cli.<name>` as `command`.
COMMANDS: dict[str, dict[str, str]] = {
    "audit": {
        "probe": "Send probes, watch, report: the main command.",
        "check": "The configured targets, unattended: for CI and monitoring.",
        "status": "What the last checks showed, from the journal; never sends.",
        "collect": "Look again for late answers.",
        "report": "Render an earlier run again, in any format.",
        "runs": "List earlier runs.",
    },
    "read": {
        "explain": "What is this bounce, who wrote it, is it backscatter?",
        "survey": "A pile of backscatter received: who sends it, why, whom to tell.",
        "logs": "How much backscatter does my own server send, by its logs?",
        "help": "What a word in a report means: finding, outcome, kind, state, exit code.",
    },
    "standing": {
        "listed": "Is it on a blocklist, and what does that mean?",
        "defend": "What keeps others' backscatter out of your own server.",
    },
    "set up": {
        "init": "Write a commented bsaudit.toml.",
        "doctor": "Test relay, catch mailbox and DNS without touching any target.",
        "permission": "The TXT record that allows an audit, and a mail that asks for it.",
        "config": "The effective configuration, secrets masked.",
        "catch": "The built-in catch MX, standing alone.",
        "completion": "The script by which bash, zsh or fish completes.",
    },
    "try": {
        "demo": "Probe good and bad servers of the embedded lab.",
        "lab": "The embedded lab in the foreground.",
    },
}


class Root(click.Group):
    """A group that imports a command's module when the command is called, not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for group in COMMANDS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"bsaudit.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which command may have been meant where there is none of that name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches  # only for a slip

            close = get_close_matches(args[0], self.list_commands(ctx), n=1)
            if not close:
                raise
            raise click.UsageError(f"{error.format_message()} Did you mean {close[0]!r}?", ctx) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete from the table: click would import every command to see which are hidden."""
        from click.shell_completion import CompletionItem  # only for the shell

        named = ((name, text) for group in COMMANDS.values() for name, text in group.items())
        found = [CompletionItem(name, help=text) for name, text in named if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(len(name) for group in COMMANDS.values() for name in group)
        for title, group in COMMANDS.items():
            with formatter.section(title.capitalize()):
                formatter.write_dl([(name.ljust(width), text) for name, text in group.items()])


@click.group(cls=Root, context_settings=SETTINGS)
@click.version_option(__version__, message="%(prog)s %(version)s")
def root() -> None:
    """Find out from outside whether a mail server rejects mail or bounces it.

    Start with "bsaudit demo", which needs nothing; then "bsaudit init", "bsaudit doctor" and "bsaudit probe TARGET".
    """
