"""What each content makes of each refusal at each command, and of each answer: no content can be left out.

A refusal counts from the command on at which a server first knows what is tried (RFC 5321 §4.1.1: the recipient in
RCPT, the content after the final dot; RFC 1870 §6.1: the size in MAIL), and only for a reason of that. In every row the
same host took an ordinary message to the valid recipient, so that a reply that says too little is about the difference.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.adapters.replies import read_reply
from bsaudit.judge.case import Case
from bsaudit.judge.outcome import judge
from bsaudit.model.mail import Route, Stage, Submission
from bsaudit.model.notification import Action, Attribution, Kind
from bsaudit.model.probe import CountsAs, Outcome, Probe, ProbeRecord, Role, Settlement
from bsaudit.probe.catalogue import CATALOGUE, CONTENTS
from bsaudit.probe.content import NOTIFICATION_OF_TEST, UNKNOWN, Content
from tests.support.judged import GOOD, GRACE, NOW, OPEN, TARGET, came, probe

SAID = {
    "unknown user": "550 5.1.1 <who@acme.example>: User unknown",
    "spam": "554 5.7.1 Spam message rejected",
    "virus": "554 5.7.1 Virus found: Eicar-Test-Signature",
    "listed URL": "554 5.7.1 The message contains a URL listed in dbl.spamhaus.org",
    "policy": "550 5.7.1 Message rejected by policy",
    "too big": "552 5.3.4 Message size exceeds fixed limit",
    "quota": "552 5.2.2 Mailbox full",
    "relaying": "554 5.7.1 <who@acme.example>: Relay access denied",
    "client": "554 5.7.1 Client host [192.0.2.9] blocked using zen.spamhaus.org",
    "SPF": "550 5.7.23 SPF validation failed",
    "sender": "550 5.1.0 <me@inbox.example>: Sender address rejected",
    "login": "530 5.7.0 Authentication required",
    "later": "451 4.7.1 Greylisted, try again later",
}
# R: rejected, which is good. -: masked, which says nothing. d: deferred. ?: unresolved.
LETTERS = {"R": Outcome.REJECTED, "-": Outcome.MASKED, "d": Outcome.DEFERRED, "?": Outcome.UNRESOLVED}
STAGES = (Stage.CONNECT, Stage.HELO, Stage.STARTTLS, Stage.AUTH, Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.END_OF_DATA)

# said          at: connect, helo, starttls, auth, mail, rcpt, data, end of data
OF_A_TEST = """
    unknown user    - - - - - - - -
    spam            - - - - - - - R
    virus           - - - - - - - R
    listed URL      - - - - - - - R
    policy          - - - - - - - R
    too big         - - - - - - - -
    quota           - - - - - - - -
    relaying        - - - - - - - -
    client          - - - - - - - -
    SPF             - - - - - - - -
    sender          - - - - - - - -
    login           - - - - - - - -
    later           d d d d d d d d
"""
OF_THE_RECIPIENT = """
    unknown user    - - - - - R R R
    spam            - - - - - - - -
    virus           - - - - - - - -
    listed URL      - - - - - - - -
    policy          - - - - - R R R
    too big         - - - - - - - -
    quota           - - - - - - - -
    relaying        - - - - - - - -
    client          - - - - - - - -
    SPF             - - - - - - - -
    sender          - - - - - - - -
    login           - - - - - - - -
    later           d d d d d d d d
"""
# Somebody on vacation exists: that he does not is another fault than the one that is looked for.
OF_A_LIST = OF_THE_RECIPIENT.replace("unknown user    - - - - - R R R", "unknown user    - - - - - - - -")
# A notification has no sender but <>, and whoever will not have that from anybody bounces nothing.
OF_A_NOTIFICATION = OF_THE_RECIPIENT.replace("sender          - - - - - - - -", "sender          - - - - - R R R")
OF_THE_SIZE = """
    unknown user    - - - - - - - -
    spam            - - - - - - - -
    virus           - - - - - - - -
    listed URL      - - - - - - - -
    policy          - - - - R R R R
    too big         - - - - R R R R
    quota           - - - - - - - -
    relaying        - - - - - - - -
    client          - - - - - - - -
    SPF             - - - - - - - -
    sender          - - - - - - - -
    login           - - - - - - - -
    later           d d d d d d d d
"""
# Of a content that only another version knows nothing is good.
OF_NOBODY_KNOWS_WHAT = """
    unknown user    - - - - - - - -
    spam            - - - - - - - ?
    virus           - - - - - - - ?
    listed URL      - - - - - - - -
    policy          - - - - - - - ?
    too big         - - - - - - - -
    quota           - - - - - - - -
    relaying        - - - - - - - -
    client          - - - - - - - -
    SPF             - - - - - - - -
    sender          - - - - - - - -
    login           - - - - - - - -
    later           d d d d d d d d
"""

# content: (kind and shape that carry it, what a refusal of it means, needs consent)
RIGHT = {
    "ordinary": ("unknown-recipient", "random", OF_THE_RECIPIENT, False),
    "returned-plain": ("null-reverse-path", "unknown", OF_A_NOTIFICATION, False),
    "list": ("autoresponder", "list", OF_A_LIST, False),
    "oversize": ("oversize", "oversize", OF_THE_SIZE, False),
    "gtube": ("spam", "gtube", OF_A_TEST, True),
    "offer": ("spam", "offer", OF_A_TEST, True),
    "uri": ("spam", "uri", OF_A_TEST, True),
    "gtphish": ("phish", "gtphish", OF_A_TEST, True),
    "eicar": ("virus", "eicar", OF_A_TEST, True),
    "eicar-zip": ("virus", "zip", OF_A_TEST, True),
    "eicar-nested": ("virus", "nested", OF_A_TEST, True),
    "banned": ("banned-attachment", "double-extension", OF_A_TEST, True),
    "rule": ("rule", "rule", OF_A_TEST, True),
    "returned-content": (None, None, OF_A_TEST, True),  # a control: our own side is no target
}
PROBES = {name: row for name, row in RIGHT.items() if row[0] is not None}


def carrying(name: str, kind: str, shape: str) -> Probe:
    return replace(probe(kind, name, Route.DIRECT), shape=shape)


def judged(one: Probe, submission: Submission, *mails: object, arrives: bool = True) -> Settlement:
    record = ProbeRecord(probe=one, submission=submission, returned=list(mails))
    learned = replace(GOOD, content_arrives=arrives)
    return judge(
        Case(record=record, learned=learned, target=TARGET, grace_s=GRACE, positive=True, way_back=OPEN)
    ).settlement


def refused(one: Probe, stage: Stage, said: str) -> Outcome:
    reply = read_reply(int(said[:3]), said[4:])
    return judged(one, Submission(accepted=False, submitted_at=NOW, finished_at=NOW, stage=stage, reply=reply)).outcome


def rows(one: Probe) -> str:
    letters = {outcome: letter for letter, outcome in LETTERS.items()}
    table = {said: [letters[refused(one, stage, SAID[said])] for stage in STAGES] for said in SAID}
    return "\n" + "".join(f"    {said:15} {' '.join(found)}\n" for said, found in table.items())


def test_a_name_in_the_journal_leads_back_to_the_content_that_was_sent() -> None:
    for row in CATALOGUE:
        for shape in row.shapes:
            assert CONTENTS[shape.content.name] is shape.content


def test_every_content_and_every_stage_has_its_row() -> None:
    assert set(RIGHT) == set(CONTENTS)
    assert set(STAGES) == set(Stage)
    carried = {(row.kind, shape.name): shape.content.name for row in CATALOGUE for shape in row.shapes}
    assert {name: carried[kind, shape] for name, (kind, shape, _, _) in PROBES.items()} == {
        name: name for name in PROBES
    }
    assert [name for name in CONTENTS if name not in carried.values()] == [NOTIFICATION_OF_TEST.name]


@pytest.mark.parametrize("name", PROBES)
def test_a_refusal_counts_when_what_is_tried_was_known_and_is_named(name: str) -> None:
    kind, shape, right, _ = PROBES[name]
    assert rows(carrying(name, kind, shape)) == right


@pytest.mark.parametrize("name", RIGHT)
def test_what_looks_like_abuse_needs_the_consent_of_the_relays_owner(name: str) -> None:
    assert CONTENTS[name].needs_consent is RIGHT[name][3]


TAKEN = Submission(accepted=True, submitted_at=NOW, finished_at=NOW)


@pytest.mark.parametrize("name", PROBES)
def test_silence_needs_a_control_that_would_have_been_kept_from_us_as_well(name: str) -> None:
    kind, shape, _, test = PROBES[name]
    submission = replace(TAKEN, size_limit=1000)
    one = carrying(name, kind, shape)
    assert judged(one, submission).outcome is Outcome.ACCEPTED_SILENTLY
    without = judged(one, submission, arrives=False).outcome
    assert without is (Outcome.UNRESOLVED if test else Outcome.ACCEPTED_SILENTLY)


@pytest.mark.parametrize("name", PROBES)
def test_what_came_back_is_judged_by_what_was_sent(name: str) -> None:
    kind, shape, _, test = PROBES[name]
    one = carrying(name, kind, shape)
    assert judged(one, TAKEN, came(Kind.NDN, Attribution.TARGET)).counts_as is CountsAs.BACKSCATTER
    existing = replace(one, recipients=tuple(replace(r, role=Role.VALID) for r in one.recipients))
    answer = came(Kind.AUTOREPLY, Attribution.TARGET, action=Action.DELIVERED)
    found = judged(existing, TAKEN, answer).counts_as
    assert found is (CountsAs.BACKSCATTER if test else CountsAs.FINDING)  # RFC 3834 judges answers to ordinary mail


# --- what this version does not know


FOREIGN = [
    ("spam", "of-next-year"),
    ("of-next-year", "ordinary"),
    ("of-next-year", "gtube"),
    ("of-next-year", "of-too"),
]


@pytest.mark.parametrize(("kind", "content"), FOREIGN)
def test_of_a_probe_that_only_another_version_knows_nothing_is_good_and_nobody_is_accused(
    kind: str, content: str
) -> None:
    one = carrying(content, kind, "x")
    for said in SAID.values():
        for stage in STAGES:
            assert refused(one, stage, said) in {Outcome.MASKED, Outcome.DEFERRED, Outcome.UNRESOLVED}
    silent = judged(one, TAKEN)
    assert silent.outcome is Outcome.UNRESOLVED
    assert "unknown to this version" in silent.explanation
    asked = judged(
        replace(one, rcpt_only=True), replace(TAKEN, recipient_replies={"who@acme.example": read_reply(250, "OK")})
    )
    assert asked.counts_as is CountsAs.INCONCLUSIVE
    answer = judged(one, TAKEN, came(Kind.AUTOREPLY, Attribution.TARGET, action=Action.DELIVERED))
    assert answer.counts_as is CountsAs.FINDING
    assert judged(one, TAKEN, came(Kind.NDN, Attribution.TARGET)).outcome is Outcome.BOUNCED


def test_of_a_content_that_nobody_knows_the_worst_is_assumed() -> None:
    assert UNKNOWN.needs_consent
    assert UNKNOWN.name not in CONTENTS
    assert rows(carrying("of-next-year", "spam", "gtube")) == OF_NOBODY_KNOWS_WHAT


DECIDES = ("needs_consent", "tries", "fits", "words", "write", "name", "title")


@pytest.mark.parametrize("field", DECIDES)
def test_a_content_cannot_be_written_down_without_what_decides(field: str) -> None:
    whole = {name: getattr(UNKNOWN, name) for name in Content.__struct_fields__}
    assert set(whole) == set(DECIDES)
    assert Content(**whole) == UNKNOWN
    del whole[field]
    with pytest.raises(TypeError, match=field):
        Content(**whole)
