"""A host that has had enough of us is left alone: for a while, and then for good."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bsaudit.audit.roads import BACK_OFF_S, PATIENCE_S, Roads
from bsaudit.model.ledger import Lane
from bsaudit.model.mail import Reply, Route, Stage, Submission
from bsaudit.model.probe import Probe
from bsaudit.model.settings import AuditSettings
from tests.support.tokened import probe as tokened

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Time:
    """A clock that sleeps at once, and remembers for how long."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOW

    def wall(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Open:
    """A journal in whose lanes there is always room."""

    async def enter(self, holder: str, lanes: tuple[Lane, ...], now: float) -> float:
        return 0.0

    async def leave(self, holder: str) -> None:
        pass


def answered(code: int, text: str, stage: Stage = Stage.RCPT) -> Submission:
    return Submission(accepted=False, submitted_at=NOW, finished_at=NOW, stage=stage, reply=Reply(code=code, text=text))


def told(*submissions: Submission, wait_s: float = BACK_OFF_S[-1]) -> tuple[list[float], str | None]:
    """Return how long was waited before each session, and why the road is closed at the end."""
    time = Time()
    one: Probe = replace(tokened(), route=Route.DIRECT, address="192.0.2.1", mail_exchanger="mx.acme.example")

    async def main() -> str | None:
        roads = Roads(AuditSettings(targets=("acme.example",), wait_s=wait_s), time, Open())  # type: ignore[arg-type]
        for submission in submissions:
            async with roads.session(one) as road:
                roads.heed(road, submission)
        async with roads.session(one) as road:
            return road.closed

    return time.slept, asyncio.run(main())


@pytest.mark.parametrize("reply", [(421, "try later"), (450, "4.7.1 too many connections from your host, slow down")])
def test_who_says_later_to_all_of_us_is_left_alone_longer_each_time_and_then_for_good(reply: tuple[int, str]) -> None:
    for times in range(1, 5):
        slept, closed = told(*[answered(*reply)] * times)
        assert slept == list(BACK_OFF_S[:times])
        assert (closed is not None) is (times > len(BACK_OFF_S))


def test_no_run_waits_longer_for_a_host_than_for_answers() -> None:
    slept, closed = told(*[answered(421, "try later")] * 2, wait_s=BACK_OFF_S[0])
    assert slept == [BACK_OFF_S[0]]
    assert closed is not None
    assert "the run is over before" in closed


@pytest.mark.parametrize(
    "last",
    [
        answered(521, "no mail here", Stage.CONNECT),
        answered(554, "go away", Stage.CONNECT),
        answered(550, "5.7.1 Client host [198.51.100.7] blocked using zen.spamhaus.org"),
        answered(554, "5.7.1 Your IP address has been banned", Stage.MAIL),
    ],
)
def test_who_wants_no_more_is_sent_no_more(last: Submission) -> None:
    assert told(last)[1] is not None


@pytest.mark.parametrize(
    "last",
    [
        answered(550, "5.1.1 no such user"),
        answered(554, "5.7.1 message content rejected as spam", Stage.END_OF_DATA),
        answered(451, "4.7.1 greylisted, try again in 300 seconds"),
        answered(550, "5.2.1 mailbox blocked"),
    ],
)
def test_an_answer_about_one_message_closes_no_road(last: Submission) -> None:
    assert told(last) == ([], None)


@pytest.mark.parametrize(
    ("sessions", "each_s", "open_"), [(12, 30.0, True), (3, 400.0, True), (6, 300.0, False), (500, 5.0, True)]
)
def test_no_host_takes_a_whole_night_for_its_replies(sessions: int, each_s: float, open_: bool) -> None:
    time = Time()
    one = replace(tokened(), route=Route.DIRECT, address="192.0.2.1", mail_exchanger="mx.acme.example")

    async def main() -> list[str]:
        roads, said = Roads(AuditSettings(targets=("acme.example",)), time, Open()), []  # type: ignore[arg-type]
        for _ in range(sessions):
            async with roads.session(one) as road:
                time.slept.append(each_s)
            said.append(roads.tire(road))
        assert (road.closed is None) is open_
        return [text for text in said if text is not None]

    assert sessions * each_s >= PATIENCE_S or open_
    assert [text.startswith("has taken 30 min") for text in asyncio.run(main())] == [True] * (not open_)
