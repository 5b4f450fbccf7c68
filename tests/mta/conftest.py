"""One laboratory for all tests of a session; where there can be none, the reason, which CI does not accept."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.mta import lab


def selected(request: pytest.FixtureRequest, *names: str) -> set[tuple[object, ...]]:
    """Return the values of these parameters in the tests of the module that will run, so that nothing else is."""
    tests = [item for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    return {tuple(test.callspec.params[name] for name in names) for test in tests if names[0] in test.callspec.params}


def needs_a_laboratory() -> None:
    """Skip where there can be none; fail where there must be one."""
    reason = lab.why_not()
    if reason and (os.environ.get("BSAUDIT_MTA_REQUIRED") or os.environ.get("CI")):
        pytest.fail(f"the real-server tier must run here: {reason}")
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def ground() -> Iterator[lab.Lab]:
    needs_a_laboratory()
    with lab.running() as running:
        yield running
