"""What one domain's probes show of test content spares the others it, and is never their own proof."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.judge.further import content_doubt, content_note
from bsaudit.judge.inquiry import Inquiry
from bsaudit.model.mail import Route
from bsaudit.model.probe import CountsAs, Outcome, ProbeRecord, Settlement
from bsaudit.model.run import ContentShown, RunRecord
from tests.support.judged import NOW, TARGET, probe

SHOWN = ContentShown(run="r", target="acme.example", probes=("spam:gtube", "virus:eicar"))
FURTHER = replace(TARGET, target="other.example", domain="other.example", content=SHOWN)


def record(kind: str, shape: str, counts_as: CountsAs | None) -> ProbeRecord:
    settled = None
    if counts_as is not None:
        settled = Settlement(outcome=Outcome.REJECTED, counts_as=counts_as, explanation="", settled_at=NOW)
    return ProbeRecord(probe=replace(probe(kind, "gtube"), shape=shape), settlement=settled)


def doubt(*records: ProbeRecord, run: str = "r") -> str | None:
    made = RunRecord(
        id=run, key=b"k", started_at=NOW, route=Route.RELAY, targets=[TARGET, FURTHER], probes=list(records)
    )
    return content_doubt(FURTHER, Inquiry(made))


def test_what_was_shown_is_told_with_whose_it_is() -> None:
    good = record("spam", "gtube", CountsAs.GOOD), record("virus", "eicar", CountsAs.GOOD)
    assert doubt(*good) is None
    assert content_note(FURTHER) == "content: shown at mx.acme.example by run r, for acme.example"
    assert content_note(TARGET) is None


@pytest.mark.parametrize("counts_as", [None, *(one for one in CountsAs if one is not CountsAs.GOOD)])
def test_what_did_not_settle_as_good_at_the_other_target_leaves_a_doubt_here(counts_as: CountsAs | None) -> None:
    good, other = record("spam", "gtube", CountsAs.GOOD), record("virus", "eicar", counts_as)
    assert "acme.example, at the same hosts: virus:eicar" in (doubt(good, other) or "")
    assert "virus:eicar" in (doubt(good) or "")
    # One of two mail exchangers is not both.
    assert "spam:gtube" in (doubt(good, record("spam", "gtube", counts_as), record("virus", "eicar", counts_as)) or "")


def test_an_earlier_run_was_looked_at_before_it_counted() -> None:
    assert doubt(run="later") is None
