"""One laboratory for all tests of a session; where there can be none, the reason, which CI does not accept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mta import hosts, lab
from tests.mta.places import CATCH_MX
from tests.support import dovecot as dovecots
from tests.support.dovecot import Dovecot

OURS = ("ns.lab.example", CATCH_MX, "smtp.carrier.example")

# Where several processes share the files (`-n 2`), each has a laboratory of its own and a file at a time. The longest
# are begun first: begun late, one of them would run alone at the end.
LONGEST = (
    "test_truth.py",
    "test_kinds.py",
    "test_catches.py",
    "test_journal_postgresql.py",
    "test_advice.py",
    "test_defend.py",
    "test_own_side_network.py",
    "test_network_faults.py",
    "test_logs.py",
    "test_own_side.py",
    "test_pipeline.py",
)


@pytest.hookimpl(trylast=True)  # after that of tests/conftest.py: other folders have files of these names
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {Path(__file__).with_name(name): place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


def selected(request: pytest.FixtureRequest, *names: str) -> set[tuple[object, ...]]:
    """Return the values of these parameters in the tests of the module that will run, so that nothing else is."""
    tests = [item for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    return {tuple(test.callspec.params[name] for name in names) for test in tests if names[0] in test.callspec.params}


def needs(reason: str | None) -> None:
    """Skip for this reason why real servers cannot run here, if there is one; fail where they must."""
    if reason and (os.environ.get("BSAUDIT_MTA_REQUIRED") or os.environ.get("CI")):
        pytest.fail(f"the real-server tier must run here: {reason}")
    if reason:
        pytest.skip(reason)


@contextmanager
def laboratory_of(*domains: str) -> Iterator[lab.Lab]:
    """Start one of its own, of the hosts of `domains` and what every audit needs: nothing was sent to them before."""
    needs(lab.why_not())
    names = {f"{part}.{domain}" for domain in domains for part in ("mx", "inner")}
    running = lab.start(tied=True, only=(*OURS, *(host.name for host in hosts.HOSTS if host.name in names)))
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def ground() -> Iterator[lab.Lab]:
    needs(lab.why_not())
    with lab.running() as running:
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    needs(dovecots.why_not())
    with dovecots.running() as running:
        yield running


@pytest.fixture
def dovecot(server: Dovecot) -> Dovecot:
    server.reset()
    return server
