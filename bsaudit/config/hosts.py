"""`[[host]]` entries of the configuration file: what the operators of hosts agreed to, beyond the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bsaudit.config.convert import Rate
from bsaudit.config.places import line_of, nearest, place
from bsaudit.errors import ConfigError
from bsaudit.model.settings import HostAgreement
from bsaudit.text import clean_line

_NUMBERS = ("budget", "refused", "connections")
_KEYS = frozenset({"match", "authorized_by", "rate", *_NUMBERS})


def agreements(entries: Any, source: str, text: str) -> tuple[HostAgreement, ...]:
    """Return the agreements of a file. Raises ConfigError, in words that name file and line."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        where = place(source, line_of(text, "host") or line_of(text, key="host"))
        raise ConfigError(f"{where}: host is written [[host]], once for each")
    return tuple(_agreement(entry, number, source, text) for number, entry in enumerate(entries, 1))


def _agreement(entry: Mapping[str, Any], number: int, source: str, text: str) -> HostAgreement:
    def wrong(key: str, problem: str, remedy: str = "") -> ConfigError:
        line = line_of(text, "host", key, number) or line_of(text, "host", number=number)
        return ConfigError(f"{place(source, line)}: host {number}: {key}: {problem}", remedy=remedy)

    for key in sorted(set(entry) - _KEYS):
        raise wrong(clean_line(key), f"unknown key{nearest(key, _KEYS)}", f"Keys: {', '.join(sorted(_KEYS))}.")
    for key in ("match", "authorized_by"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise wrong(key, "is missing", "Say which host it is, and who agreed to it.")
    for key in _NUMBERS:
        if key in entry and not _is_number(entry[key]):
            raise wrong(key, "expected a whole number above zero")
    try:
        rate = float(Rate.parse(entry["rate"])) if "rate" in entry else None
    except ValueError as error:
        raise wrong("rate", str(error)) from error
    numbers = {key: entry[key] for key in _NUMBERS if key in entry}
    return HostAgreement(match=entry["match"].strip(), authorized_by=entry["authorized_by"], rate=rate, **numbers)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
