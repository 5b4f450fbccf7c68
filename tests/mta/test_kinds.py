"""Every further kind of probe, tried: the installed command against a server of each behaviour, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from bsaudit.probe.catalogue import CATALOGUE
from tests.mta import audit, kinds, lab, truth, truth_kinds
from tests.mta.conftest import selected

pytestmark = [pytest.mark.mta, pytest.mark.timeout(300)]

AT_ONCE = 3
TIMES = ("--wait", "40s", "--grace", "6s", "--rate", "3")
RELAYS = {
    truth_kinds.RELAY: audit.relay_url("smtp.carrier.example"),
    truth_kinds.SRS: audit.relay_url("smtp.srs-carrier.example"),
    truth_kinds.COURIER: audit.relay_url("smtp.courier-carrier.example", account=False),
    truth_kinds.DIRECT: None,
}
# What a repetition of the auditor's own shows besides; the repetition that the catalogue asks for is `again`.
ASIDE = {"without-notify", "unauthenticated"}
# They share a host: where it has said that we are blocked it is connected to no more, and what was not sent by then is
# not reached (docs/harm.md).
SHUNNED = {"blocklists", "spares-the-known", "refuses-spf"}
CASES = [
    pytest.param(name, route, row, id=f"{name}-{route}-{row.target}", marks=[pytest.mark.smoke] if run.quick else [])
    for name, run in truth_kinds.RUNS.items()
    for route in run.routes
    for row in run.rows
]


@pytest.fixture(scope="module")
def reports(
    request: pytest.FixtureRequest, ground: lab.Lab, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], Future[audit.Ran]]]:
    """Start all runs, a few at once; each test waits for the one it reads."""
    state = tmp_path_factory.mktemp("kinds")
    rule = state / "rule.txt"
    rule.write_text(f"Hello,\n\n{kinds.RULE}\n")

    def audited(name: str, route: str) -> audit.Ran:
        run = truth_kinds.RUNS[name]
        options = [word for kind in run.kinds for word in ("--probe", kind)]
        options += [word for row in run.rows for word in row.options]
        options += ["--rule", str(rule)] if "rule" in run.kinds else []
        domains = [row.domain for row in run.rows]
        relay, catch = RELAYS[route], run.catch or audit.IMAP
        return audit.probe(
            ground, state / name / route, domains, *TIMES, *run.options, *options, relay=relay, catch=catch
        )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        wanted = selected(request, "name", "route")
        pairs = [(name, route) for name, run in truth_kinds.RUNS.items() for route in run.routes]
        yield {pair: pool.submit(audited, *pair) for pair in pairs if pair in wanted}


@pytest.mark.parametrize(("name", "route", "row"), CASES)
def test_row(reports: dict[tuple[str, str], Future[audit.Ran]], name: str, route: str, row: truth_kinds.Truth) -> None:
    ran = reports[name, route].result()
    assert ran.code in {0, 1, 3}, ran.stderr
    entry = ran.target(row.domain)
    outcomes = {label(probe): probe["outcome"] for probe in entry["probes"] if probe.get("difference") not in ASIDE}
    if route == truth_kinds.DIRECT and row.target in SHUNNED:
        outcomes = {each: row.shows[each] if said == "unreachable" else said for each, said in outcomes.items()}
    explained = "\n".join(f"{label(probe)}: {probe['explanation']}" for probe in entry["probes"])
    assert outcomes == dict(row.shows), explained
    assert entry["verdict"] == row.verdict, f"{entry['explanation']}\n{explained}"
    assert {found["id"] for found in entry["findings"]} & truth_kinds.ABOUT_ANSWERS == row.findings
    assert ran.report["errors"] == []


def label(probe: dict[str, Any]) -> str:
    again = " again" if probe.get("difference") == "nothing" else ""
    return f"{probe['kind']}/{probe['shape']}{again}"


def test_every_row_of_the_catalogue_has_a_target() -> None:
    tried = {label.partition("/")[0] for run in truth_kinds.RUNS.values() for row in run.rows for label in row.shows}
    tried |= {label.partition("/")[0] for label in truth.DIRECT_PROBES}
    # phish: no filter is known to honour its string (the catalogue calls it experimental).
    assert {row.kind for row in CATALOGUE} - tried <= {"phish"}
