"""The pages of `survey` and `logs`, read by lxml as a browser would."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as reader
from msgspec.structs import replace

from bsaudit.model.logs import LogDay, LogFile, LogReport, LogTotals
from bsaudit.model.report import ToolEntry
from bsaudit.model.survey import SurveyOwn, SurveyReport, SurveyTotals
from bsaudit.report import html
from bsaudit.report.chart import FAR, HEIGHT, MOST_BARS, Series, chart
from bsaudit.report.formats import Look
from bsaudit.report.section import Tone
from bsaudit.text import clean_block
from tests.support.counted import a_survey, some_logs

LOOK = Look(datetime(2026, 3, 9, tzinfo=UTC))
SERIES = (Series("bad", Tone.BAD), Series("unknown", Tone.UNKNOWN))
MARKUP = '</title></style></script><script>x</script><svg onload="x"><a href="http://x">\'" onclick=x {{ 7 * 7 }}'


def both(evil: str) -> dict[str, bytes]:
    return {"survey": html.survey(a_survey(evil), LOOK), "logs": html.logs(some_logs(evil), LOOK)}


def shown(element: reader.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())


def opened(page: bytes) -> reader.HtmlElement:
    return reader.document_fromstring(page.decode())


@cache
def plain(name: str) -> reader.HtmlElement:
    return opened(both("mx.example")[name])


def sections(name: str) -> dict[str, str]:
    return {shown(one): shown(one.getparent()) for one in plain(name).xpath("//section/h2")}


@given(st.text(min_size=1) | st.just(MARKUP) | st.text("<>&\"'{}%/ax\x1b\u202e\ud800", min_size=1))
def test_hostile_text_is_text(evil: str) -> None:
    for name, page in both(evil).items():
        document = opened(page)
        assert [one.tag for one in document.iter()] == [one.tag for one in plain(name).iter()]
        assert document.xpath("//@href") == plain(name).xpath("//@href")
        assert not document.xpath("//@*[starts-with(name(), 'on')]")
        assert " ".join(clean_block(evil).split()) in shown(document)


@pytest.mark.parametrize("name", ["survey", "logs"])
def test_a_page_loads_and_runs_nothing_and_keeps_to_its_policy(name: str) -> None:
    document = plain(name)
    assert not document.xpath("//script|//link|//img|//iframe|//object|//form|//base|//image|//use")
    assert not document.xpath("//@style|//@src|//@srcset")
    assert document.xpath("//meta[@http-equiv='Content-Security-Policy']")


def test_a_survey_says_its_piles_and_what_to_do() -> None:
    text, parts = shown(plain("survey").body), sections("survey")
    for said in (
        "8 backscatter from 1 host",
        "Interrupted",
        "Your own (guessed): mx.example",
        "8 backscatter: answers to mail that you never sent",
        "2 answers to your own mail",
        "6 cannot be told 5: own names stand where anybody can write them 1: forged: no mail system wrote it",
    ):
        assert said in text
    assert "mx.example: publish SPF. mx.example mx.example" in parts["Do these things now"]  # text, line, command
    assert "8 198.51.100.0/24 2026-03-01 to 2026-03-04" in parts["Whence the originals came"]
    assert "8 mx.example" in parts["What they were about"]
    assert "mx.example" in parts["What the numbers leave open"]


def test_who_wrote_it_names_lists_and_contacts_but_nobody_of_whom_nothing_is_known() -> None:
    said = sections("survey")["Who wrote it"]
    assert "on listed.example: mx.example not on clean.example unknown.example says nothing (unknown)" in said
    assert "mail to it came back" in said
    assert "1 other host wrote only what cannot be told" in said
    assert "innocent.example" not in said


def test_logs_say_totals_causes_and_advice() -> None:
    text, parts = shown(plain("logs").body), sections("logs")
    assert "8 backscatter" in shown(plain("logs").xpath("//h1")[0])
    for said in ("9 non-delivery notices", "2 delay notices", "1 of the bounces answer own senders: no backscatter"):
        assert said in text
    assert "9 user unknown postfix" in parts["Why, and what ends it"]
    assert "2 delay notices postfix" in parts["Why, and what ends it"]
    assert "a = b Refuse it. RFC 5321 §3.3" in parts["Why, and what ends it"]
    assert "x: 1 line, of no mail server that is known" in parts["What was read"]


@pytest.mark.parametrize(("name", "undated"), [("survey", 3), ("logs", 1)])
def test_the_days_are_drawn_and_what_bears_no_date_is_said(name: str, undated: int) -> None:
    bars = plain(name).xpath("//svg/g")
    assert len(bars) == (4 if name == "survey" else 1)
    assert f"{undated} bear no date" in shown(plain(name).body)
    if name == "survey":
        assert shown(bars[0]).startswith("2026-03-01: 6 backscatter, 0 cannot be told, 2 answers to your own mail")
        assert [len(bar.xpath("./rect[not(@class='room')]")) for bar in bars] == [2, 0, 0, 2]


def test_nothing_found_is_a_page_too() -> None:
    nothing = SurveyReport(
        tool=ToolEntry(name="bsaudit", version="0"), mailboxes=(), own=SurveyOwn(), totals=SurveyTotals()
    )
    assert "Nothing was counted on any day." in shown(opened(html.survey(nothing, LOOK)))
    empty = LogReport(
        version="0",
        own=(),
        files=(LogFile(file="x", lines=3, products=()),),
        totals=LogTotals(),
        days=(),
        causes=(),
        gaps=(),
    )
    assert "Nothing is known, as no line of a mail server was found" in shown(opened(html.logs(empty, LOOK)))


@given(st.dictionaries(st.dates(), st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), max_size=40))
def test_bars_hold_every_day_once_and_stay_in_their_frame(days: dict[date, tuple[int, int]]) -> None:
    made = chart(SERIES, [(day.isoformat(), counts) for day, counts in days.items()])
    assert len(made.bars) <= MOST_BARS
    assert sum(sum(bar.counts) for bar in made.bars) + made.far == sum(map(sum, days.values()))
    for one, following in zip(made.bars, made.bars[1:], strict=False):
        assert one.first <= one.last == following.first - timedelta(days=1)
    for bar in made.bars:
        assert all(part.y >= -0.01 and part.y + part.height <= HEIGHT + 0.02 for part in bar.parts)
    if days:
        shown = {day for day in days if made.bars[0].first <= day <= made.bars[-1].last}
        assert (made.bars[0].first, made.bars[-1].last) == (min(shown), max(shown))
        assert made.far == sum(sum(days[day]) for day in days.keys() - shown)
        assert all(abs(day - one) > FAR for day in days.keys() - shown for one in shown)


def test_a_forged_date_squeezes_no_other_day_and_is_told() -> None:
    days = [(f"2026-03-{day:02}", (5, 0)) for day in range(1, 31)]
    made = chart(SERIES, [("1970-01-01", (2, 0)), *days, ("2099-01-01", (1, 1))])
    assert (made.days_a_bar, len(made.bars), made.far) == (1, 30, 4)
    assert made.far_days == (date(1970, 1, 1), date(2099, 1, 1))
    forged = replace(
        some_logs("x"), days=tuple(LogDay(day=day, ndn_outside=n) for day, (n, _) in [*days, ("1970-01-01", (2, 0))])
    )
    text = shown(opened(html.logs(forged, LOOK)))
    assert f"2 more, of 1970-01-01, are in no bar: more than {FAR.days} days lie between them and the others" in text
