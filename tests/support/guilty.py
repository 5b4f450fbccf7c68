"""Reports of guilty targets, assembled as a run's are: for what is made of them to be sent to strangers."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from bsaudit.judge.assemble import assemble
from bsaudit.judge.inquiry import Inquiry
from bsaudit.model.mail import Exchange, Host, Route
from bsaudit.model.notification import Attribution, Evidence, Hop, Kind, Reason, Strength
from bsaudit.model.probe import Acceptance, CountsAs, Outcome, Probe, ProbeRecord, ReturnedMail, Settlement, State
from bsaudit.model.report import Report
from bsaudit.model.run import RelayFacts, RunRecord, RunState
from bsaudit.model.settings import Recipe, RunSettings
from tests.support.judged import ACCEPTED, GOOD, NOW, TARGET, came, probe, taken

MX = "mx.acme.example"
CONTACT = "postmaster@auditor.example"
HOP = Hop(
    by=MX,
    helo="out.relay.example",
    address="192.0.2.77",
    protocol="ESMTPS",
    queue_id="4XYZ1",
    at=NOW + timedelta(seconds=1),
)
PROOF = (
    Evidence(source="from", supports=Attribution.TARGET, strength=Strength.WEAK, text=f"From names {MX}"),
    Evidence(
        source="handed_over",
        supports=Attribution.TARGET,
        strength=Strength.DECISIVE,
        text=f"our side took it from {MX} [192.0.2.5], which is the target's host",
        value="192.0.2.5",
    ),
)
# The families of the products that are met most, as a reader of notices names them
COMMON = {"postfix": "Postfix", "exim": "Exim", "sendmail": "Sendmail"}


def bounce(
    family: str = "postfix",
    kind: Kind = Kind.NDN,
    proof: tuple[Evidence, ...] = PROOF,
    by: Attribution = Attribution.TARGET,
) -> ReturnedMail:
    """Return what a target wrote, with the evidence for it."""
    mail = came(kind, by, code=550, text="5.1.1 no such user", reason=Reason.USER_UNKNOWN)
    host = Host(host=MX, address="192.0.2.5")
    prose = "Dear sender,\n\nI could not deliver your message.\n"
    told = replace(mail.notification, returned_trace=(HOP,), prose=prose, mta_family=family, reporting_mta=MX)
    attributed = replace(mail.attributed, written_by=host, handed_over_by=host, evidence=proof)
    return replace(mail, notification=told, attributed=attributed, file="kept/p01.eml")


def bounced(returned: ReturnedMail, outcome: Outcome = Outcome.BOUNCED, asked: Probe | None = None) -> ProbeRecord:
    """Return a probe that the target took, and that came back."""
    settled = Settlement(
        outcome=outcome,
        counts_as=CountsAs.BACKSCATTER,
        explanation=f"accepted at 10:00:01, bounced 3 s later by {MX}",
        accepted=Acceptance(shown_by="dsn", at=NOW + timedelta(seconds=1)),
        written_by=Host(host=MX, address="192.0.2.5"),
        seconds=3.0,
        settled_at=NOW + timedelta(seconds=4),
    )
    by_relay = replace(ACCEPTED.attributed, written_by=Host(host="relay.example"))
    receipt = replace(ACCEPTED, attributed=by_relay)
    lines = (
        Exchange(at=NOW, command="RCPT TO:<who@acme.example>", code=250, text="2.1.5 OK"),
        Exchange(at=NOW, command=".", code=250, text="2.0.0 Ok: queued as 4REL9"),
    )
    return ProbeRecord(
        probe=asked or probe(),
        submission=replace(taken(), transcript=lines, queue_id="4REL9"),
        returned=(returned, receipt),
        settlement=settled,
        state=State.SETTLED,
    )


def guilty(*records: ProbeRecord) -> Report:
    """Return the report of a run in which these probes came back."""
    run = RunRecord(
        id="7f3a9c",
        key=b"k",
        started_at=NOW,
        finished_at=NOW + timedelta(minutes=2),
        route=Route.RELAY,
        state=RunState.FINISHED,
        authorized_by="A. Admin of acme.example",
        targets=[TARGET],
        probes=list(records),
        relay=RelayFacts(host="relay.example", addresses=("192.0.2.77",)),
        catch_kind="imap",
        catch_host="imap.inbox.example",
        catch_address="me@inbox.example",
        settings=RunSettings(recipe=Recipe(found_by="--config /etc/b.toml"), contact=CONTACT),
    )
    return assemble(Inquiry(run, GOOD))


def of_product(family: str) -> Report:
    """Return the report of a target that runs this product and bounces mail for unknown users."""
    return guilty(bounced(bounce(family)))
