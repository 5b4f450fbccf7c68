"""A message handed over in two tries, where the first was taken for some of its recipients, is judged by the second."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bsaudit.audit.send import joined
from bsaudit.judge.case import Case, Judged
from bsaudit.judge.outcome import judge
from bsaudit.model.mail import Reply, Route, Stage, Submission
from bsaudit.model.probe import Outcome, ProbeRecord, Recipient, Role
from tests.support.judged import GOOD, GRACE, NOW, OPEN, TARGET, probe, taken

VALID, NOBODY = "ok@acme.example", "no@acme.example"
# Greylisting that spares postmaster: what was asked of him is taken, what was asked of nobody waits for five minutes.
GREY, TAKEN = Reply(code=450, text="Greylisted"), Reply(code=250, text="OK")
LATER = NOW + timedelta(minutes=5, seconds=5)
FIRST = replace(taken(stage=Stage.END_OF_DATA), recipient_replies={VALID: TAKEN, NOBODY: GREY})


def second(to_rcpt: Reply, **more: object) -> Submission:
    tried = replace(taken(), submitted_at=LATER, finished_at=LATER, recipient_replies={NOBODY: to_rcpt})
    return replace(tried, **more)


def told(submission: Submission) -> Judged:
    both = Recipient(address=VALID, role=Role.VALID), Recipient(address=NOBODY, role=Role.UNKNOWN)
    mixed = replace(probe("mixed-recipients", route=Route.DIRECT), recipients=both)
    record = ProbeRecord(probe=mixed, submission=joined(FIRST, submission, GREY))
    return judge(Case(record=record, learned=GOOD, target=TARGET, grace_s=GRACE, way_back=OPEN, still_open=True))


UNSENT = {"accepted": False, "reply": None, "error": "the connection was lost"}


@pytest.mark.parametrize(
    ("submission", "outcome", "words"),
    [
        (second(TAKEN), Outcome.ACCEPTED_SILENTLY, "accepted at 10:05:05"),
        (second(TAKEN, accepted=None, error="the connection was lost"), Outcome.UNRESOLVED, "never sent again"),
        (second(TAKEN, accepted=False, reply=Reply(code=550, text="no such user")), Outcome.DEFERRED, "at RCPT: “450"),
        (second(TAKEN, **UNSENT), Outcome.DEFERRED, "at RCPT: “450"),
        (second(TAKEN, recipient_replies={}, **UNSENT), Outcome.DEFERRED, "at RCPT: “450"),
        (second(GREY, accepted=False), Outcome.DEFERRED, "as it did at the first try"),
        (second(Reply(code=550, enhanced="5.1.1"), accepted=False), Outcome.REJECTED, "the first try was put off"),
    ],
)
def test_the_second_try_decides_about_whom_the_first_put_off(
    submission: Submission, outcome: Outcome, words: str
) -> None:
    judged = told(submission)
    assert judged.settlement.outcome is outcome
    assert words in judged.settlement.explanation
    assert judged.final_at in {None, LATER + timedelta(seconds=GRACE)}, "the quiet time follows the last try"
