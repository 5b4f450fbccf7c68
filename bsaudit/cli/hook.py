"""`on_change`: the user's own command, told of a target's new state on stdin."""

from __future__ import annotations

import shlex
import subprocess

import msgspec

from bsaudit.cli.say import say
from bsaudit.durations import duration
from bsaudit.model.history import StateChange
from bsaudit.model.report import SCHEMA_VERSION
from bsaudit.report.plain import plain
from bsaudit.text import clean_line

# A command that sends a message takes seconds; one that hangs must not hold up the night.
COMMAND_S = 60.0
STDERR = 2  # the descriptor: where the stream was closed, the guard has put another one


class Hook:
    """Runs the command for each change, and says whether that was told; one that fails is told on stderr."""

    def __init__(self, command: str | None) -> None:
        self._command = command

    def __call__(self, change: StateChange) -> bool:
        if not self._command:
            return True  # nobody asked
        told = msgspec.json.encode({"schema_version": SCHEMA_VERSION, **plain(change)}) + b"\n"
        try:
            # The user's own command, run without a shell. What it prints is not part of our report.
            subprocess.run(shlex.split(self._command), input=told, stdout=STDERR, timeout=COMMAND_S, check=True)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            say(f"bsaudit: on_change failed for {clean_line(change.target)}: {_reason(error)}")
            return False
        return True


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"it exited with {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it took more than {duration(COMMAND_S)}"
    return getattr(error, "strerror", None) or str(error)
