"""The command that repeats a run, or one probe of it. Pure.

It names the run and nothing else: whatever else it said could be another server, another route or another mailbox.
"""

from __future__ import annotations

import shlex

from bsaudit.model.probe import Probe
from bsaudit.model.run import RunKind, RunRecord
from bsaudit.probe.catalogue import KINDS
from bsaudit.text import clean_line


def again(run: RunRecord) -> str | None:
    """Return the command that does again what `run` did; None where no command asked for it."""
    if run.settings.recipe is None or run.kind is not RunKind.AUDIT:
        return None
    return " ".join(filter(None, ["bsaudit probe --again", run.id, found_by(run)]))


def found_by(run: RunRecord) -> str:
    """Return the options by which a command finds this run's journal and secrets; "" where it needs none."""
    return clean_line(run.settings.recipe.found_by) if run.settings.recipe else ""


def repeated(command: str | None, probe: Probe) -> str | None:
    """Return the command that repeats one probe of that run; every plan has its controls."""
    if command is None or probe.control is not None:
        return command
    return f"{command} --probe {shlex.quote(clean_line(_asked_for(probe)))}"


def _asked_for(probe: Probe) -> str:
    """Return the kind, and the shape where the kind alone would not bring it."""
    shapes = KINDS[probe.kind].shapes if probe.kind in KINDS else ()
    on_request = any(shape.name == probe.shape and not shape.default for shape in shapes)
    return f"{probe.kind}:{probe.shape}" if on_request else probe.kind
