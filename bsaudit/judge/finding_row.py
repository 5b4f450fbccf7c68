"""What every table of findings says of one, however it is looked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from bsaudit.model.report import Finding, Severity


class FindingRow(Struct, frozen=True):
    """One finding: its id, how bad it is, its title, and where the rule stands."""

    id: str
    severity: Severity
    title: str
    reference: str

    def found(self, detail: str, probe_ids: Iterable[str]) -> Finding:
        """Return the finding: what was seen, in a sentence, and the probes that it rests on."""
        return Finding(
            id=self.id,
            severity=self.severity,
            title=self.title,
            detail=detail,
            reference=self.reference,
            probe_ids=tuple(probe_ids),
        )
