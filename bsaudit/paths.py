"""Paths and text files as people write them."""

from __future__ import annotations

import codecs
import os
import shlex
from pathlib import Path

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
IN_UTF_16 = "it is in UTF-16, as > of Windows PowerShell writes; save it as UTF-8"


def user_path(text: str) -> Path:
    """Return the path with `~` and `~user` replaced; a home that nobody has stays, and is not found."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 — Path.expanduser raises RuntimeError there


def working_directory() -> str | None:
    """Return where we are; None where that was deleted."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return None


def source_name(source: str) -> str:
    """Return what a file or else a command is called where others read it: of a command the program alone.

    Its words may be secret: a token that it is given, say.
    """
    if user_path(source).exists():
        return source
    words = words_of(source)
    return (words[0] if words else source) + (" …" if len(words) > 1 else "")


def words_of(command: str) -> list[str]:
    """Return the words of a command, none where a quote is left open."""
    try:
        return shlex.split(command)
    except ValueError:
        return []


def user_text(content: bytes, errors: str = "strict") -> str:
    """Return what a file in UTF-8 says that somebody's editor wrote: those of Windows begin it with a mark (U+FEFF)."""
    return content.decode("utf-8-sig", errors)


def why_unread(error: OSError | UnicodeDecodeError) -> str:
    """Return why a text file could not be read, or what it is if it is no text as we read it."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return IN_UTF_16 if error.object.startswith(UTF_16) else "it is not text in UTF-8"
