"""`[[target]]` entries of the configuration file: the targets of `bsaudit check`, each with what is its own."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, get_origin

from msgspec import Meta, Struct

from bsaudit.config.convert import convert
from bsaudit.config.places import line_of, nearest, place
from bsaudit.config.values import SETTINGS, Many
from bsaudit.errors import ConfigError, UsageError
from bsaudit.judge.parties import whose_else
from bsaudit.probe.addressing import canonical, domain_of_target
from bsaudit.text import clean_line

# One run has them for all its targets together: each is bound to its target by the domain in it, or by `Terms`.
JOINED = (
    "valid_recipient",
    "full_recipient",
    "disabled_recipient",
    "autoresponder",
    "forwarder",
    "mailing_list",
    "alias_domain",
)
TERMS = ("authorized_by", "expected_mx", "target_host")
POLICY = ("interval", "max_age", "recover_after", "require")
# Targets that differ in one of these are audited in runs of their own.
APART = (
    "route",
    "mx",
    "port",
    "rule",
    "probe",
    "skip",
    "plan",
    "wait",
    "grace",
    "rate",
    "max_probes",
    "third_party_permission",
    "catch_vouched_by",
    "target_queue",
)
# Of the log of its own server; no settings, as what one log says holds for no other target.
LOG: dict[str, tuple[Any, Any]] = {
    "log": (Many, Many),
    "log_own": (Many, Many),
    "max_notices": (int, Annotated[int, Meta(ge=0)]),
}
KEYS = ("name", *JOINED, *TERMS, *POLICY, *LOG, *APART)


class ConfiguredTarget(Struct, frozen=True, kw_only=True):
    """One target to check, what was set for it alone, and where that stands."""

    name: str
    values: dict[str, Any] = {}
    file: str | None = None
    line: int | None = None


def configured_targets(entries: Any, source: str, text: str) -> tuple[ConfiguredTarget, ...]:
    """Return the targets of a file. Raises ConfigError, in words that name file and line."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        where = place(source, line_of(text, "target") or line_of(text, key="target"))
        raise ConfigError(f"{where}: target is written [[target]], once for each")
    found = tuple(_target(entry, number, source, text) for number, entry in enumerate(entries, 1))
    _refuse_twice(found, source)
    return found


def _target(entry: Mapping[str, Any], number: int, source: str, text: str) -> ConfiguredTarget:
    line = line_of(text, "target", number=number)

    def wrong(key: str, problem: str, remedy: str = "") -> ConfigError:
        at = place(source, line_of(text, "target", key, number) or line)
        return ConfigError(f"{at}: target {number}: {key}: {problem}", remedy=remedy)

    if not isinstance(entry.get("name"), str):
        raise wrong("name", "is missing", 'Say which domain it is: name = "example.org"')
    try:
        name = canonical(entry["name"])
    except UsageError as error:
        raise wrong("name", error.message, error.remedy) from error
    values = {}
    for key, raw in entry.items():
        if key == "name":
            continue
        if key not in KEYS:
            raise wrong(clean_line(key), f"unknown key{nearest(key, KEYS)}", f"Keys: {', '.join(KEYS)}.")
        try:
            values[key] = typed(key, raw)
        except ValueError as error:
            raise wrong(key, str(error)) from error
    for problem in _of_log(values):
        raise wrong(*problem)
    return ConfiguredTarget(name=name, values=values, file=source, line=line)


def _of_log(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Return what is wrong with the keys of a log: key, problem and remedy."""
    for key in ("log_own", "max_notices"):
        if key in values and not values.get("log"):
            yield key, "is of no use without a log", 'Name it: log = "/var/log/mail.log"'
    for domain in values.get("log_own", ()):
        try:
            name = domain_of_target(domain)
        except UsageError as error:
            yield "log_own", error.message, error.remedy
            continue
        if others := whose_else(name):
            yield "log_own", others, "Name what is yours below it."


def typed(key: str, raw: Any) -> Any:
    """Return the value of a key of the file as its setting has it: one text may stand for a list of one."""
    bare, whole = LOG[key] if key in LOG else (SETTINGS[key].bare, SETTINGS[key].type)
    return convert((raw,) if get_origin(bare) is tuple and isinstance(raw, str) else raw, bare, whole)


def _refuse_twice(targets: Iterable[ConfiguredTarget], source: str) -> None:
    seen: dict[str, ConfiguredTarget] = {}
    for target in targets:
        first = seen.setdefault(target.name, target)
        if first is not target:
            at = f" (the first in line {first.line})" if first.line else ""
            raise ConfigError(
                f"{place(source, target.line)}: {target.name} is a target twice{at}",
                remedy="Leave one of the two tables out, or put them together.",
            )


def chosen(targets: Sequence[ConfiguredTarget], names: Sequence[str]) -> tuple[ConfiguredTarget, ...]:
    """Return the targets that are named; all of them, where none is. Raises UsageError for one that is none of them."""
    known = {target.name: target for target in targets}
    found = []
    for name in dict.fromkeys(map(canonical, names)):
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            near = f"; did you mean {close[0]}?" if close else ""
            raise UsageError(
                f"{name} is no target of the configuration{near}",
                remedy=f'Add it as [[target]] with name = "{name}", or audit it now: bsaudit probe {name}',
            )
        found.append(known[name])
    return tuple(found) if names else tuple(targets)
