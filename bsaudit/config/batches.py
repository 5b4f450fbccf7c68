"""The targets of a check as batches: those that one run can audit, with its controls once for all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.config.layers import Effective
from bsaudit.config.settings import audit_settings
from bsaudit.config.targets import APART, JOINED, TERMS, ConfiguredTarget
from bsaudit.config.values import Values
from bsaudit.errors import UsageError
from bsaudit.model.domain import ascii_domain
from bsaudit.model.history import Policy
from bsaudit.model.logs import LogSource
from bsaudit.model.settings import DEFAULT_MAX_MESSAGES, AuditSettings, Terms
from bsaudit.probe.addressing import canonical

# What a decision is worth beyond its intervals: a night may begin late, and take long.
SLACK_S = 2 * 3600.0
INTERVALS = 3
_OWN = "[[target]]"


class Shard(Struct, frozen=True):
    """One of several equal parts of the targets: which one stays the same from night to night."""

    number: int = 1
    of: int = 1

    def has(self, target: str) -> bool:
        digest = hashlib.sha256(target.encode()).digest()
        return int.from_bytes(digest[:8]) % self.of == self.number - 1


def policy_of(target: ConfiguredTarget, values: Values) -> Policy:
    """Return what the state of a target goes by."""
    own = target.values
    max_age = own.get("max_age", values.max_age)
    age_s = INTERVALS * interval_of(target, values) + SLACK_S if max_age is None else float(max_age)
    return Policy(max_age_s=age_s, recover_after=own.get("recover_after", values.recover_after))


def interval_of(target: ConfiguredTarget, values: Values) -> float:
    return float(target.values.get("interval", values.interval))


def log_of(target: ConfiguredTarget, config: Effective) -> LogSource | None:
    """Return the log that a target names. Own there are all targets that name it, too, with their other domains."""
    read = target.values.get("log")
    if not read:
        return None
    mine = [one for one in config.targets if one.values.get("log") == read]
    own = {one.name.rpartition("@")[2] for one in mine}
    own |= {domain for one in mine for key in ("alias_domain", "log_own") for domain in one.values.get(key, ())}
    own = set(map(ascii_domain, own))
    return LogSource(
        read=read,
        own=tuple(sorted(own)),
        period_s=interval_of(target, config.values),
        max_notices=target.values.get("max_notices"),
    )


def batches(
    config: Effective, targets: Iterable[ConfiguredTarget], environ: Mapping[str, str]
) -> Iterator[AuditSettings]:
    """Return the settings of each run. Raises UsageError or ConfigError for the first that cannot go on."""
    alike: dict[tuple[Any, ...], list[ConfiguredTarget]] = {}
    for target in targets:
        alike.setdefault(tuple(target.values.get(key) for key in APART), []).append(target)
    for group in alike.values():
        size = max(1, DEFAULT_MAX_MESSAGES // _for(config, group[:1]).values.max_probes)
        for first in range(0, len(group), size):
            yield _settings(config, group[first : first + size], environ)


def _settings(config: Effective, group: Sequence[ConfiguredTarget], environ: Mapping[str, str]) -> AuditSettings:
    names = [target.name for target in group]
    return replace(
        audit_settings(_for(config, group), names, environ), terms=tuple(map(_terms, group)), unattended=True
    )


def _terms(target: ConfiguredTarget) -> Terms:
    own = target.values
    return Terms(
        target=target.name,
        authorized_by=own.get("authorized_by"),
        expected_mx=own.get("expected_mx", ()),
        alias_domains=own.get("alias_domain", ()),
        target_hosts=own.get("target_host", ()),
    )


def _for(config: Effective, group: Sequence[ConfiguredTarget], keys: Sequence[str] = APART) -> Effective:
    """Return the settings for targets that have the same of `keys`; what an option says goes before their tables."""
    said_here = {key for key, source in config.sources.items() if source.startswith("--")}
    own = {key: group[0].values[key] for key in keys if key in group[0].values and key not in said_here}
    for key in JOINED:
        joined = dict.fromkeys(getattr(config.values, key))
        for target in group:
            joined |= dict.fromkeys(target.values.get(key, ()))
        if joined:
            own[key] = tuple(joined)
    told = {key: source if key not in own else _OWN for key, source in config.sources.items()}
    return replace(config, values=replace(config.values, **own), sources=told)


def for_probe(config: Effective, names: Sequence[str]) -> Effective:
    """Return the settings for targets that are named to `probe`, with what the tables of those that have one say.

    One run has one way, one pace and one permission. Raises UsageError where the tables want several.
    """
    tables = {target.name: target for target in config.targets}
    group = [tables.get(name) or ConfiguredTarget(name=name) for name in map(canonical, names)]
    keys = (*APART, *TERMS)
    for key in keys:
        if not config.sources[key].startswith("--") and len({target.values.get(key) for target in group}) > 1:
            raise UsageError(
                f"the [[target]] tables of {', '.join(names)} differ in {key}, and one run has one",
                remedy=f"Give --{key.replace('_', '-')}, name each in a command of its own, or use bsaudit check.",
            )
    return _for(config, group, keys)
