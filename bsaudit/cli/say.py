"""Words to the person at the terminal, on stderr. Where nobody can hear them, the work goes on all the same."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click

from bsaudit.text import clean_block, clean_line

PROGRAM = "bsaudit"
MESSAGE_LIMIT = 1000  # more than this of an error message is somebody else's dump


def say(text: str) -> None:
    """Write `text` to stderr; a full disk or a closed pipe there is no reason to fail."""
    try:
        click.echo(text, err=True)
    except OSError:
        silence(sys.stderr)


def say_error(message: str, remedy: str) -> None:
    """Write an error to stderr: one line, and what to do about it below."""
    text = f"{PROGRAM}: {clean_line(message, MESSAGE_LIMIT)}"
    if remedy:
        text += "\n  " + clean_block(remedy, MESSAGE_LIMIT).replace("\n", "\n  ")
    say(text)


def silence(stream: TextIO) -> None:
    """Keep the interpreter from failing once more when it flushes the stream at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
