"""A broken own side in a real network, with a real Postfix as catch MX: a guilty server never ends clean for it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.mta import audit, keeper
from tests.mta.certificates import AUTHORITY
from tests.mta.lab import Lab
from tests.mta.network import configured, filtered
from tests.mta.own_side import ALONE, BY_CATCH, DECIDED, RELAY, RELAYED, ROWS, Broken
from tests.mta.places import CATCH_MX, RESOLVER

pytestmark = [pytest.mark.mta, pytest.mark.timeout(300)]

TIMES = ("--wait", "20s", "--grace", "4s", "--rate", "4")
# Each waits for silence, and its network is that of all: a few of them each time, all of them in the long tier.
EACH = 7


def sample(cases: Iterable[tuple[Broken, str]]) -> list[ParameterSet]:
    """Give each (row, route) its name; but for one in EACH they are of the long tier."""
    return [
        pytest.param(
            row,
            route,
            id=f"{row.number}-{route}-{row.what[:30]}",
            marks=[pytest.mark.long] if place % EACH else [],
        )
        for place, (row, route) in enumerate(cases)
    ]


@pytest.mark.parametrize(("row", "route"), sample((row, route) for row in ROWS for route in row.routes))
def test_it_is_never_clean(ground: Lab, tmp_path: Path, row: Broken, route: str) -> None:
    ran = audited(ground, tmp_path, row, route)
    entry = ran.target(row.target)
    assert ran.code in row.codes, (ran.code, entry["explanation"], ran.report["errors"])
    assert entry["verdict"] != "clean"
    assert ran.code != 4 or ran.report["errors"][0]["remedy"]


@pytest.mark.parametrize(("row", "route"), sample((row, route) for row in DECIDED for route in row.routes))
def test_what_only_looks_broken_still_decides(ground: Lab, tmp_path: Path, row: Broken, route: str) -> None:
    ran = audited(ground, tmp_path, row, route)
    assert ran.code in row.codes, (ran.code, ran.target(row.target)["explanation"], ran.report["errors"])


@pytest.mark.parametrize(("row", "route"), sample((row, row.routes[0]) for row in ROWS if row.is_seen))
def test_a_doctor_sees_it_before_an_audit_is_wasted(ground: Lab, tmp_path: Path, row: Broken, route: str) -> None:
    relay, controls = through(route)
    words = [
        "--route",
        "relay" if relay else "direct",
        *(["--relay", f"smtp://{relay or controls}"] if controls else []),
    ]
    network = ["--resolver", RESOLVER, "--ca-file", f"{keeper.SCRATCH}/{AUTHORITY}", "--wait", "20s", "--quiet"]
    with broken(ground, row):
        done = audit.bsaudit(ground, tmp_path, "doctor", *words, *row.catch, *network)
    wrong = [line for line in done.stdout.splitlines() if line.startswith(("problem", "unknown"))]
    assert wrong, done.stdout + done.stderr
    assert done.code in {0, 4}


def audited(ground: Lab, state: Path, row: Broken, route: str) -> audit.Ran:
    relay, controls = through(route)
    with broken(ground, row):
        return audit.probe(ground, state, [row.target], *TIMES, relay=relay, controls=controls, catch=row.catch)


def through(route: str) -> tuple[str | None, str | None]:
    """Return the relay of the probes, and the one that carries the controls."""
    relay = {RELAYED: audit.relay_url(RELAY), BY_CATCH: audit.relay_url(CATCH_MX)}.get(route)
    return relay, None if route == ALONE else audit.CONTROLS


@contextlib.contextmanager
def broken(ground: Lab, row: Broken) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for host, chains in row.filters.items():
            stack.enter_context(filtered(ground, host, *chains))
        if row.postfix:
            stack.enter_context(configured(ground, CATCH_MX, **row.postfix))
        yield
