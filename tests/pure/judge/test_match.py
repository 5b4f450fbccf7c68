"""Mail that belongs to no probe: whose business is it?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.learn import Learned
from bsaudit.judge.match import attribute_again, returned_mail, stray
from bsaudit.model.mail import Arrival, Route
from bsaudit.model.notification import Attribution, Kind, Notification
from bsaudit.model.probe import Place, ProbeRecord, Reached
from bsaudit.model.run import RunRecord
from bsaudit.model.settings import Tagging
from bsaudit.probe.tokens import Match
from tests.support.judged import NOW, TARGET, came, probe, taken

UNTAGGED = Learned(catch_works=True, tagging=Tagging.NONE)
NAMELESS = Notification(kind=Kind.NDN, from_address="MAILER-DAEMON@mx.example")


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.OTHER])
def test_without_tags_an_answer_that_names_no_message_may_be_ours(kind: Kind) -> None:
    assert stray(replace(NAMELESS, kind=kind), UNTAGGED) == f"{kind.value} from MAILER-DAEMON@mx.example"


@pytest.mark.parametrize(
    ("reached", "delivered_to", "tagging", "ours"),
    [
        (Reached.UNKNOWN, ("who@acme.example",), Tagging.PLUS, True),
        (Reached.REVERSE_PATH, ("me+bt@inbox.example",), Tagging.PLUS, False),  # sent back as it was
        (Reached.UNKNOWN, (), Tagging.PLUS, False),
        (Reached.UNKNOWN, ("me@inbox.example",), Tagging.NONE, False),
    ],
)
def test_a_probe_that_its_recipient_reads_in_our_mailbox_is_no_answer(
    reached: Reached, delivered_to: tuple[str, ...], tagging: Tagging, ours: bool
) -> None:
    itself = Notification(kind=Kind.OTHER, message_id=probe().message_id, delivered_to=delivered_to)
    mail = replace(came(Kind.OTHER, Attribution.UNKNOWN), notification=itself, reached=reached)
    record = ProbeRecord(probe=probe(), submission=taken(), returned=(mail,))
    run = RunRecord(id="r", key=b"k", started_at=NOW, route=Route.RELAY, targets=[TARGET], probes=[record])
    attribute_again(record, Inquiry(run, replace(UNTAGGED, tagging=tagging)))
    assert (record.returned[0].attributed.attribution is Attribution.CATCH) is ours


def test_a_bounce_is_not_the_probe_because_it_bears_its_message_id() -> None:
    itself = Notification(kind=Kind.NDN, message_id=probe().message_id, delivered_to=("me@inbox.example",))
    mail = replace(came(Kind.NDN, Attribution.UNKNOWN), notification=itself, reached=Reached.UNKNOWN)
    record = ProbeRecord(probe=probe(), submission=taken(), returned=(mail,))
    run = RunRecord(id="r", key=b"k", started_at=NOW, route=Route.RELAY, targets=[TARGET], probes=[record])
    attribute_again(record, Inquiry(run, replace(UNTAGGED, tagging=Tagging.PLUS)))
    assert record.returned[0].attributed.attribution is not Attribution.CATCH


@pytest.mark.parametrize(
    ("kind", "references", "after", "read_as"),
    [
        (Kind.OTHER, (probe().message_id,), 6, Kind.AUTOREPLY),
        (Kind.OTHER, (probe().message_id,), 600, Kind.OTHER),
        (Kind.OTHER, ("<another@acme.example>",), 6, Kind.OTHER),
        (Kind.NDN, (probe().message_id,), 6, Kind.NDN),
    ],
)
def test_nobody_but_a_program_answers_within_seconds(
    kind: Kind, references: tuple[str, ...], after: int, read_as: Kind
) -> None:
    record = ProbeRecord(probe=probe(), submission=taken())
    run = RunRecord(id="r", key=b"k", started_at=NOW, route=Route.RELAY, targets=[TARGET], probes=[record])
    arrival = Arrival(uid="1", raw=b"", seen_at=NOW + timedelta(seconds=after))
    match = Match(probe_id=probe().id, place=Place.MESSAGE_ID, reached=Reached.REVERSE_PATH)
    answer, inquiry = Notification(kind=kind, references=references), Inquiry(run, UNTAGGED)
    mail = returned_mail(arrival, answer, match, record, inquiry)
    assert mail.notification.kind is read_as
    # The same where it came before the final reply to the probe.
    early = ProbeRecord(probe=probe())
    early.returned = (returned_mail(arrival, answer, match, early, inquiry),)
    early.submission = taken()
    attribute_again(early, inquiry)
    assert early.returned == (mail,)


@pytest.mark.parametrize("tagging", [Tagging.PLUS, Tagging.MINUS, Tagging.CATCHALL])
def test_with_tags_what_comes_to_another_address_is_none_of_our_business(tagging: Tagging) -> None:
    assert stray(NAMELESS, replace(UNTAGGED, tagging=tagging)) is None


def test_before_the_catch_control_has_come_no_target_has_anything_to_answer() -> None:
    assert stray(NAMELESS, replace(UNTAGGED, catch_works=False)) is None


@pytest.mark.parametrize(
    "other",
    [
        Notification(kind=Kind.OTHER),
        replace(NAMELESS, original_message_id="<somebody@else.example>"),
        replace(NAMELESS, references=("<somebody@else.example>",)),
    ],
)
def test_what_names_another_message_or_is_ordinary_mail_is_not_ours(other: Notification) -> None:
    assert stray(other, UNTAGGED) is None
