"""What DNS lists say of a target, in the formats that people read: where it is listed, and what that means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import html as reader
from msgspec.structs import replace

from bsaudit.model.report import Contacts, Listing, Report
from bsaudit.report.formats import Look, report_renderer
from bsaudit.report.redact import Redactor
from tests.support.reports import CLEAN

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC), 200)
ZONE, ADDRESS = "ips.backscatterer.org", "192.0.2.1"
SAID = {"zone": ZONE, "address": ADDRESS, "class_": "backscatter"}
LISTED = Listing(
    **SAID, status="listed", meaning="listed", codes=("127.0.0.2",), impact="many refuse", removal="https://a.example/"
)
UNKNOWN = Listing(zone="silent.example", address=ADDRESS, status="unknown", class_="spam", text="SERVFAIL")
SHARED = Listing(zone="bl.example", address=ADDRESS, status="listed", class_="spam", muted=True, muted_because="shared")


def shown(form: str, *listings: Listing, report: Report = CLEAN) -> str:
    listed = replace(report, targets=(replace(report.targets[0], listings=listings),))
    content = report_renderer(form)(listed, LOOK).decode()
    words = reader.fromstring(content).text_content() if form == "html" else content.replace("\\", "")
    return " ".join(words.split())


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_listing_is_told_with_what_it_costs_and_leaves_the_verdict(form: str) -> None:
    words = shown(form, SHARED, LISTED, UNKNOWN)
    assert f"LISTED {ADDRESS} on {ZONE} (backscatter)" in words
    assert "what it costs: many refuse" in words
    assert "removal: https://a.example/" in words
    assert words.index("LISTED") < words.index(f"listed, but shared; {ADDRESS} on bl.example")
    assert f"{ADDRESS}: listed on 2, not on 0; not known of 1" in words
    assert "CLEAN" in words.upper()
    assert "BACKSCATTER " not in words


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_where_nobody_asked_nothing_is_said_of_lists(form: str) -> None:
    assert "listed on" not in shown(form)
    assert "DNS lists" not in shown(form)


def test_a_redacted_listing_keeps_the_lists_own_words_and_names_no_host() -> None:
    listing = replace(LISTED, text=f"see https://{ZONE}/?ip={ADDRESS} ({ADDRESS})")
    report = Redactor()(replace(CLEAN, targets=(replace(CLEAN.targets[0], listings=(listing,)),)))
    (redacted,) = report.targets[0].listings
    assert ADDRESS not in redacted.address + redacted.text
    assert replace(redacted, address=ADDRESS, text=listing.text) == listing


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_whom_others_write_to_is_told_and_no_contact_is_named_as_such(form: str) -> None:
    target = replace(
        CLEAN.targets[0],
        contacts=(
            Contacts(about=CLEAN.targets[0].domain, registered=False),
            Contacts(about=ADDRESS, addresses=("abuse@provider.example",), registered=True),
            Contacts(about="192.0.2.2", registered=False),
        ),
    )
    words = shown(form, report=replace(CLEAN, targets=(target,)))
    assert f"Others write about {ADDRESS} to abuse@provider.example" in words
    assert f"abuse.net has no contact of {target.domain}'s own" in words
    assert words.count("abuse.net has no contact") == 1

    redacted = Redactor()(replace(CLEAN, targets=(target,)))
    words = shown(form, report=redacted)
    assert "provider.example" not in words
    assert ADDRESS not in words
