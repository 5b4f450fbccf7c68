"""`bsaudit config show`: what holds, and why."""

from __future__ import annotations

import os

import click

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.exit_codes import CLEAN
from bsaudit.config.layers import Effective, as_text
from bsaudit.config.urls import without_password
from bsaudit.config.values import SETTINGS
from bsaudit.text import clean_line

MASKED = "(set, not shown)"
SECRET_VARIABLES = ("BSAUDIT_RELAY_PASSWORD", "BSAUDIT_CATCH_PASSWORD", "BSAUDIT_VALID_PASSWORD")


@click.group()
def command() -> None:
    """Show the effective configuration."""


@command.command()
@options.settings()
@click.pass_obj
def show(asked: Asked, /, **given: str | None) -> int:
    """Print every setting, its value and where that came from."""
    config = options.configured(asked, given)
    click.echo(f"# file: {config.file or 'none found'}")
    for line in _lines(config):
        click.echo(line)
    return CLEAN


def _lines(config: Effective) -> list[str]:
    rows = [(name, _value(config, name), config.sources[name]) for name in SETTINGS]
    rows += [(name, MASKED, "environment") for name in SECRET_VARIABLES if os.environ.get(name)]
    width = max(len(name) for name, _, _ in rows)
    return [f"{name:{width}} = {clean_line(value) or '(none)'}  # {clean_line(source)}" for name, value, source in rows]


def _value(config: Effective, name: str) -> str:
    """Return a value as text; a command line may hold a secret of its own."""
    value = getattr(config.values, name)
    if name.endswith("_command") and value:
        return MASKED
    return without_password(as_text(value))
