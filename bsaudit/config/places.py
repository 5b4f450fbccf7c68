"""Where in the configuration file something stands: the TOML reader tells values, not lines."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")


def line_of(text: str, table: str = "", key: str = "", number: int = 1) -> int | None:
    """Return the line of a key, or of the header of the `number`th table of that name; None where it is not found.

    `table` is the name as it stands between the brackets, "" what stands before all of them.
    """
    current, seen = "", {"": 1}
    wanted = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
    for line_number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            current = header[2].replace('"', "").replace("'", "")
            seen[current] = seen.get(current, 0) + 1
            if not key and (current, seen[current]) == (table, number):
                return line_number
        elif key and (current, seen[current]) == (table, number) and wanted.match(line):
            return line_number
    return None


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which of the names that there are was meant, if one is close."""
    close = difflib.get_close_matches(name.replace("-", "_"), list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def place(source: str, line: int | None) -> str:
    """Return how a place is named: as compilers do, so that editors go there."""
    return f"{source}:{line}" if line else source
