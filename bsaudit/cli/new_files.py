"""Files that nothing is written over, and what is said where one cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bsaudit.adapters.new_file import NewFile
from bsaudit.errors import UsageError
from bsaudit.text import clean_line


def filled(path: Path, content: bytes) -> NewFile:
    """Return a new file with this in it, still without its name. Raises OSError."""
    file = NewFile(path)
    file.write(content)
    return file


def finished(option: str, path: Path, opened: Callable[[], NewFile]) -> UsageError | None:
    """Give a file its name; return why it cannot have it, if so. `option` named it."""
    try:
        opened().finish()
    except FileExistsError:
        return there_already(option, path)
    except OSError as error:
        return unwritten(option, path, error)
    return None


def there_already(option: str, path: Path) -> UsageError:
    """Return the error about a name that something has."""
    return UsageError(f"{option}: {clean_line(str(path))} is there already", remedy="Name a new file.")


def unwritten(option: str, path: Path, error: OSError) -> UsageError:
    """Return the error about a file that cannot be written."""
    return UsageError(f"{option}: {clean_line(str(path))} cannot be written: {error.strerror}")
