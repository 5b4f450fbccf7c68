"""`bsaudit init`: a commented configuration file to fill in."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN
from bsaudit.config.layers import FILE_NAME
from bsaudit.config.template import template
from bsaudit.errors import ConfigError

# It names hosts, accounts and where passwords are kept: nobody else's business.
MODE = 0o600


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
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_TRUNC if force else os.O_EXCL)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, flags, MODE)
    except FileExistsError as error:
        raise ConfigError(f"{file} is there already", remedy="Overwrite it with --force.") from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        os.fchmod(descriptor, MODE)
        stream.write(template())
