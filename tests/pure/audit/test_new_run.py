"""What a run is begun with, and the report says of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bsaudit.audit.run import new_run
from bsaudit.errors import UsageError
from bsaudit.model.mail import Route
from bsaudit.model.settings import AuditSettings


def test_the_fields_of_each_rule_that_are_not_sent_are_kept() -> None:
    rules = ("Subject: a\n\nbody\n", "List-Id: <x>\nCc: a@else.example\nSubject: b\n\nbody\n")
    settings = AuditSettings(targets=("acme.example",), catch_addresses=("me@inbox.example",), rules=rules)
    run = new_run(settings, datetime.now(UTC))
    assert run.settings.dropped_fields == ((), ("List-Id", "Cc"))


@pytest.mark.parametrize("route", [Route.RELAY, Route.BOTH])
def test_a_host_is_not_named_for_probes_that_a_relay_carries(route: Route) -> None:
    """They go where DNS sends them: that host would be cleared by what another one does."""
    settings = AuditSettings(
        targets=("a.example",), catch_addresses=("me@b.example",), route=route, mx=("mx2.a.example", 25)
    )
    with pytest.raises(UsageError, match=r"mx2\.a\.example belongs to the direct route"):
        new_run(settings, datetime.now(UTC))
