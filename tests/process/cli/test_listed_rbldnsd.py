"""`bsaudit listed` against the server that most lists run, behind the resolver that most mail servers run."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.lists import RBLDNSD, RIGHT, UNBOUND, asked, serving

pytestmark = pytest.mark.skipif(not (RBLDNSD and UNBOUND), reason="needs Debian's rbldnsd and unbound")


def test_nobody_is_listed_but_by_the_list_that_lists_it() -> None:
    with serving() as resolver:
        found = asyncio.run(asked(resolver))
    assert {zone: one.status for zone, one in found.items()} == RIGHT
    assert (found["good.test"].codes, found["good.test"].text) == (("127.0.0.2",), "a bounce")
    assert found["network.test"].muted
