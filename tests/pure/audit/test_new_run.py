"""What a run is begun with, and the report says of it."""

from __future__ import annotations

from datetime import UTC, datetime

from bsaudit.audit.run import new_run
from bsaudit.model.settings import AuditSettings


def test_the_fields_of_each_rule_that_are_not_sent_are_kept() -> None:
    rules = ("Subject: a\n\nbody\n", "List-Id: <x>\nCc: a@else.example\nSubject: b\n\nbody\n")
    settings = AuditSettings(targets=("acme.example",), catch_addresses=("me@inbox.example",), rules=rules)
    run = new_run(settings, datetime.now(UTC))
    assert run.settings.dropped_fields == ((), ("List-Id", "Cc"))
