"""bsaudit finds out, from outside, whether a mail server rejects mail or bounces it.

What `__all__` names is the public API (docs/python.md); it is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bsaudit.errors import BsauditError, Interrupted, NotAuthorized, ServiceError, UsageError
    from bsaudit.judge.explain import Explained, explain
    from bsaudit.model.baseline import BaselineEntry, KnownProblem
    from bsaudit.model.event import (
        Arrived,
        Event,
        Phase,
        Planned,
        Retrying,
        RunFinished,
        RunStarted,
        Sending,
        Sent,
        Settled,
        Waiting,
    )
    from bsaudit.model.knowledge import Knowledge, Party
    from bsaudit.model.logs import LogTotals, TargetLog
    from bsaudit.model.mail import Exchange, Host, MailExchanger, Reply, ReplySource, Route, Stage
    from bsaudit.model.notification import Action, Attribution, Evidence, Kind, Reason, Returned, Strength
    from bsaudit.model.probe import Acceptance, CountsAs, Difference, Outcome, Reached, Role
    from bsaudit.model.report import (
        Accepted,
        Advice,
        Basis,
        CatchEntry,
        ChangeEntry,
        Client,
        Contacts,
        Envelope,
        ErrorEntry,
        Example,
        ExchangerEntry,
        Finding,
        HandedBack,
        HostEntry,
        Listing,
        Next,
        NotificationEntry,
        Paste,
        PlannedOut,
        ProbeEntry,
        ProbeRecipient,
        RecipientEntry,
        RelayEntry,
        Report,
        RuleEntry,
        RunEntry,
        Severity,
        TargetEntry,
        ToolEntry,
        Verdict,
    )
    from bsaudit.model.settings import (
        AuditSettings,
        CatchKind,
        CatchSettings,
        Extent,
        HostAgreement,
        Recipe,
        RelaySettings,
        Secret,
        Tagging,
        Terms,
        Tls,
    )
    from bsaudit.model.state import CheckEntry, Condition, OwnSidePart, TargetState
    from bsaudit.model.way_back import Grade, ShownBy, WayBack
    from bsaudit.ports import Observer
    from bsaudit.wiring.runs import run_audit

__version__ = "0.1.0"

__all__ = [
    "Acceptance",
    "Accepted",
    "Action",
    "Advice",
    "Arrived",
    "Attribution",
    "AuditSettings",
    "BaselineEntry",
    "Basis",
    "BsauditError",
    "CatchEntry",
    "CatchKind",
    "CatchSettings",
    "ChangeEntry",
    "CheckEntry",
    "Client",
    "Condition",
    "Contacts",
    "CountsAs",
    "Difference",
    "Emptiness",
    "Envelope",
    "ErrorEntry",
    "Event",
    "Evidence",
    "Example",
    "Exchange",
    "ExchangerEntry",
    "Explained",
    "Extent",
    "Finding",
    "Grade",
    "HandedBack",
    "Host",
    "HostAgreement",
    "HostEntry",
    "Interrupted",
    "Kind",
    "Knowledge",
    "KnownProblem",
    "Listing",
    "LogTotals",
    "MailExchanger",
    "Next",
    "NotAuthorized",
    "NotificationEntry",
    "Observer",
    "Outcome",
    "OwnSidePart",
    "Party",
    "Paste",
    "Phase",
    "Planned",
    "PlannedOut",
    "ProbeEntry",
    "ProbeRecipient",
    "QueueWatch",
    "Reached",
    "Reason",
    "Recipe",
    "RecipientEntry",
    "RelayEntry",
    "RelaySettings",
    "Reply",
    "ReplySource",
    "Report",
    "Retrying",
    "Returned",
    "Role",
    "Route",
    "RuleEntry",
    "RunEntry",
    "RunFinished",
    "RunStarted",
    "Secret",
    "Sending",
    "Sent",
    "ServiceError",
    "Settled",
    "Severity",
    "ShownBy",
    "Stage",
    "Strength",
    "Tagging",
    "TargetEntry",
    "TargetLog",
    "TargetState",
    "Terms",
    "Tls",
    "ToolEntry",
    "UsageError",
    "Verdict",
    "Waiting",
    "WayBack",
    "explain",
    "run_audit",
]

# Where these are defined, what loads fast first. None is called as a module of ours is: importing that would bind it.
_HOMES = (
    "errors",
    "model.settings",
    "model.way_back",
    "model.mail",
    "model.notification",
    "model.probe",
    "model.queue",
    "model.report",
    "model.queue",
    "model.state",
    "model.baseline",
    "model.knowledge",
    "model.logs",
    "model.event",
    "ports",
    "judge.explain",
    "wiring.runs",
)


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
