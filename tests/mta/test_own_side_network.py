"""A broken own side in a real network, with a real Postfix as catch MX: a guilty server never ends clean for it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.mta import audit
from tests.mta.lab import Lab
from tests.mta.network import configured, filtered
from tests.mta.own_side import ALONE, BY_CATCH, DECIDED, RELAY, RELAYED, ROWS, Broken
from tests.mta.places import CATCH_MX

pytestmark = [pytest.mark.mta, pytest.mark.timeout(300)]

TIMES = ("--wait", "20s", "--grace", "4s", "--rate", "4")
TRIED = [(row, route) for row in ROWS for route in row.routes]


@pytest.mark.parametrize(("row", "route"), TRIED, ids=[f"{row.number}-{route}-{row.what[:30]}" for row, route in TRIED])
def test_it_is_never_clean(ground: Lab, tmp_path: Path, row: Broken, route: str) -> None:
    ran = audited(ground, tmp_path, row, route)
    entry = ran.target(row.target)
    assert ran.code in row.codes, (ran.code, entry["explanation"], ran.report["errors"])
    assert entry["verdict"] != "clean"
    assert ran.code != 4 or ran.report["errors"][0]["remedy"]


@pytest.mark.parametrize(("row", "route"), [(row, route) for row in DECIDED for route in row.routes])
def test_what_only_looks_broken_still_decides(ground: Lab, tmp_path: Path, row: Broken, route: str) -> None:
    ran = audited(ground, tmp_path, row, route)
    assert ran.code in row.codes, (ran.code, ran.target(row.target)["explanation"], ran.report["errors"])


def audited(ground: Lab, state: Path, row: Broken, route: str) -> audit.Ran:
    with contextlib.ExitStack() as stack:
        for host, chains in row.filters.items():
            stack.enter_context(filtered(ground, host, *chains))
        if row.postfix:
            stack.enter_context(configured(ground, CATCH_MX, **row.postfix))
        relay = {RELAYED: audit.relay_url(RELAY), BY_CATCH: audit.relay_url(CATCH_MX)}.get(route)
        controls = None if route == ALONE else audit.CONTROLS
        return audit.probe(ground, state, [row.target], *TIMES, relay=relay, controls=controls, catch=row.catch)
