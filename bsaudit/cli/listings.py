"""What DNS lists say of the targets (`--listings`), put into a report whose verdict stands."""

from __future__ import annotations

from bsaudit.cli.running import run
from bsaudit.config.layers import Effective
from bsaudit.config.settings import resolver_of
from bsaudit.model.report import Report


def with_listings(report: Report, config: Effective) -> Report:
    """Return the report, with listings where they are wanted. Raises Interrupted with the report as it was."""
    if not config.values.listings:
        return report
    from bsaudit.wiring.standing import with_listings as asked  # only where lists are asked

    return run(asked(report, resolver_of(config.values), config.values.journal))
