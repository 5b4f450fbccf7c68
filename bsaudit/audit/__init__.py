"""The audit: plan → submit → watch → settle. Everything it needs of the world is handed in through ports."""

from bsaudit.audit.checks import Check
from bsaudit.audit.collect import Change, Collected, collect
from bsaudit.audit.preview import Preview, dry_run
from bsaudit.audit.rebuild import rebuild
from bsaudit.audit.rehearse import Composed
from bsaudit.audit.run import audit
from bsaudit.audit.setup import check_setup
from bsaudit.audit.tools import Submitters, Tools

__all__ = [
    "Change",
    "Check",
    "Collected",
    "Composed",
    "Preview",
    "Submitters",
    "Tools",
    "audit",
    "check_setup",
    "collect",
    "dry_run",
    "rebuild",
]
