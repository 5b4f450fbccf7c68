"""What an outcome is judged from: the probe itself, and what others of the same target have shown."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.judge.case import COUNTS_AS
from bsaudit.judge.cases import case_of
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.learn import Learned
from bsaudit.model.mail import Route
from bsaudit.model.probe import Control, Difference, Outcome, Probe, ProbeRecord, Settlement
from bsaudit.model.run import RunRecord
from tests.support.judged import ACCEPTED, NOW, TARGET, probe, taken


def settled(one: Probe, outcome: Outcome) -> ProbeRecord:
    return ProbeRecord(
        probe=one, settlement=Settlement(outcome=outcome, counts_as=COUNTS_AS[outcome], explanation="so it was")
    )


@pytest.mark.parametrize(
    ("twin", "outcomes", "silent"),
    [
        (probe(), [Outcome.ACCEPTED_SILENTLY], True),
        (probe("mixed-recipients"), [Outcome.ACCEPTED_SILENTLY], False),  # about a valid recipient: another question
        (probe(content="gtube"), [Outcome.ACCEPTED_SILENTLY], False),
        (probe(), [Outcome.ACCEPTED_SILENTLY, Outcome.BOUNCED], False),
        (probe(), [Outcome.REJECTED], False),
        (probe(), [], False),
    ],
)
def test_a_silent_twin_answers_for_all_probes_that_ask_the_same(
    twin: Probe, outcomes: list[Outcome], silent: bool
) -> None:
    bounced = settled(replace(probe(), shape="role", id="p02"), Outcome.BOUNCED)
    twins = [
        settled(replace(twin, id=f"p1{number}", repeats="p01", difference=Difference.UNAUTHENTICATED), outcome)
        for number, outcome in enumerate(outcomes)
    ]
    run = RunRecord(id="r", key=b"k", started_at=NOW, route=Route.RELAY, targets=[TARGET], probes=[bounced, *twins])
    assert case_of(bounced, Inquiry(run, Learned())).silent_unauthenticated is silent


def test_what_reached_the_valid_recipients_mailbox_is_known_of_the_same_recipient_only() -> None:
    one = probe("spam", "gtube")
    for address, delivers in (("who@acme.example", True), ("else@acme.example", False)):
        recipients = (replace(one.recipients[0], address=address),)
        control = ProbeRecord(
            probe=replace(one, id="p02", control=Control.POSITIVE, content="ordinary", recipients=recipients)
        )
        control.submission = replace(taken(), delivered_at=NOW)
        record = ProbeRecord(probe=one)
        run = RunRecord(id="r", key=b"k", started_at=NOW, route=Route.RELAY, targets=[TARGET], probes=[record, control])
        assert case_of(record, Inquiry(run, Learned())).delivers is delivers


def test_who_took_the_positive_control_is_known_by_the_relays_word() -> None:
    control = ProbeRecord(
        probe=replace(probe(), id="p02", control=Control.POSITIVE), submission=taken(), returned=(ACCEPTED,)
    )
    run = RunRecord(id="r", key=b"k", started_at=NOW, route=Route.RELAY, targets=[TARGET])
    record = ProbeRecord(probe=probe())
    run.probes = [control, record]
    assert case_of(record, Inquiry(run, Learned())).positive_host == "mx.acme.example"
    control.returned = ()
    assert case_of(record, Inquiry(run, Learned())).positive_host is None
