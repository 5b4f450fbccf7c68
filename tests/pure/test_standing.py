"""What lists' answers mean: no code that is no listing is ever one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bsaudit.errors import DnsTimeout, UsageError
from bsaudit.model.standing import Meaning, Status
from bsaudit.standing.reading import disbelieved, not_asked, question, read_answers
from bsaudit.standing.table import Kind, Row, chosen, own_table, provider_of, read_table

TABLE = own_table()
ROWS = {row.zone: row for row in TABLE.rows}


@pytest.mark.parametrize(
    ("zone", "answers", "status"),
    [
        ("zen.spamhaus.org", ["127.0.0.2", "127.0.0.10"], Status.LISTED),
        ("zen.spamhaus.org", ["127.255.255.254"], Status.REFUSED),
        ("zen.spamhaus.org", ["127.0.0.2", "127.255.255.255"], Status.REFUSED),
        ("ips.backscatterer.org", ["127.255.255.254"], Status.REFUSED),
        ("ips.backscatterer.org", ["62.0.58.94"], Status.UNKNOWN),
        ("ips.backscatterer.org", ["127.0.0.2", "62.0.58.94"], Status.UNKNOWN),
        ("ips.backscatterer.org", ["127.0.0.77"], Status.UNKNOWN),
        ("dnsbl-3.uceprotect.net", ["127.0.0.2"], Status.CLEAN),
        ("ips.whitelisted.org", ["127.0.0.2"], Status.CLEAN),
        ("rep.mailspike.net", ["127.0.0.17"], Status.CLEAN),
        ("hostkarma.junkemailfilter.com", ["127.0.0.1"], Status.CLEAN),
        ("hostkarma.junkemailfilter.com", ["127.0.0.3"], Status.CLEAN),
        ("hostkarma.junkemailfilter.com", ["127.0.0.2"], Status.LISTED),
        ("multi.uribl.com", ["127.0.0.1"], Status.REFUSED),
        ("multi.uribl.com", ["127.0.0.3"], Status.REFUSED),
        ("multi.uribl.com", ["127.0.0.4"], Status.CLEAN),
        ("multi.uribl.com", ["127.0.0.10"], Status.LISTED),
        ("multi.surbl.org", ["127.0.0.68"], Status.LISTED),
        ("multi.surbl.org", ["127.0.0.66"], Status.UNKNOWN),
        ("score.senderscore.com", ["127.0.4.12"], Status.CLEAN),
        ("list.dnswl.org", ["127.0.9.3"], Status.CLEAN),
        ("list.dnswl.org", ["127.0.0.255"], Status.REFUSED),
        ("dbl.spamhaus.org", ["127.0.1.255"], Status.REFUSED),
        ("zen.spamhaus.org", [], Status.CLEAN),
    ],
)
def test_a_code_means_what_its_row_says(zone: str, answers: list[str], status: Status) -> None:
    assert read_answers(ROWS[zone], answers).status is status


@given(some.sampled_from(TABLE.rows), some.ip_addresses(v=4))
def test_only_a_code_that_the_row_calls_a_listing_is_one(row: Row, answer: object) -> None:
    reading = read_answers(row, [str(answer)])
    if reading.status is Status.LISTED:
        assert str(answer).startswith("127.")
        assert reading.meaning in (Meaning.LISTED, Meaning.POLICY)


ROW = Row(zone="bl.test")
REGISTERED = Row(zone="reg.test", status="registration")


@pytest.mark.parametrize(
    ("row", "listed", "clean", "status"),
    [
        (ROW, ("127.0.0.2",), (), None),
        (ROW, ("127.0.0.99",), (), None),  # a test entry that is not .2
        (ROW, (), (), Status.UNTESTABLE),
        (ROW, ("127.0.0.2",), ("127.0.0.2",), Status.WILDCARD),
        (ROW, ("203.0.113.5",), ("203.0.113.5",), Status.WILDCARD),  # a lapsed domain
        (ROW, ("127.0.0.2",), ("203.0.113.5",), Status.UNKNOWN),  # a resolver that knows no NXDOMAIN
        (ROW, ("203.0.113.5",), (), Status.UNKNOWN),
        (ROW, ("127.255.255.254",), ("127.255.255.254",), Status.REFUSED),
        (ROW, DnsTimeout("no answer"), (), Status.UNKNOWN),
        (ROW, ("127.0.0.2",), DnsTimeout("no answer"), Status.UNKNOWN),
        (REGISTERED, DnsTimeout("no answer"), (), Status.REGISTRATION),
        (REGISTERED, ("127.0.0.2",), (), None),
    ],
)
def test_no_list_is_believed_that_fails_its_own_test(row: Row, listed: object, clean: object, status: object) -> None:
    doubt = disbelieved(row, listed, clean)  # type: ignore[arg-type]
    assert (doubt.status if doubt else None) is status


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        ("192.0.2.25", "25.2.0.192.bl.test"),
        ("2001:db8::1", "1." + "0." * 23 + "8.b.d.0.1.0.0.2.bl.test"),
        ("example.org", "example.org.bl.test"),
    ],
)
def test_the_question_is_that_of_rfc_5782(thing: str, name: str) -> None:
    assert question(thing, "bl.test") == name


def test_by_default_the_backscatter_lists_come_first_and_no_dead_or_partial_one_is_asked() -> None:
    few, _ = chosen(TABLE, (), every=False)
    every, _ = chosen(TABLE, (), every=True)
    assert [row.class_ for row in few[:2]] == ["backscatter", "backscatter"]
    assert 10 <= len(few) <= 15
    assert {row.zone for row in few} <= {row.zone for row in every}
    assert not [row.zone for row in every if row.gone or row.part_of or row.keyed]


@pytest.mark.parametrize(
    ("zone", "since"), [("dnsbl.sorbs.net", "2024-06"), ("ix.dnsbl.manitu.net", "2025-01"), ("bl.tqmcube.com", "2026")]
)
def test_who_names_a_dead_list_is_told_since_when(zone: str, since: str) -> None:
    (row,), _ = chosen(TABLE, [zone], every=False)
    reading = not_asked(row)
    assert reading is not None
    assert (row.zone, reading.status) == (zone, Status.DEAD)
    assert f"gone since {since}" in reading.text


def test_a_list_without_a_test_entry_is_not_asked() -> None:
    reading = not_asked(Row(zone="dnsbl.example", untested=True))
    assert reading is not None
    assert reading.status is Status.UNTESTABLE
    assert not_asked(Row(zone="dnsbl.example")) is None


def test_spamhaus_is_asked_once_whatever_part_is_named() -> None:
    rows, notes = chosen(TABLE, ["sbl.spamhaus.org", "zen.spamhaus.org", "pbl.spamhaus.org"], every=False)
    assert [row.zone for row in rows] == ["zen.spamhaus.org"]
    assert "sbl.spamhaus.org is asked through zen.spamhaus.org" in notes[0]


def test_a_key_in_a_name_is_not_repeated() -> None:
    (row,), notes = chosen(TABLE, ["s3cret.zen.dq.spamhaus.net"], every=False)
    reading = not_asked(row)
    assert reading is not None
    assert reading.status is Status.REGISTRATION
    assert "s3cret" not in f"{row}{notes}"


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[[list]]",
        "[[list]]\nzone = 1",
        '[[list]]\nzone = "a"\nstatus = "alive"',
        '[[list]]\nzone = "a"\ncodes = {"127.0.0.2" = "bad"}',
        '[[list]]\nzone = "a"\ncodes = {"127.0.2" = "listed"}',
        '[[list]]\nzone = "a"\ncodes = {"127.0.0.2-" = "listed"}',
        '[[list]]\nzone = "a"\nbits = {"two" = "listed"}',
        '[[list]]\nzone = "a"\npart_of = "b"',
    ],
)
def test_a_broken_table_is_a_usage_error_that_names_it(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--table mine\.toml: "):
        read_table(text, "mine.toml")


def test_a_provider_is_known_by_whole_labels() -> None:
    assert provider_of(["mail-a.google.com"], TABLE.providers) == "Google"
    assert provider_of(["notgoogle.com"], TABLE.providers) is None


def test_every_row_says_when_it_held_and_every_kind_is_tested() -> None:
    assert not [row.zone for row in TABLE.rows if not (row.as_of or row.part_of)]
    assert {kind for row in TABLE.rows for kind in row.kind} == set(Kind)
