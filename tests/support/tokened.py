"""A probe with its true tokens in every place."""

from __future__ import annotations

from datetime import UTC, datetime

from bsaudit.model.mail import Route
from bsaudit.model.probe import Place, Probe, Recipient, Role
from bsaudit.model.settings import Tagging
from bsaudit.probe.tagging import tagged
from bsaudit.probe.tokens import tokens_for

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
KEY = b"k" * 32


def probe(probe_id: str = "p01", key: bytes = KEY) -> Probe:
    tokens = tokens_for(key, "run", probe_id)
    return Probe(
        id=probe_id,
        kind="unknown-recipient",
        route=Route.RELAY,
        recipients=(Recipient(address="nobody@acme.example", role=Role.UNKNOWN),),
        reverse_path=tagged("me@inbox.example", tokens[Place.REVERSE_PATH], Tagging.PLUS),
        from_address=tagged("me@inbox.example", tokens[Place.FROM], Tagging.PLUS),
        reply_to=tagged("me@inbox.example", tokens[Place.REPLY_TO], Tagging.PLUS),
        message_id=f"<{tokens[Place.MESSAGE_ID]}@inbox.example>",
        envid=tokens[Place.ENVID],
        tokens=tuple(tokens.values()),
        content="ordinary",
    )
