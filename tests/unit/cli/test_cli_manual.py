from __future__ import annotations

from pathlib import Path

from bsaudit.cli.manual import manual


def test_the_published_help_is_current() -> None:
    page = Path(__file__).parents[3] / "docs/cli.md"
    assert page.read_text() == manual(), "run: python -m bsaudit.cli.manual > docs/cli.md"
