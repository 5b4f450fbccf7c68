"""What the tests of the two submitters share: a probe, a message, short time limits."""

from __future__ import annotations

from typing import Any

from bsaudit.adapters.smtp_session import Timeouts
from bsaudit.model.mail import Route
from bsaudit.model.probe import Place, Probe, Recipient, Role

MESSAGE = b"From: a@from.test\r\nTo: nobody@target.test\r\nSubject: hello\r\n\r\n.dotted\r\nbye\r\n"
SHORT = Timeouts(connect=2, greeting=2, command=2, data=2, block=2, final=2, quit=1)
HASTY = Timeouts(connect=0.3, greeting=0.3, command=0.3, data=0.3, block=0.3, final=0.3, quit=0.3)


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
