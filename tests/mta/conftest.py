"""One laboratory for all tests of a session; where there can be none, the reason, which CI does not accept."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.mta import lab


@pytest.fixture(scope="session")
def ground() -> Iterator[lab.Lab]:
    reason = lab.why_not()
    if reason and (os.environ.get("BSAUDIT_MTA_REQUIRED") or os.environ.get("CI")):
        pytest.fail(f"the real-server tier must run here: {reason}")
    if reason:
        pytest.skip(reason)
    with lab.running() as running:
        yield running
