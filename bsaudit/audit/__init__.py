"""The audit: plan → submit → watch → settle. Everything it needs of the world is handed in through ports."""

from bsaudit.audit.rebuild import assemble, failure_report, rebuild
from bsaudit.audit.run import audit
from bsaudit.audit.tools import Submitters, Tools

__all__ = ["Submitters", "Tools", "assemble", "audit", "failure_report", "rebuild"]
