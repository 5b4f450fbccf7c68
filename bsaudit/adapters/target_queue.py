"""The target's own queue, by a command that prints it (`docker exec mail postqueue -j`)."""

from __future__ import annotations

import shlex
from collections.abc import Collection

from bsaudit.adapters.command import printed
from bsaudit.durations import duration
from bsaudit.errors import ServiceError
from bsaudit.judge.target_queue import has_any, is_empty, program_in
from bsaudit.model.queue import Look
from bsaudit.text import clean_line

COMMAND_S = 10.0
_WHERE = "target-queue"


class CommandQueue:
    """Runs the command anew for each look."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._words = shlex.split(command)
        self.program = program_in(command) or clean_line(self._words[0])

    async def look(self, domains: Collection[str] = (), sent: Collection[tuple[str, str]] = ()) -> Look:
        """Look once; `bsaudit.ports.TargetQueue` says what for. Raises ServiceError where nothing can be told."""
        try:
            done = await printed(self._words, COMMAND_S)
        except TimeoutError:
            raise _unknown(f"the command took longer than {duration(COMMAND_S)}") from None
        except OSError as error:
            raise _unknown(f"{clean_line(self._words[0])}: {error.strerror}") from error
        if done.code:
            raise _unknown(clean_line(done.complaint) or f"the command exited with {done.code}")
        listing = done.output.decode("utf-8", "replace")
        empty = is_empty(self._command, listing, domains)
        # Printing nothing is an answer only of a program that had nothing to complain of.
        if empty is None or (empty and not done.output.strip() and done.complaint.strip()):
            raise _unknown(clean_line(done.complaint) or "what the command prints is no queue that is known here")
        return Look(empty=empty, ours=has_any(sent, listing))


def _unknown(why: str) -> ServiceError:
    return ServiceError(why, where=_WHERE)
