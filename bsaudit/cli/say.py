"""Words to the person at the terminal, on stderr. Where nobody can hear them, the work goes on all the same."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click


def say(text: str) -> None:
    """Write `text` to stderr; a full disk or a closed pipe there is no reason to fail."""
    try:
        click.echo(text, err=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Keep the interpreter from failing once more when it flushes the stream at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
