"""What one probe went through, for the tests of what is made of it: the probe, its submission, what came back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bsaudit.judge.learn import Learned
from bsaudit.model.mail import (
    Host,
    MailExchanger,
    Reply,
    Route,
    Stage,
    Submission,
)
from bsaudit.model.notification import (
    Action,
    Attributed,
    Attribution,
    Kind,
    Notification,
    Reason,
    RecipientReport,
)
from bsaudit.model.probe import (
    Place,
    Probe,
    Reached,
    Recipient,
    ReturnedMail,
    Role,
)
from bsaudit.model.run import TargetRecord
from bsaudit.model.way_back import Grade, ShownBy, WayBack
from bsaudit.probe.catalogue import CONTENTS

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TARGET = TargetRecord(
    target="acme.example",
    domain="acme.example",
    mail_exchangers=(MailExchanger(host="mx.acme.example", addresses=("192.0.2.5",)),),
)
GOOD = Learned(
    catch_works=True,
    ndn_arrives=True,
    content_arrives=True,
    calibrated=True,
    names_remote=True,
    intact=frozenset((content, None) for content in CONTENTS),
)
GRACE = 300.0
OPEN = WayBack(grade=Grade.TARGET, shown_by=ShownBy.DSN, at=NOW, from_="192.0.2.5")


def probe(kind: str = "unknown-recipient", content: str = "ordinary", route: Route = Route.RELAY) -> Probe:
    role = Role.UNKNOWN if kind == "unknown-recipient" else Role.VALID
    return Probe(
        id="p01",
        kind=kind,
        route=route,
        recipients=(Recipient(address="who@acme.example", role=role),),
        reverse_path="me+bt@inbox.example",
        from_address="me+bf@inbox.example",
        reply_to="me+br@inbox.example",
        message_id="<m@inbox.example>",
        envid="e",
        tokens=tuple(f"b{place}" for place in Place),
        content=content,
        target="acme.example",
        mail_exchanger="mx.acme.example" if route is Route.DIRECT else None,
    )


def taken(*, accepted: bool | None = True, code: int = 250, text: str = "OK", stage: Stage | None = None) -> Submission:
    return Submission(
        accepted=accepted,
        submitted_at=NOW,
        finished_at=NOW,
        stage=stage,
        reply=Reply(code=code, text=text) if code else None,
        error=None if code else "connection refused",
    )


def came(
    kind: Kind,
    by: Attribution,
    *,
    code: int | None = None,
    text: str = "",
    reason: Reason = Reason.UNKNOWN,
    remote: str | None = None,
    action: Action = Action.FAILED,
    after: float = 4.0,
) -> ReturnedMail:
    report = RecipientReport(
        final_recipient="who@acme.example",
        action=action,
        reply_code=code,
        diagnostic_code=text or None,
        reason=reason,
        remote_mta=remote,
    )
    return ReturnedMail(
        notification=Notification(kind=kind, recipients=(report,)),
        attributed=Attributed(attribution=by, written_by=Host(host="mx.acme.example")),
        reached=Reached.REVERSE_PATH,
        arrived_at=NOW + timedelta(seconds=after),
        uid=f"{kind}{by}{after}",
        sha256="0",
    )


ACCEPTED = came(Kind.RELAYED, Attribution.RELAY, action=Action.RELAYED, remote="mx.acme.example", code=250)
