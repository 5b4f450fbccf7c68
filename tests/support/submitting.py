"""What the tests of the two submitters share: a probe, a message, time limits."""

from __future__ import annotations

from typing import Any

from bsaudit.adapters.smtp_session import Timeouts
from bsaudit.model.mail import Route
from bsaudit.model.probe import Place, Probe, Recipient, Role

MESSAGE = b"From: a@from.test\r\nTo: nobody@target.test\r\nSubject: hello\r\n\r\n.dotted\r\nbye\r\n"
HASTY_S = 0.7


def hasty(*stages: str) -> Timeouts:
    """Return limits that nobody runs into, however slow the machine, but at the stages where a test wants one to."""
    return Timeouts(**{name: HASTY_S if name in stages else 60.0 for name in _STAGES} | {"quit": HASTY_S})


_STAGES = ("connect", "greeting", "command", "data", "block", "final")
PATIENT = hasty()


def probe(*recipients: str, route: Route = Route.RELAY, **changes: Any) -> Probe:
    fields: dict[str, Any] = {
        "id": "p1",
        "kind": "unknown-recipient",
        "route": route,
        "recipients": tuple(Recipient(address=a, role=Role.UNKNOWN) for a in recipients or ("nobody@target.test",)),
        "reverse_path": "catch+t1@own.test",
        "from_address": "catch+t2@own.test",
        "reply_to": "catch+t3@own.test",
        "message_id": "<t4@own.test>",
        "envid": "t5",
        "tokens": {Place.REVERSE_PATH: "t1"},
        "content": "plain",
    }
    return Probe(**(fields | changes))
