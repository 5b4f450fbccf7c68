"""The finding that nobody can be reached: only where each way is known to be shut."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.judge.findings_contacts import TABLE, contact_finding
from bsaudit.model.probe import CountsAs, Outcome
from bsaudit.model.report import Contacts, ProbeEntry, TargetEntry
from tests.support.reports import BACKSCATTER, BOUNCED

TARGET = BACKSCATTER.targets[0]
DEFAULT = Contacts(about=TARGET.domain, addresses=(f"postmaster@{TARGET.domain}",), registered=False)
NETWORK = Contacts(about="192.0.2.1", registered=False)


def asked(kind: str, outcome: Outcome = Outcome.REJECTED) -> ProbeEntry:
    return replace(BOUNCED, id=f"p-{kind}", kind=kind, outcome=outcome, counts_as=CountsAs.GOOD)


SHUT = (asked("postmaster"), asked("abuse"))


def target(probes: tuple[ProbeEntry, ...], *contacts: Contacts) -> TargetEntry:
    return replace(TARGET, probes=probes, contacts=contacts)


def test_nobody_is_there_where_each_of_the_four_says_so() -> None:
    found = contact_finding(target((BOUNCED, *SHUT), DEFAULT, NETWORK))
    assert found is not None
    assert (found.id, found.severity, found.probe_ids) == (TABLE[0].id, "info", ("p-postmaster", "p-abuse"))
    assert "none for 192.0.2.1" in found.detail


@pytest.mark.parametrize(
    ("probes", "contacts"),
    [
        pytest.param((), (DEFAULT, NETWORK), id="nobody tried the addresses"),
        pytest.param(SHUT[:1], (DEFAULT, NETWORK), id="abuse was not tried"),
        pytest.param((*SHUT, asked("abuse", Outcome.ACCEPTED_SILENTLY)), (DEFAULT, NETWORK), id="one host takes abuse"),
        pytest.param((SHUT[0], asked("abuse", Outcome.MASKED)), (DEFAULT, NETWORK), id="refused for another reason"),
        pytest.param(SHUT, (), id="no database was asked"),
        pytest.param(SHUT, (DEFAULT,), id="Abusix was not asked"),
        pytest.param(SHUT, (NETWORK,), id="abuse.net was not asked"),
        pytest.param(SHUT, (replace(DEFAULT, registered=None), NETWORK), id="abuse.net did not answer"),
        pytest.param(SHUT, (DEFAULT, replace(NETWORK, registered=None)), id="Abusix did not answer"),
        pytest.param(SHUT, (replace(DEFAULT, registered=True), NETWORK), id="abuse.net has somebody"),
        pytest.param(SHUT, (DEFAULT, NETWORK, Contacts(about="192.0.2.2", registered=True)), id="another network has"),
    ],
)
def test_what_is_not_known_to_be_shut_is_no_finding(
    probes: tuple[ProbeEntry, ...], contacts: tuple[Contacts, ...]
) -> None:
    assert contact_finding(target(probes, *contacts)) is None
