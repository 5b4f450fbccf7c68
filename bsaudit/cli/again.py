"""`bsaudit probe --again RUN`: the settings and targets of an earlier run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bsaudit.cli import options
from bsaudit.cli.asked import Asked
from bsaudit.cli.running import run
from bsaudit.config.again import REPEATED
from bsaudit.config.layers import Effective
from bsaudit.errors import UsageError
from bsaudit.model.run import RunKind
from bsaudit.wiring.runs import stored_run


def repeated(
    run_id: str, asked: Asked, given: Mapping[str, Any], config: Effective, targets: Sequence[str]
) -> tuple[Effective, tuple[str, ...]]:
    """Return the settings and targets of a run, with what was `given` before them. Raises UsageError, JournalError."""
    if targets:
        raise UsageError(
            f"--again repeats a run with its own targets; {targets[0]} is one too many",
            remedy=f"Leave it out, or audit it by itself: bsaudit probe {targets[0]}",
        )
    recorded = run(stored_run(config.values.journal, run_id))
    recipe = recorded.settings.recipe
    if recipe is None or recorded.kind is not RunKind.AUDIT:
        raise UsageError(
            f"run {recorded.id} cannot be repeated: nothing in the journal says how it was asked for",
            remedy="It was no audit, an earlier version's, or not begun by a command: name targets and options.",
        )
    # What the run did not set is not taken from the environment or the file as they are today.
    earlier: dict[str, Any] = {name: recipe.settings.get(name) for name in REPEATED}
    if given.get("probe"):
        earlier["skip"] = None  # nothing else is tried
    return options.configured(asked, given, earlier), tuple(target.target for target in recorded.targets)
