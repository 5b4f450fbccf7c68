"""What a bounce makes us ask: only of the target itself, and only about an address of its own."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.audit.followup import contact_in
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import ProbeRecord
from tests.support.judged import came, probe


@pytest.mark.parametrize(
    ("prose", "contact"),
    [
        ("For help write to helpdesk@acme.example.", "helpdesk@acme.example"),
        ("<who@acme.example>: unknown. Write to <support@mail.acme.example>", "support@mail.acme.example"),
        ("Could not deliver to who@acme.example", None),
        ("Ask somebody@elsewhere.example", None),
        ("Ask somebody@notacme.example", None),
        ("no address at all", None),
    ],
)
def test_the_contact_is_an_address_of_the_target_and_not_the_recipient(prose: str, contact: str | None) -> None:
    mail = came(Kind.NDN, Attribution.TARGET)
    mail = replace(mail, notification=replace(mail.notification, prose=prose))
    assert contact_in(ProbeRecord(probe=probe(), returned=(mail,))) == contact


def test_nobody_is_asked_about_what_others_wrote() -> None:
    mail = came(Kind.NDN, Attribution.RELAY)
    mail = replace(mail, notification=replace(mail.notification, prose="Write to help@acme.example"))
    assert contact_in(ProbeRecord(probe=probe(), returned=(mail,))) is None
