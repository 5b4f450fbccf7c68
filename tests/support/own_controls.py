"""Controls of our own side that came back, for the tests of what they show of the way back."""

from __future__ import annotations

from msgspec.structs import replace

from bsaudit.model.mail import Host, MailExchanger, Route
from bsaudit.model.notification import Attributed, Attribution, Hop, Kind, Notification
from bsaudit.model.probe import Control, ProbeRecord, Reached, ReturnedMail
from bsaudit.model.run import RelayFacts, RunRecord
from tests.support.judged import NOW, TARGET, probe, taken

CATCH = MailExchanger(host="mx.inbox.example", addresses=("198.51.100.9",))
RELAY = RelayFacts(host="smtp.carrier.example", addresses=("203.0.113.4",))


def control(client: Hop, *, reverse_path: str = "", route: Route = Route.RELAY) -> ProbeRecord:
    """Return an NDN control that `client` handed to our own catch MX."""
    mail = ReturnedMail(
        notification=Notification(kind=Kind.OTHER, message_id="<c02@inbox.example>", reverse_path=reverse_path),
        attributed=Attributed(attribution=Attribution.CATCH),
        reached=Reached.UNKNOWN,
        arrived_at=NOW,
        uid="1",
        sha256="0",
        peer=Host(host=client.rdns, address=client.address),
    )
    sent = replace(
        probe(),
        id="c02",
        kind="control",
        control=Control.NDN,
        target=None,
        route=route,
        message_id="<c02@inbox.example>",
    )
    return ProbeRecord(probe=sent, submission=taken(), returned=(mail,))


def run(*records: ProbeRecord, **fields: object) -> RunRecord:
    common = {"relay": RELAY, "catch_exchangers": (CATCH,), "catch_address": "me@inbox.example", "targets": [TARGET]}
    return RunRecord(id="r", key=b"k", started_at=NOW, route=Route.RELAY, probes=[*records], **common | fields)
