"""bsaudit finds out, from outside, whether a mail server rejects mail or bounces it.

What `__all__` names is the public API (docs/python.md); it is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bsaudit.errors import BsauditError, Interrupted, NotAuthorized, ServiceError, UsageError
    from bsaudit.judge.explain import Explained, explain
    from bsaudit.model.event import Event
    from bsaudit.model.knowledge import Knowledge, Party
    from bsaudit.model.mail import Route
    from bsaudit.model.notification import Attribution, Kind, Reason
    from bsaudit.model.probe import CountsAs, Outcome, Reached
    from bsaudit.model.report import (
        ErrorEntry,
        Finding,
        NotificationEntry,
        ProbeEntry,
        RecipientEntry,
        Report,
        RunEntry,
        TargetEntry,
        Verdict,
    )
    from bsaudit.model.settings import AuditSettings, CatchKind, CatchSettings, RelaySettings, Secret, Tagging, Tls
    from bsaudit.ports import Observer
    from bsaudit.wiring.runs import run_audit

__version__ = "0.1.0"

__all__ = [
    "Attribution",
    "AuditSettings",
    "BsauditError",
    "CatchKind",
    "CatchSettings",
    "CountsAs",
    "ErrorEntry",
    "Event",
    "Explained",
    "Finding",
    "Interrupted",
    "Kind",
    "Knowledge",
    "NotAuthorized",
    "NotificationEntry",
    "Observer",
    "Outcome",
    "Party",
    "ProbeEntry",
    "Reached",
    "Reason",
    "RecipientEntry",
    "RelaySettings",
    "Report",
    "Route",
    "RunEntry",
    "Secret",
    "ServiceError",
    "Tagging",
    "TargetEntry",
    "Tls",
    "UsageError",
    "Verdict",
    "explain",
    "run_audit",
]

# Where these are defined, what loads fast first. None is called as a module of ours is: importing that would bind it.
_HOMES = ("errors", "model.settings", "model.report", "model.knowledge", "ports", "judge.explain", "wiring.runs")


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for (PEP 562): `import bsaudit` costs nothing."""
    if name in __all__:
        for home in _HOMES:
            module = import_module(f"bsaudit.{home}")
            if hasattr(module, name):
                return globals().setdefault(name, getattr(module, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
