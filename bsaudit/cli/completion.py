"""`bsaudit completion`: the script by which a shell completes commands, options and their values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from bsaudit.cli.command import DONE, Command
from bsaudit.cli.guard import COMPLETE_VARIABLE
from bsaudit.cli.root import root
from bsaudit.cli.say import PROGRAM

SHELLS = ("bash", "zsh", "fish")


@click.command(
    cls=Command,
    examples=("bsaudit completion bash",),
    exits=DONE,
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(*, shell: str) -> None:
    """Print the script with which SHELL completes commands, options, targets, runs, kinds, formats and profiles.

    Put it where the shell reads it at its start, and open a new one:

    bash: eval "$(bsaudit completion bash)" in ~/.bashrc.

    zsh: eval "$(bsaudit completion zsh)" in ~/.zshrc, below compinit.

    fish: bsaudit completion fish > ~/.config/fish/completions/bsaudit.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(root, {}, PROGRAM, COMPLETE_VARIABLE).source())
