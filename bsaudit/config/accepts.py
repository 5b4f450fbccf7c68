"""`[[accept]]` entries and `--baseline`: the backscatter that is known, from the configuration or an earlier report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import msgspec
from msgspec import Struct

from bsaudit.config.places import line_of, place
from bsaudit.errors import ConfigError, UsageError
from bsaudit.judge.condition import AT, ORDINARY
from bsaudit.model.baseline import Accept
from bsaudit.paths import user_path, user_text, why_unread
from bsaudit.probe.addressing import canonical
from bsaudit.probe.catalogue import KINDS
from bsaudit.text import clean_line

KEYS = ("target", "probe", "reason", "owner", "expires")
_NEEDED = ("target", "reason", "owner", "expires")
_EXAMPLE = 'An entry has target, reason, owner and expires = 2026-12-31; probe = "KIND[:SHAPE]" if it is not for all.'


def accepts(entries: Any, source: str, text: str) -> tuple[Accept, ...]:
    """Return what a file accepts. Raises ConfigError, in words that name file and line."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        where = place(source, line_of(text, "accept") or line_of(text, key="accept"))
        raise ConfigError(f"{where}: accept is written [[accept]], once for each")
    return tuple(_accept(entry, number, source, text) for number, entry in enumerate(entries, 1))


def _accept(entry: Mapping[str, Any], number: int, source: str, text: str) -> Accept:
    def wrong(key: str, problem: str) -> ConfigError:
        line = line_of(text, "accept", key, number) or line_of(text, "accept", number=number)
        return ConfigError(f"{place(source, line)}: accept {number}: {key}: {problem}", remedy=_EXAMPLE)

    for key, problem in _problems(entry):
        raise wrong(key, problem)
    try:
        target = canonical(entry["target"])
    except UsageError as error:
        raise wrong("target", error.message) from error
    expires_at = _end_of(entry["expires"])
    if expires_at is None:
        raise wrong("expires", "not a date: write 2026-12-31")
    return Accept(
        target=target, probe=entry.get("probe"), reason=entry["reason"], owner=entry["owner"], expires_at=expires_at
    )


def _problems(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Say what is wrong with the keys of an entry."""
    for key in entry:
        if key not in KEYS:
            yield clean_line(key), "unknown key"
    for key in _NEEDED:
        if not entry.get(key):
            yield key, "is missing"
    for key in ("target", "reason", "owner", "probe"):
        if not isinstance(entry.get(key, ""), str):
            yield key, "expected text"
    kind = str(entry.get("probe", ORDINARY)).partition(AT)[0].partition(":")[0]
    if kind not in {*KINDS, ORDINARY}:
        yield "probe", f"{clean_line(kind)!r} is no kind of probe"


def _end_of(value: Any) -> datetime | None:
    """Return the last moment of a day, in UTC; the moment itself where it is one."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time(23, 59, 59), UTC) if isinstance(value, date) else None


# An earlier report, as little of it as is needed: one of another version will do.


class _Probe(Struct):
    kind: str
    counts_as: str
    shape: str | None = None
    mail_exchanger: str | None = None
    target: str | None = None
    control: str | None = None


class _Target(Struct):
    target: str
    verdict: str
    probes: list[_Probe] = []


class _Run(Struct):
    controls: list[_Probe] = []


class _Report(Struct):
    targets: list[_Target]
    run: _Run | None = None


def read_baseline(
    named: str | None, *, on_command_line: bool, warn: Callable[[str], None]
) -> dict[str, frozenset[str]] | None:
    """Return what bounced in an earlier JSON report, by target; None where there is none.

    Raises UsageError for a file that cannot be read; for one that only the configuration names and that is not there
    yet, it warns.
    """
    if named is None:
        return None
    shown = clean_line(named)
    try:
        report = msgspec.json.decode(user_text(user_path(named).read_bytes()), type=_Report)
    except FileNotFoundError as error:
        if on_command_line:
            raise UsageError(f"--baseline {shown} is not there", remedy=_HOW) from error
        warn(f"bsaudit: the baseline {shown} is not there yet: everything is new")
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--baseline {shown} cannot be read: {why_unread(error)}", remedy=_HOW) from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"--baseline {shown} is no JSON report of bsaudit", remedy=_HOW) from error
    return {target.target: _bounced(target, report.run) for target in report.targets}


_HOW = "Write one with --format json=FILE."


def _bounced(target: _Target, run: _Run | None) -> frozenset[str]:
    names = {_name(probe) for probe in target.probes if probe.counts_as == "backscatter"}
    controls = run.controls if run else []
    mine = [probe for probe in controls if probe.target == target.target and probe.counts_as == "backscatter"]
    guilty = target.verdict == "backscatter"
    return frozenset(names | ({ORDINARY} if mine or (guilty and not names) else set()))


def _name(probe: _Probe) -> str:
    name = f"{probe.kind}:{probe.shape}" if probe.shape else probe.kind
    return f"{name}{AT}{probe.mail_exchanger.lower()}" if probe.mail_exchanger else name
