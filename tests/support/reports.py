"""Reports: made by hand, what the pipeline could say, without one; and recorded, what it said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bsaudit.model.mail import Exchange, Host, Reply, Route, Stage
from bsaudit.model.notification import Attribution, Evidence, Kind, Strength
from bsaudit.model.probe import Acceptance, CountsAs, Outcome, Probe, Reached, Recipient, Role
from bsaudit.model.report import (
    Advice,
    Basis,
    CatchEntry,
    ErrorEntry,
    ExchangerEntry,
    Finding,
    NotificationEntry,
    Paste,
    ProbeEntry,
    ProbeRecipient,
    RecipientEntry,
    RelayEntry,
    Report,
    RunEntry,
    Severity,
    TargetEntry,
    ToolEntry,
    Verdict,
)

START = datetime(2026, 3, 1, 10, 2, 0, tzinfo=UTC)
TOOL = ToolEntry(name="bsaudit", version="0.1.0")

REJECTED = Reply(code=550, enhanced="5.1.1", text="User unknown")


def probe(outcome: Outcome, counts_as: CountsAs, **fields: Any) -> ProbeEntry:
    kind = fields.pop("kind", "unknown-recipient")
    to = fields.pop("to", "qz4kd8w1@example.org")
    return ProbeEntry(
        **{
            "id": "p1",
            "kind": kind,
            "route": Route.RELAY,
            "mail_exchanger": None,
            "address": None,
            "recipients": (ProbeRecipient(address=to, role=Role.UNKNOWN),),
            "reverse_path": "probe+k7@catch.example.net",
            "message_id": "<k7@catch.example.net>",
            "envid": "k7",
            "queue_id": "4AB",
            "outcome": outcome,
            "counts_as": counts_as,
            "stage": None,
            "reply": None,
            "accepted": None,
            "transcript": (),
            "submitted_at": START,
            "settled_at": START + timedelta(seconds=4.1),
            "explanation": f"{kind} was {outcome.value}",
            **fields,
        }
    )


def notification(text: str = "its Received line is in the returned copy", **fields: Any) -> NotificationEntry:
    evidence = Evidence(
        source="returned_trace", supports=Attribution.TARGET, strength=Strength.DECISIVE, text=text, value="by mx2"
    )
    return NotificationEntry(
        **{
            "kind": Kind.NDN,
            "attribution": Attribution.TARGET,
            "written_by": Host(host="mx2.example.org"),
            "handed_over_by": Host(address="192.0.2.2"),
            "arrived_at": START + timedelta(seconds=4),
            "reached": Reached.REVERSE_PATH,
            "recipients": (RecipientEntry(final_recipient="qz4kd8w1@example.org", status="5.1.1"),),
            "evidence": (evidence,),
            **fields,
        }
    )


CONTROLS = (
    probe(Outcome.ACCEPTED_SILENTLY, CountsAs.GOOD, kind="control", control="catch", seconds=1.2),
    probe(Outcome.ACCEPTED_SILENTLY, CountsAs.GOOD, kind="control", control="ndn", seconds=1.4),
    probe(
        Outcome.BOUNCED,
        CountsAs.GOOD,
        kind="control",
        control="calibration-refused",
        notifications=(notification(mta_family="Postfix"),),
    ),
    probe(
        Outcome.ACCEPTED_SILENTLY,
        CountsAs.GOOD,
        kind="positive",
        control="positive",
        to="postmaster@example.org",
        target="example.org",
    ),
)


def run(**fields: Any) -> RunEntry:
    return RunEntry(
        **{
            "id": "7f3a",
            "started_at": START,
            "finished_at": START + timedelta(minutes=2),
            "complete": True,
            "authorized_by": "A. Admin",
            "waited_s": 120.0,
            "relay": RelayEntry(host="mail.example.net", addresses=("192.0.2.9",), dsn=True),
            "catch": CatchEntry(kind="imap", host="imap.example.net", address="probe@catch.example.net"),
            "limits": {"max_probes": 12, "rate": 1.0},
            "controls": CONTROLS,
            **fields,
        }
    )


SILENT = probe(
    Outcome.ACCEPTED_SILENTLY,
    CountsAs.GOOD,
    kind="spam",
    shape="gtube",
    to="postmaster@example.org",
    seconds=300.0,
    accepted=Acceptance(shown_by="dsn", at=START),
)
REJECTED_VIRUS = probe(
    Outcome.REJECTED,
    CountsAs.GOOD,
    kind="virus",
    shape="eicar",
    to="postmaster@example.org",
    stage=Stage.END_OF_DATA,
    reply=Reply(code=554, text="no viruses"),
)
REJECTED_AT_MX1 = probe(
    Outcome.REJECTED,
    CountsAs.GOOD,
    stage=Stage.RCPT,
    reply=REJECTED,
    seconds=0.4,
    mail_exchanger="mx1.example.org",
    transcript=(Exchange(at=START, command="RCPT TO:<qz4kd8w1@example.org>", code=550, text="5.1.1 User unknown"),),
)
BOUNCED = probe(
    Outcome.BOUNCED,
    CountsAs.BACKSCATTER,
    seconds=4.1,
    mail_exchanger="mx2.example.org",
    written_by=Host(host="mx2.example.org"),
    notifications=(notification(),),
    explanation="accepted by mx2.example.org at 10:02:11, bounced 4 s later by mx2.example.org",
)
UNRESOLVED = probe(
    Outcome.UNRESOLVED,
    CountsAs.INCONCLUSIVE,
    kind="spam",
    shape="offer",
    to="postmaster@example.org",
    explanation="acceptance was not shown: the relay offers no DSN",
)


def target(verdict: Verdict, basis: Basis, explanation: str, *probes: ProbeEntry, **fields: Any) -> TargetEntry:
    return TargetEntry(
        target="example.org",
        domain="example.org",
        verdict=verdict,
        basis=basis,
        explanation=explanation,
        mail_exchangers=(ExchangerEntry(host="mx1.example.org", preference=10, addresses=("192.0.2.1",)),),
        probes=probes,
        **fields,
    )


ADVICE = Advice(
    product="Postfix as backup MX",
    confidence="high",
    setting="relay_recipient_maps = hash:/etc/postfix/relay_recipients",
    text="relay_recipient_maps is empty, so every recipient is accepted",
    reference="https://www.postfix.org/postconf.5.html#relay_recipient_maps",
    retest="bsaudit probe example.org --probe unknown-recipient --route direct",
    paste=(
        Paste(file="/etc/postfix/main.cf", where="at the end", lines="relay_recipient_maps =\n    hash:{ x  }\n}\n}"),
    ),
)
FINDING = Finding(
    id="ndn-returns-virus",
    severity=Severity.MEDIUM,
    title="The NDN returns the virus",
    detail="It came back whole",
    reference="RFC 5321 §6.2",
)


def report(*targets: TargetEntry, verdict: Verdict, exit_code: int, **fields: Any) -> Report:
    return Report(
        tool=TOOL, run=fields.pop("run", run()), verdict=verdict, exit_code=exit_code, targets=targets, **fields
    )


BACKSCATTER = report(
    target(
        Verdict.BACKSCATTER,
        Basis.EVIDENCE,
        "mx2.example.org takes mail for everybody and bounces it",
        REJECTED_AT_MX1,
        BOUNCED,
        SILENT,
        REJECTED_VIRUS,
        advice=(ADVICE,),
        findings=(FINDING,),
    ),
    verdict=Verdict.BACKSCATTER,
    exit_code=1,
)
CLEAN = report(
    target(
        Verdict.CLEAN,
        Basis.MIXED,
        "no backscatter seen, for unknown-recipient, spam and virus, in 5 minutes",
        REJECTED_AT_MX1,
        SILENT,
        REJECTED_VIRUS,
    ),
    verdict=Verdict.CLEAN,
    exit_code=0,
)
INCONCLUSIVE = report(
    target(Verdict.INCONCLUSIVE, Basis.NONE, "one probe settled nothing", REJECTED_AT_MX1, UNRESOLVED),
    verdict=Verdict.INCONCLUSIVE,
    exit_code=3,
    run=run(
        complete=False,
        controls=(
            *CONTROLS[:1],
            probe(
                Outcome.UNRESOLVED,
                CountsAs.INCONCLUSIVE,
                kind="control",
                control="ndn",
                explanation="the control NDN did not reach the catch mailbox within 60 s",
            ),
        ),
    ),
)
FAILED = report(
    verdict=Verdict.INCONCLUSIVE,
    exit_code=4,
    run=None,
    errors=(ErrorEntry(where="relay", message="the relay refused the password", remedy="Check the user name."),),
)
ALL = {"backscatter": BACKSCATTER, "clean": CLEAN, "inconclusive": INCONCLUSIVE, "failed": FAILED}

# What a stranger may write wherever he is quoted: for terminals, XML, CSV, Markdown, annotations and metrics.
EVIL = (
    "\x1b[2J\x00\x85\u202e\ud800\ufffe]]><!--&amp;<script>\"'\\|`*_[x](http://x)@all =1+1\r\n::error::x %0A,;{}=$(id) "
    "example.org bsaudit \u2028"
)
HOSTILE = report(
    target(
        Verdict.BACKSCATTER,
        Basis.EVIDENCE,
        EVIL,
        REJECTED_AT_MX1,
        probe(
            Outcome.BOUNCED,
            CountsAs.BACKSCATTER,
            to=EVIL,
            mail_exchanger=EVIL,
            written_by=Host(host=EVIL),
            notifications=(notification(EVIL),),
            explanation=EVIL,
            reply=Reply(code=250, text=EVIL),
        ),
        *(probe(Outcome.UNRESOLVED, CountsAs.INCONCLUSIVE, kind=EVIL, shape=EVIL, explanation=EVIL) for _ in range(2)),
        advice=(ADVICE,),
        findings=(FINDING,),
    ),
    verdict=Verdict.BACKSCATTER,
    exit_code=1,
    run=run(authorized_by=EVIL, again=EVIL),
    errors=(ErrorEntry(where="dns", message=EVIL, remedy=EVIL),),
)
FIVE = {**ALL, "hostile": HOSTILE}
# What the laboratory gave, and tests/support/recorded.py wrote down
RECORDED_IN = Path(__file__).parents[1] / "recorded"
RECORDED = {
    f"recorded, {path.stem}": msgspec.json.decode(path.read_bytes(), type=Report)
    for path in sorted(RECORDED_IN.glob("*.json"))
}
EVERY = {**FIVE, **RECORDED}
# A target that bounced nothing but the ordinary message to its valid recipient
ORDINARY_BOUNCED = report(
    target(Verdict.BACKSCATTER, Basis.EVIDENCE, "it bounced an ordinary message", REJECTED_AT_MX1),
    verdict=Verdict.BACKSCATTER,
    exit_code=1,
    run=run(
        controls=(
            probe(
                Outcome.BOUNCED,
                CountsAs.BACKSCATTER,
                kind="positive",
                control="positive",
                to="postmaster@example.org",
                target="example.org",
            ),
        )
    ),
)


def a_probe(number: int = 1, kind: str = "unknown-recipient") -> Probe:
    return Probe(
        id=f"p{number}",
        kind=kind,
        route=Route.RELAY,
        recipients=(Recipient(address=f"r{number}@example.org", role=Role.UNKNOWN),),
        reverse_path="probe+t@example.net",
        from_address="probe+f@example.net",
        reply_to="probe+r@example.net",
        message_id="<m@example.net>",
        envid="e",
        tokens=(),
        content="ordinary",
        shape="random",
        target="example.org",
    )
