"""docs/kinds.md tells of every kind, and the default plan is what is sent."""

from __future__ import annotations

import pytest

from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.run import TargetRecord
from bsaudit.model.settings import DEFAULT_MAX_PROBES, AuditSettings, Tagging
from bsaudit.probe.addressing import Numbers, Sender
from bsaudit.probe.catalogue import CATALOGUE
from bsaudit.probe.plan import choose, plan_target
from docs.generate.kinds import page


def test_every_kind_and_shape_has_its_place() -> None:
    for row in CATALOGUE:
        section = page().partition(f"\n## {row.kind}\n")[2].partition("\n## ")[0]
        assert row.proves in section
        assert all(f"| `{shape.name}` |" in section for shape in row.shapes)


def default_plan(route: Route) -> set[tuple[str, str]]:
    settings = AuditSettings(targets=("example.org",), route=route, relay_permission="yes")
    exchanger = MailExchanger(host="mx.example.org", preference=10, addresses=("192.0.2.1",))
    target = TargetRecord(target="example.org", domain="example.org", mail_exchangers=(exchanger,))
    sender = Sender(run_id="r", key=bytes(32), catch_address="probe@example.net", tagging=Tagging.PLUS, route=route)
    probes = plan_target(sender, Numbers(), target, choose(settings), settings)

    assert sum(not probe.rcpt_only for probe in probes) <= DEFAULT_MAX_PROBES
    return {(probe.kind, probe.shape or "") for probe in probes if not probe.control}


@pytest.mark.parametrize(("route", "column"), [(Route.RELAY, 2), (Route.DIRECT, 3)])
def test_the_default_plan_on_the_page_is_the_one_that_is_sent(route: Route, column: int) -> None:
    rows = [line.split("|") for line in page().splitlines() if line.startswith("| [")]
    told = {
        (cells[1].partition("]")[0].strip(" ["), cells[1].rpartition(", ")[2].strip())
        for cells in rows
        if cells[column].strip() != "no"
    }
    assert told == default_plan(route)
