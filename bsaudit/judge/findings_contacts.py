"""Whether there is anybody whom others could write to about a domain: a finding where each way is known to be shut."""

from __future__ import annotations

from collections.abc import Sequence

from bsaudit.judge.finding_row import FindingRow
from bsaudit.model.probe import Outcome
from bsaudit.model.report import Contacts, Finding, Severity, TargetEntry

NOBODY = FindingRow("unreachable-operator", Severity.INFO, "Nobody whom others could write to", "RFC 2142 §2")
TABLE = (NOBODY,)
_ROLES = ("postmaster", "abuse")
_DETAIL = (
    "postmaster and abuse are refused, abuse.net has no contact of the domain's own, and Abusix none for {addresses}"
)


def contact_finding(target: TargetEntry) -> Finding | None:
    """Return the finding where nobody can be reached. What was not tried, or not answered, is not known to be shut."""
    of_domain = [one for one in target.contacts if one.about == target.domain]
    of_hosts = [one for one in target.contacts if one.about != target.domain]
    probes = [_refused(target, kind) for kind in _ROLES]
    if not (all(probes) and _is_none(of_domain) and _is_none(of_hosts)):
        return None
    detail = _DETAIL.format(addresses=", ".join(one.about for one in of_hosts))
    return NOBODY.found(detail, [one for ids in probes for one in ids])


def _refused(target: TargetEntry, kind: str) -> list[str]:
    """Return the probes that asked for an address of this role, if all were refused."""
    asked = [probe for probe in target.probes if probe.kind == kind]
    return [probe.id for probe in asked] if all(probe.outcome is Outcome.REJECTED for probe in asked) else []


def _is_none(contacts: Sequence[Contacts]) -> bool:
    return bool(contacts) and all(one.registered is False for one in contacts)
