"""`bsaudit config show`: what holds, and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import click

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.command import DONE, Command
from bsaudit.cli.exit_codes import CLEAN
from bsaudit.config.layers import Effective, as_text
from bsaudit.config.urls import without_password
from bsaudit.config.values import SETTINGS
from bsaudit.paths import source_name
from bsaudit.text import clean_line

MASKED = "(set, not shown)"
SECRET_VARIABLES = (
    "BSAUDIT_RELAY_PASSWORD",
    "BSAUDIT_CATCH_PASSWORD",
    "BSAUDIT_VALID_PASSWORD",
    "BSAUDIT_SPAMCOP_ADDRESS",
)


@click.group()
def command() -> None:
    """Show the effective configuration."""


@command.command(
    cls=Command, examples=("bsaudit config show", "bsaudit config show --changed --profile staging"), exits=DONE
)
@options.settings()
@click.option("--changed", is_flag=True, help="Only what is not as it is by default, and the tables of the file.")
@click.pass_obj
def show(asked: Asked, /, *, changed: bool, **given: str | None) -> int:
    """Print every setting, its value and where that came from."""
    config = options.configured(asked, given)
    click.echo(f"# file: {config.file or 'none found'}")
    for line in _lines(config, [name for name in SETTINGS if config.is_set(name) or not changed]):
        click.echo(line)
    for line in _tables(config):
        click.echo(line)
    return CLEAN


def _tables(config: Effective) -> Iterator[str]:
    """Tell of the tables of the file in a line each."""
    for host in config.hosts:
        yield f"[[host]] {clean_line(host.match)}  # {clean_line(host.authorized_by)}"
    for target in config.targets:
        own = ", ".join(f"{name} = {clean_line(_shown(name, one))}" for name, one in target.values.items())
        yield f"[[target]] {target.name}{f': {own}' if own else ''}  # line {target.line}"
    for accept in config.accepts:
        what = f"{accept.target} {accept.probe or ''}".rstrip()
        yield f"[[accept]] {clean_line(what)}: {clean_line(accept.reason)}  # until {accept.expires_at:%Y-%m-%d}"


def _lines(config: Effective, names: Iterable[str]) -> list[str]:
    rows = [(name, _value(config, name), config.sources[name]) for name in names]
    rows += [(name, MASKED, "environment") for name in SECRET_VARIABLES if os.environ.get(name)]
    width = max((len(name) for name, _, _ in rows), default=0)
    return [f"{name:{width}} = {clean_line(value) or '(none)'}  # {clean_line(source)}" for name, value, source in rows]


def _value(config: Effective, name: str) -> str:
    return _shown(name, getattr(config.values, name))


# Each may be, or is, a command.
_SOURCES = frozenset({"relay_log", "target_queue", "targets_from", "log"})


def _shown(name: str, value: Any) -> str:
    """Return a value as text; a command line may hold a secret of its own."""
    if (name.endswith("_command") or name == "on_change") and value:
        return MASKED
    if name in _SOURCES and value:
        value = source_name(value) if isinstance(value, str) else tuple(map(source_name, value))
    return without_password(as_text(value))
