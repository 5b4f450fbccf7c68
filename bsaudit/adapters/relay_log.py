"""The relay's log: a file that is followed, or a command that prints it (`ssh relay journalctl -u postfix …`)."""

from __future__ import annotations

import os
from collections.abc import Sequence

from bsaudit.adapters.command import printed
from bsaudit.adapters.regular import open_regular
from bsaudit.durations import duration
from bsaudit.errors import RelayError, UsageError
from bsaudit.paths import user_path, words_of
from bsaudit.text import clean_line

# What one look reads at most: a busy relay writes a few megabytes a minute.
READ_LIMIT = 16 << 20
COMMAND_S = 30.0
_REMEDY = "--relay-log takes a file that you may read, or a command that prints the log."


def open_relay_log(source: str) -> FileLog | CommandLog:
    """Return the log that `source` names: an existing file, or else a command. Raises RelayError, UsageError."""
    path = str(user_path(source)) if source else ""
    return FileLog(path) if os.path.exists(path) else CommandLog(source)  # noqa: PTH110 -- a name, not yet a path


class FileLog:
    """Follows a file from its present end; starts over when it was rotated."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            with open_regular(path) as stream:
                facts = os.fstat(stream.fileno())
        except OSError as error:
            raise _unreadable(path, error) from error
        self._file, self._offset = (facts.st_dev, facts.st_ino), facts.st_size
        self._rest = b""

    async def new_lines(self) -> Sequence[str]:
        try:
            with open_regular(self._path) as stream:
                facts = os.fstat(stream.fileno())
                file = (facts.st_dev, facts.st_ino)
                if file != self._file or facts.st_size < self._offset:
                    self._file, self._offset, self._rest = file, 0, b""
                stream.seek(self._offset)
                data = self._rest + stream.read(READ_LIMIT)
                self._offset = stream.tell()
        except OSError as error:
            raise _unreadable(self._path, error) from error
        *lines, self._rest = data.split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]


class CommandLog:
    """Runs a command and returns the lines that it did not print before."""

    def __init__(self, command: str) -> None:
        self._words = _split(command)
        self._seen: set[str] = set()

    async def new_lines(self) -> Sequence[str]:
        try:
            done = await printed(self._words, COMMAND_S)
        except TimeoutError:
            raise RelayError(f"the command for the relay's log took longer than {duration(COMMAND_S)}") from None
        except OSError as error:
            raise _unreadable(self._words[0], error) from error
        if done.code:
            raise RelayError(
                f"the command for the relay's log failed: {clean_line(done.complaint) or done.code}",
                remedy="Try it in a shell; it has to print the relay's log.",
            )
        # bytes: in text, U+2028 and others end a line, too, and a client of the relay may say them
        lines = [line.decode("utf-8", "replace") for line in done.output[-READ_LIMIT:].split(b"\n") if line]
        fresh = [line for line in lines if line not in self._seen]
        self._seen = set(lines)
        return fresh


def _split(command: str) -> list[str]:
    words = words_of(command)
    if not words:
        raise UsageError(f'--relay-log "{command}" is neither a file nor a command', remedy=_REMEDY)
    return words


def _unreadable(path: str, error: OSError) -> RelayError:
    return RelayError(
        f"the relay's log {clean_line(path)} cannot be read: {error.strerror}",
        remedy=_REMEDY,
    )
