"""For all tiers: a slow machine is no failure. Speed is measured in benchmarks/."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("bsaudit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bsaudit")
