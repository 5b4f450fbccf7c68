"""A proxy that answers for everybody: the direct route then proves nothing, either way."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.judge.case import Case
from bsaudit.judge.interceptor import find_interceptor
from bsaudit.judge.learn import Learned
from bsaudit.judge.outcome import judge
from bsaudit.model.mail import Exchange, Reply, Route, Stage, Submission
from bsaudit.model.probe import Outcome, ProbeRecord
from bsaudit.model.run import Entrance, RunRecord
from bsaudit.model.way_back import Grade, ShownBy, WayBack
from tests.support.judged import GOOD, NOW, TARGET, probe

RUN = RunRecord(id="r", key=b"", started_at=NOW, route=Route.DIRECT)
PROXY = "proxy.isp.example ESMTP ready"
OURS = Entrance(host="mx.inbox.example", address="192.0.2.1", greeting=PROXY)


def heard(greeting: str, *, host: str = "mx.acme.example", route: Route = Route.DIRECT) -> ProbeRecord:
    """Return a probe whose host greeted so and refused the recipient."""
    reply = Reply(code=550, enhanced="5.1.1", text="User unknown")
    submission = Submission(
        accepted=False,
        submitted_at=NOW,
        finished_at=NOW,
        stage=Stage.RCPT,
        reply=reply,
        recipient_replies={"who@acme.example": reply},
        transcript=(Exchange(at=NOW, command="connect 192.0.2.9:25", code=220, text=greeting),),
    )
    return ProbeRecord(
        probe=replace(probe(route=route), mail_exchanger=host, address="192.0.2.9"), submission=submission
    )


def found(entrance: Entrance, record: ProbeRecord, learned: Learned = GOOD) -> str | None:
    return find_interceptor(replace(RUN, entrances=(entrance,)), learned, [record])


def test_one_name_for_our_own_host_and_the_targets_is_neithers() -> None:
    assert found(OURS, heard(PROXY)) == "proxy.isp.example"


@pytest.mark.parametrize(
    ("entrance", "record"),
    [
        (replace(OURS, ours=True), heard(PROXY)),  # our own token came through
        (replace(OURS, greeting=None), heard(PROXY)),  # nothing to compare with
        (replace(OURS, greeting="mx.inbox.example ESMTP"), heard("mx.acme.example ESMTP")),
        (OURS, heard("mx.acme.example ESMTP")),
        (OURS, heard(PROXY, host="mx.isp.example")),  # the target's own provider
        (replace(OURS, host="in.isp.example"), heard(PROXY)),  # ours
        (OURS, heard(PROXY, route=Route.RELAY)),
        (replace(OURS, greeting="localhost ESMTP"), heard("localhost ESMTP")),
    ],
)
def test_hosts_that_greet_by_their_own_names_are_themselves(entrance: Entrance, record: ProbeRecord) -> None:
    assert found(entrance, record) is None


def test_a_stranger_that_hands_our_own_mail_on_to_us_stands_in_between() -> None:
    entrance = replace(OURS, ours=False)
    assert found(entrance, heard("mx.acme.example"), replace(GOOD, passed_on=frozenset({OURS.address})))
    assert found(entrance, heard("mx.acme.example")) is None  # where it does not arrive, the run ends


def test_where_strangers_meet_us_and_we_somebody_else_he_stands_before_us_alone() -> None:
    shown = replace(GOOD, strangers=WayBack(grade=Grade.STRANGERS, shown_by=ShownBy.RELAY))
    entrance = replace(OURS, ours=False)
    assert found(entrance, heard("mx.acme.example"), shown) == PROXY
    assert found(replace(OURS, ours=True), heard("mx.acme.example"), shown) is None


def test_what_a_proxy_may_have_done_neither_clears_nor_accuses() -> None:
    record = heard(PROXY)
    case = Case(record=record, learned=GOOD, target=TARGET, grace_s=300, positive=True)
    assert judge(case).settlement.outcome is Outcome.REJECTED
    judged = judge(replace(case, intercepted="proxy.isp.example")).settlement
    assert (judged.outcome, judged.accepted) == (Outcome.UNRESOLVED, None)
    assert "proxy.isp.example answers in place" in judged.explanation
