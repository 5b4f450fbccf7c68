"""The domain of the catch address, however the user spells it: it is one domain, and mail goes to it."""

from __future__ import annotations

import pytest

from bsaudit.lab.dns import Record
from bsaudit.lab.laboratory import CATCH, RELAY
from bsaudit.model.report import Report, Verdict
from tests.support.audits import audit_of, check, only, side_by_side

DOMAIN = "xn--bcher-kva.test"
ZONE = (
    Record(DOMAIN, "MX", f"10 {CATCH.name}."),
    Record(DOMAIN, "TXT", f'"v=spf1 ip4:{RELAY.address} -all"'),
)
SPELLINGS = ("audit@bücher.test", f"audit@{DOMAIN}.", f"audit@{DOMAIN.upper()}")


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    common = {"kinds": ("unknown-recipient:random",), "authorized_by": "the laboratory"}
    return side_by_side(
        {
            spelled: audit_of(("bad",), None, lambda _: None, ZONE, common | {"catch_addresses": (spelled,)})
            for spelled in SPELLINGS
        }
    )


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_it_is_asked_for_as_dns_knows_it(reports: dict[str, Report], spelled: str) -> None:
    """With a final dot nothing could be composed, and our own catch MX refused mail for letters beyond ASCII."""
    report = reports[spelled]
    check(report)
    assert only(report).verdict is Verdict.BACKSCATTER
