"""docs/listed.md: what other tools say of the zones that bsaudit is tested against."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mta import others
from tests.mta.conftest import needs

pytestmark = [pytest.mark.mta, pytest.mark.long, pytest.mark.timeout(600)]  # it fetches two packages of others


def test_the_page_says_what_other_tools_say_of_the_same_lists() -> None:
    needs(others.why_not())
    table = others.table()
    assert table in (Path(__file__).parents[2] / "docs/listed.md").read_text(), table
