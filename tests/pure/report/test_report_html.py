"""The page, read by lxml as a browser would."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from lxml import html as reader
from msgspec.structs import replace

from bsaudit.judge.explain import Unreadable, explain
from bsaudit.model.notification import Strength
from bsaudit.model.report import PlannedOut, Report, TargetEntry
from bsaudit.ndn import read
from bsaudit.report import html
from bsaudit.report.formats import Look, messages_renderer
from bsaudit.report.view import view
from tests.support.guilty import COMMON, CONTACT, MX, of_product
from tests.support.notifications import dsn
from tests.support.reports import BACKSCATTER, CLEAN, EVERY, FAILED, FIVE, HOSTILE, INCONCLUSIVE

LOOK = Look(datetime(2026, 3, 1, tzinfo=UTC))
MESSAGE = "Final-Recipient: rfc822; bob@dest.example\nAction: failed\nStatus: 5.1.1\n"


def page(report: Report) -> reader.HtmlElement:
    return reader.document_fromstring(html.render(report, LOOK).decode())


def shown(element: reader.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize("name", EVERY)
def test_it_says_what_the_view_says(name: str) -> None:
    seen, said = shown(page(EVERY[name]).body), view(EVERY[name])
    for target in said.targets:
        rows = (text for row in target.rows for text in (row.probe, row.outcome))
        for text in (target.name, target.verdict, target.limits, *rows):
            assert " ".join(text.split()) in seen
    for section in said.sections:
        assert all(" ".join(line.text.split()) in seen for line in section.lines)


@pytest.mark.parametrize("name", EVERY)
def test_it_needs_nothing_else_and_its_policy_allows_nothing_else(name: str) -> None:
    document = page(EVERY[name])
    assert not document.xpath("//script|//link|//img|//iframe|//object|//form|//base|//svg")
    assert not document.xpath("//@style|//@src|//@srcset|//@*[starts-with(name(), 'on')]")
    assert all(link.startswith(("#", "https://")) for link in document.xpath("//@href"))
    (style,) = document.xpath("//style")
    digest = b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    (policy,) = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_nothing_that_a_stranger_wrote_is_markup_or_a_link() -> None:
    document = page(HOSTILE)
    ours = {tag for name in FIVE if name != "hostile" for tag in (one.tag for one in page(EVERY[name]).iter())}
    assert {one.tag for one in document.iter()} <= ours
    assert "<script>" in shown(document)
    assert not document.xpath("//a[contains(@href, 'http://x')]")


@pytest.mark.parametrize("family", COMMON)
def test_a_stranger_finds_the_six_things(family: str) -> None:
    """What happened, when, which of his hosts, how to reproduce it, what to change, whom to ask."""
    parts = {shown(heading): shown(heading.getparent()) for heading in page(of_product(family)).xpath("//article//h2")}
    happened, see = parts["What happened, and when"], parts["How to see it for yourself"]
    assert f"{MX} [192.0.2.5] took this message from 192.0.2.77" in happened
    assert "2026-03-02T10:00:01.000Z" in happened
    assert "Dear sender, I could not deliver your message." in happened.replace(".I", ". I").replace(",I", ", I")
    assert f"swaks --server {MX}" in see
    assert "4XYZ1" in see
    assert COMMON[family] in parts["What to change"]
    assert "bsaudit probe --again 7f3a9c" in parts["What to change"]
    assert CONTACT in parts["Whom to ask"]


def test_a_time_line_stands_in_order_and_names_who_wrote() -> None:
    (probe,) = page(of_product("exim")).xpath("//details")
    moments = [shown(one) for one in probe.xpath(".//ol[@class='moments']/li")]
    assert moments == [
        "10:00:00 sent to the relay, for who@acme.example",
        "10:00:01 +1 s accepted by the target, as a delivery status notification shows",
        f"10:00:04 +4 s a non-delivery notification came, written by {MX}",
        "10:00:04 +4 s a notification that mail was passed on came, written by relay.example",
    ]
    assert [shown(one) for one in probe.xpath(".//*[@class='dialogue']/li")] == [
        "RCPT TO:<who@acme.example>250 2.1.5 OK",
        ".250 2.0.0 Ok: queued as 4REL9",
    ]


def test_a_refusal_and_a_silence_end_a_time_line() -> None:
    ends = [shown(one) for one in page(CLEAN).xpath("//ol[@class='moments']/li[last()]")]
    assert "rejected at RCPT: “550 5.1.1 User unknown”" in ends
    assert "10:07:00 +5 min nothing had come back in 5 min" in ends


def test_the_strongest_evidence_stands_first() -> None:
    (first, *_) = page(of_product("postfix")).xpath("//ol[@class='evidence']")
    assert [shown(one) for one in first.xpath("./li/span[1]")] == [Strength.DECISIVE, Strength.WEAK]


def test_what_is_good_is_folded_and_what_is_not_is_open() -> None:
    for one in page(BACKSCATTER).xpath("//details"):
        assert ("open" in one.attrib) == ("good" not in one.get("class").split())


def test_what_was_not_tried_is_said() -> None:
    (entry,) = CLEAN.targets
    left = PlannedOut(probes=("spam:gtube",), reason="the relay's owner did not agree")
    text = shown(page(replace(CLEAN, targets=(replace(entry, planned_out=(left,)),))))
    assert "spam:gtube: the relay's owner did not agree" in text
    assert "mail exchanger mx1.example.org" in text


def test_of_several_targets_the_worst_stands_first_in_the_summary_and_below_it() -> None:
    def named(report: Report, name: str) -> TargetEntry:
        return replace(report.targets[0], target=name)

    three = (named(CLEAN, "a.example"), named(INCONCLUSIVE, "b.example"), named(BACKSCATTER, "c.example"))
    document = page(replace(BACKSCATTER, targets=three))
    links = document.xpath("//table[@class='targets']//a")
    assert [one.text for one in links] == ["c.example", "b.example", "a.example"]
    for one in links:
        (heading,) = document.xpath(f"//article[@id='{one.get('href')[1:]}']/h1")
        assert one.text in shown(heading)
    headings = map(shown, document.xpath("//article/h1"))
    assert [heading.partition(" ")[0] for heading in headings] == ["c.example", "b.example", "a.example"]


def test_an_error_has_its_remedy_and_no_verdict_is_made_up() -> None:
    text = shown(page(FAILED).body)
    assert "relay: the relay refused the password" in text
    assert "Check the user name." in text
    assert not any(word in text for word in ("CLEAN", "BACKSCATTER"))


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_explained_messages_make_one_document(form: str) -> None:
    raw = dsn(MESSAGE, text="<b>No such user</b>\n").encode()
    render = messages_renderer(form)
    one = render.explained(explain(raw), read(raw))
    said = (render.head + one + render.between + one + render.tail).decode()
    assert said.count("bob@dest.example") == 2
    assert said.count("backscatter or not: unknown") == 2
    assert "cannot be read" in render.unreadable(Unreadable(file="x", error="gone")).decode()
    if form == "html":
        document = reader.document_fromstring(said)
        assert len(document.xpath("//main/article")) == 2
        assert not document.xpath("//b|//script")


def test_lines_to_paste_stand_as_they_go_into_the_file() -> None:
    (piece,) = BACKSCATTER.targets[0].advice[0].paste
    assert piece.lines in [block.text_content() for block in page(BACKSCATTER).iter("pre")]


def test_a_page_of_very_many_targets_leaves_out_their_messages_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it were one that no browser opens; each target is there all the same, with all that is not a message."""
    monkeypatch.setattr("bsaudit.report.page.MOST_WITH_MESSAGES", 2)
    (target,) = BACKSCATTER.targets
    many = [replace(target, target=f"{number}.example") for number in range(3)]
    few, all_of_them = (page(replace(BACKSCATTER, targets=tuple(some))) for some in (many[1:], many))
    assert len(few.xpath("//article")) == len(few.xpath("//article[.//details]")) == 2
    assert len(all_of_them.xpath("//article")) == len(many)
    assert not all_of_them.xpath("//article//details")
    assert "bsaudit status NAME --format html" in shown(all_of_them.body)
    assert "bsaudit status NAME" not in shown(few.body)
    assert shown(few.xpath("//article//p[@class='explanation']")[0]) in shown(all_of_them.body)
