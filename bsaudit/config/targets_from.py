"""`--targets-from`: names of targets from a file or a command, one a line."""

from __future__ import annotations

import shlex
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bsaudit.config.places import place
from bsaudit.config.targets import ConfiguredTarget
from bsaudit.errors import ConfigError, UsageError
from bsaudit.paths import source_name, user_path, user_text, why_unread
from bsaudit.probe.addressing import canonical
from bsaudit.text import clean_line

COMMAND_S = 60.0
SIZE_LIMIT = 1 << 24
ONE_A_LINE = "Write one mail domain a line."
_REMEDY = "--targets-from takes a file, or a command that prints one target a line."


class Listed(NamedTuple):
    """The targets of a list; `unread` says what is wrong with lines that name none, which hold up no other."""

    targets: tuple[ConfiguredTarget, ...]
    unread: str = ""


def listed(source: str, tables: Sequence[ConfiguredTarget], warn: Callable[[str], None]) -> Listed:
    """Return the targets that `source` names, each with what its [[target]] table says. Raises UsageError."""
    file = user_path(source)
    is_file = file.exists()
    text = _read(source) if is_file else _printed(source)
    own = {table.name: table for table in tables}
    found: list[ConfiguredTarget] = []
    unread: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            name = canonical(" ".join(words))
        except UsageError as error:
            unread.append(f"{place(clean_line(source_name(source)), number)}: {error.message}")
            continue
        here = ConfiguredTarget(name=name, file=source if is_file else None, line=number if is_file else None)
        found.append(own.get(name, here))
    twice = [name for name, times in Counter(target.name for target in found).items() if times > 1]
    if twice:
        more = f" and {len(twice) - 1} others" if len(twice) > 1 else ""
        warn(f"bsaudit: --targets-from names {twice[0]}{more} more than once")
    more = f", and {len(unread) - 1} more" if len(unread) > 1 else ""
    wrong = f"{unread[0]}{more}" if unread else ""
    if wrong and not found:
        raise UsageError(wrong, remedy=ONE_A_LINE)
    return Listed(tuple({target.name: target for target in found}.values()), wrong)


def _read(source: str) -> str:
    try:
        with user_path(source).open("rb") as stream:
            return user_text(stream.read(SIZE_LIMIT))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"--targets-from {clean_line(source)} cannot be read: {why_unread(error)}", remedy=_REMEDY
        ) from error


def _printed(source: str) -> str:
    try:
        done = subprocess.run(  # the user's own command, run without a shell
            shlex.split(source), stdout=subprocess.PIPE, timeout=COMMAND_S, check=True, text=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        reason = getattr(error, "strerror", None) or "it failed"
        raise ConfigError(
            f"--targets-from {clean_line(source_name(source))}: neither a file nor a command that works: {reason}",
            remedy=_REMEDY,
        ) from error
    return done.stdout.removeprefix("\N{BYTE ORDER MARK}")
