"""For all tiers: a slow machine is no failure. Speed is measured in benchmarks/."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("tests.support")

settings.register_profile("bsaudit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bsaudit")
