"""Small values to journal."""

from __future__ import annotations

from datetime import UTC, datetime

from bsaudit.model.mail import Arrival, Route, Submission
from bsaudit.model.probe import CountsAs, Outcome, Probe, Recipient, Role, Settlement
from bsaudit.model.run import RunRecord

NOW = datetime(2026, 3, 1, 10, 2, 11, tzinfo=UTC)


def run_record(run_id: str = "7f3a") -> RunRecord:
    return RunRecord(id=run_id, key=b"\x00key\xff", started_at=NOW, route=Route.RELAY)


def probe(probe_id: str = "p1") -> Probe:
    return Probe(
        id=probe_id,
        kind="spam",
        route=Route.RELAY,
        recipients=(Recipient(address="postmaster@example.org", role=Role.VALID),),
        reverse_path="probe+t1@example.com",
        from_address="probe+t2@example.com",
        reply_to="probe+t3@example.com",
        message_id="<t4@example.com>",
        envid="t5",
        tokens=("t1", "t2"),
        content="gtube",
    )


def submission(text: str | None = None) -> Submission:
    return Submission(accepted=True, submitted_at=NOW, finished_at=NOW, error=text)


def settlement(outcome: Outcome = Outcome.REJECTED) -> Settlement:
    counts = CountsAs.GOOD if outcome is Outcome.REJECTED else CountsAs.BACKSCATTER
    return Settlement(outcome=outcome, counts_as=counts, explanation="because")


def arrival(uid: str = "1", raw: bytes = b"Subject: x\r\n\r\n") -> Arrival:
    return Arrival(uid=uid, raw=raw, seen_at=NOW)
