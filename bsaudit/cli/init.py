"""`bsaudit init`: a commented configuration file to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN
from bsaudit.cli.new_files import filled
from bsaudit.config.layers import FILE_NAME
from bsaudit.config.template import template
from bsaudit.errors import ConfigError


@click.command(
    cls=Command,
    examples=(
        "bsaudit init",
        "bsaudit init --force ~/.config/bsaudit/bsaudit.toml",
    ),
    exits=DONE,
)
@click.argument("file", type=click.Path(dir_okay=False, readable=False, path_type=Path), default=Path(FILE_NAME))
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def command(file: Path, *, force: bool) -> int:
    """Write a commented configuration to FILE (./bsaudit.toml), readable by you alone."""
    _write(file, force=force)
    click.echo(f'{file} written. Fill in relay, catch and catch_address, then try "bsaudit doctor".', err=True)
    return CLEAN


def _write(file: Path, *, force: bool) -> None:
    """Write it whole or not at all: on a full disk a configuration that was filled in stays."""
    try:
        if file.is_symlink():
            raise ConfigError(f"{file} is a link", remedy="Name the file itself.")
        if file.exists() and not force:
            raise ConfigError(f"{file} is there already", remedy="Overwrite it with --force.")
        file.parent.mkdir(parents=True, exist_ok=True)
        filled(file, template().encode()).finish(over=True)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from error
