"""The machine sleeps, or bsaudit is stopped, while answers are awaited: nobody takes mail, and silence is none."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from msgspec.structs import replace

from bsaudit.adapters.clock import SteadyClock
from bsaudit.audit import audit
from bsaudit.lab.laboratory import laboratory
from bsaudit.lab.targets import Behaviours
from bsaudit.model.event import Event, Phase
from bsaudit.model.report import Report, Verdict
from bsaudit.wiring.tools import tools_for
from tests.support.audits import RATE, only, side_by_side

# Of the clock, which is looked at once a second.
GRACE_S = 2.5


class Slept(SteadyClock):
    """A clock that time passed by: the machine's own shows it, or (who was stopped himself) the run's, too."""

    def __init__(self) -> None:
        super().__init__()
        self.slept, self.stopped = timedelta(), timedelta()

    def now(self) -> datetime:
        return super().now() + self.stopped

    def wall(self) -> datetime:
        return super().wall() + self.slept + self.stopped


async def slept_through(slept: timedelta, stopped: timedelta) -> Report:
    async with laboratory(sites={"silent": Behaviours.TABLE["silent"]}) as lab:
        aimed = lab.settings("silent.test", wait_s=60.0, grace_s=GRACE_S, rate=RATE)
        aimed = replace(aimed, kinds=("banned-attachment",))
        clock = Slept()

        def sleep(event: Event) -> None:
            if isinstance(event, Phase) and event.name == "watch":
                clock.slept, clock.stopped = slept, stopped

        async with tools_for(aimed) as tools:
            return await audit(aimed, dataclasses.replace(tools, clock=clock, observer=sleep))


def test_silence_while_nobody_listened_is_none() -> None:
    awake, hour = timedelta(), timedelta(hours=1)
    times = {"awake": (awake, awake), "slept": (hour, awake), "stopped": (awake, hour), "set back": (-hour, awake)}
    reports = side_by_side({name: slept_through(*time) for name, time in times.items()})
    found = {name: only(report).verdict for name, report in reports.items()}
    assert found == {
        "awake": Verdict.CLEAN,
        "slept": Verdict.INCONCLUSIVE,
        "stopped": Verdict.INCONCLUSIVE,
        "set back": Verdict.CLEAN,
    }
    assert "our own catch MX took no mail meanwhile" in only(reports["slept"]).explanation
