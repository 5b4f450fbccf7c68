"""How durations read to people: the one wording, in reports, explanations, progress and errors."""

from __future__ import annotations

SHORT_S = 0.095  # below this one decimal says nothing
MINUTE_S = 60.0
HOUR_S = 3600.0


def duration(seconds: float) -> str:
    """Return a duration in the one or two units that matter: "0.4 s", "4 min 3 s", "2 h". Below zero is none."""
    seconds = max(0.0, seconds)
    if 0 < seconds < SHORT_S:
        return f"{max(seconds, 0.01):.2f} s"
    if round(seconds, 1) < MINUTE_S:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    if round(seconds) < HOUR_S:
        return _two_units(seconds, "min", "s")
    return _two_units(seconds / MINUTE_S, "h", "min")


def _two_units(amount: float, large: str, small: str) -> str:
    whole, rest = divmod(round(amount), 60)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"
