"""`[[host]]` entries of the configuration file: what the operators of hosts agreed to, beyond the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bsaudit.config.convert import Rate
from bsaudit.errors import ConfigError
from bsaudit.model.settings import HostAgreement
from bsaudit.text import clean_line

_NUMBERS = ("budget", "refused", "connections")
_KEYS = frozenset({"match", "authorized_by", "rate", *_NUMBERS})


def agreements(entries: Any, source: str) -> tuple[HostAgreement, ...]:
    """Return the agreements of a file. Raises ConfigError, in words that name the entry."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{source}: host is written [[host]], once for each")
    return tuple(_agreement(entry, f"{source}: host {number}") for number, entry in enumerate(entries, 1))


def _agreement(entry: Mapping[str, Any], where: str) -> HostAgreement:
    if unknown := sorted(set(entry) - _KEYS):
        raise ConfigError(f"{where}: unknown key {clean_line(unknown[0])}", remedy=f"Keys: {', '.join(sorted(_KEYS))}.")
    for name in ("match", "authorized_by"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise ConfigError(f"{where}: {name} is missing", remedy="Say which host it is, and who agreed to it.")
    try:
        rate = float(Rate.parse(entry["rate"])) if "rate" in entry else None
    except ValueError as error:
        raise ConfigError(f"{where}: rate: {error}") from error
    numbers = {name: _number(entry[name], f"{where}: {name}") for name in _NUMBERS if name in entry}
    return HostAgreement(match=entry["match"].strip(), authorized_by=entry["authorized_by"], rate=rate, **numbers)


def _number(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigError(f"{where}: expected a whole number above zero")
    return value
