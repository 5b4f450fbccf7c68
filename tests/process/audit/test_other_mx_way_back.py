"""One mail exchanger of a target shows the way back, and another one, whose mail does not reach us, keeps silent."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.lab.laboratory import laboratory
from bsaudit.lab.targets import Bouncing, Machine, Reporting, Site
from bsaudit.model.mail import Route
from bsaudit.model.probe import Outcome
from bsaudit.model.report import Report, Verdict
from bsaudit.model.way_back import Grade
from bsaudit.wiring.runs import run_audit
from tests.support.audits import ENOUGH, GRACE_S, RATE, check, of_kind, only, side_by_side
from tests.support.own_side import DIRECT


class Unheard(Bouncing):
    """Accepts everything and bounces it, by an outgoing port 25 that is closed to where we are."""

    def write_to(self, address: str, content: bytes) -> None: ...


def two(first: int, second: int) -> Site:
    heard = Machine(label="mx1", behaviour=Reporting, preference=first)
    unheard = Machine(label="mx2", behaviour=Unheard, preference=second)
    return Site(about="", machines=(heard, unheard), relay=Verdict.INCONCLUSIVE, direct=Verdict.INCONCLUSIVE)


HEARD_FIRST, UNHEARD_FIRST = two(10, 20), two(20, 10)
RUNS: dict[str, tuple[Site, dict[str, Any]]] = {
    "direct": (HEARD_FIRST, DIRECT),
    "both, the backup directly": (HEARD_FIRST, {"route": Route.BOTH}),
    "both, the backup by relay": (UNHEARD_FIRST, {"route": Route.BOTH}),
}


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    async def one(site: Site, changes: dict[str, Any]) -> Report:
        async with laboratory(sites={"two": site}) as lab:
            aimed = lab.settings("two.test", wait_s=6.0, grace_s=GRACE_S, rate=RATE)
            changes = {"max_probes": ENOUGH, "kinds": ("unknown-recipient",)} | changes
            return await run_audit(replace(aimed, **changes))

    return side_by_side({name: one(*row) for name, row in RUNS.items()})


@pytest.mark.parametrize("run", RUNS)
def test_silence_of_an_mx_needs_a_way_back_of_its_own(reports: dict[str, Report], run: str) -> None:
    check(reports[run])
    target = only(reports[run])
    assert target.way_back is not None
    assert target.way_back.grade is Grade.TARGET  # by the other one
    assert target.verdict is Verdict.INCONCLUSIVE, target.explanation
    unheard = [probe for probe in of_kind(target, "unknown-recipient:random") if probe.outcome is not Outcome.REJECTED]
    assert {probe.outcome for probe in unheard} == {Outcome.UNRESOLVED}
    assert "nothing shows that mail from the host that took it reaches us" in target.explanation
