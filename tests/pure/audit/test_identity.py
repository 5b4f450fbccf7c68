"""Which second catch address looks as a forged one would."""

from __future__ import annotations

import pytest

from bsaudit.audit.identity import enforces


@pytest.mark.parametrize(
    ("record", "domain", "subdomain"),
    [
        ("v=DMARC1; p=reject", True, True),
        ("v=DMARC1;p=quarantine;rua=mailto:a@inbox.example", True, True),
        ("v=DMARC1; p=none", False, False),
        ("v=DMARC1; p=none; sp=reject", False, True),
        ("v=DMARC1; p=reject; pct=0", True, True),  # of every message the next lower policy is asked: quarantine
        ("v=DMARC1; pct=00;p=quarantine", False, False),
        ("v=DMARC1; p=quarantine; pct=10", True, True),
        ("v=DMARC1; P = Reject; sp=none", True, False),
        ("v=DMARC1; rua=mailto:p=reject@inbox.example", False, False),
    ],
)
def test_dmarc_enforces_by_its_policy(record: str, *, domain: bool, subdomain: bool) -> None:
    assert enforces(record, for_subdomain=False) is domain
    assert enforces(record, for_subdomain=True) is subdomain
