"""What the shell completes beyond the names of commands and options. What cannot be read completes to nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable

import click

from bsaudit.config.layers import Effective, effective, profiles
from bsaudit.errors import BsauditError

LIMIT = 100  # of runs: more than anybody picks from
Completes = Callable[[click.Context, click.Parameter, str], list[str]]


def _completes(found: Callable[[click.Context, str], Iterable[str]]) -> Completes:
    def complete(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        with contextlib.suppress(BsauditError):
            return [one for one in found(context, incomplete) if one.startswith(incomplete)]
        return []

    return complete


def _config(context: click.Context) -> Effective:
    given = context.params
    options = {"journal": given.get("journal")}
    return effective(options, os.environ, file=given.get("config"), profile=given.get("profile"))


def _targets(context: click.Context, _incomplete: str) -> Iterable[str]:
    return (target.name for target in _config(context).targets)


def _profiles(context: click.Context, _incomplete: str) -> Iterable[str]:
    return profiles(os.environ, context.params.get("config"))


def _kinds(_context: click.Context, incomplete: str) -> Iterable[str]:
    """Yield kinds, and once one is typed with its colon, its shapes."""
    from bsaudit.probe.catalogue import KINDS  # only for the shell

    kind, colon, _ = incomplete.partition(":")
    if not colon:
        return KINDS
    row = KINDS.get(kind)
    return () if row is None else (f"{kind}:{shape}" for shape in (*(one.name for one in row.shapes), "all"))


def _runs(context: click.Context, _incomplete: str) -> Iterable[str]:
    import asyncio

    return asyncio.run(_ids(_config(context).values.journal))


async def _ids(url: str | None) -> list[str]:
    from bsaudit.wiring.tools import journal_at

    async with journal_at(url) as journal:
        return [run.id for run in await journal.runs(LIMIT, audits=True)]


targets, profile_names, kinds, runs = map(_completes, (_targets, _profiles, _kinds, _runs))
