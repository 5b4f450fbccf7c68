"""`bsaudit listed` against real DNS: the ways in which lists are misread, each with its own right answer."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from bsaudit.cli import guard
from bsaudit.model.standing import Status
from bsaudit.standing.table import chosen, read_table
from bsaudit.wiring.standing import listed
from docs.generate.listed import listed_schema
from tests.support.dns import SERVFAIL, SILENT, Zone, dns_server, dns_thread
from tests.support.schema import strict_schema

ROOT = Path(__file__).parents[3]
HOST, OTHER = "192.0.2.25", "192.0.2.26"
MEMORY = "sqlite:///:memory:"


def entries(zone: str, **answers: str) -> Zone:
    """Return a zone with the test entry of RFC 5782 and an answer for each address or name."""
    found: Zone = {zone: {}, f"2.0.0.127.{zone}": {"A": ["127.0.0.2"]}}
    return found | {f"{name}.{zone}": {"A": [answer]} for name, answer in answers.items()}


def row(zone: str, **fields: str) -> str:
    return f'[[list]]\nzone = "{zone}"\ndefault = true\n' + "".join(f"{k} = {v}\n" for k, v in fields.items())


REVERSED, REVERSED_OTHER = "25.2.0.192", "26.2.0.192"
# zone: its row, what DNS says, and the right answer about HOST
WAYS: dict[str, tuple[str, Zone, Status | None]] = {
    "good.test": (row("good.test"), entries("good.test", **{REVERSED: "127.0.0.2"}), Status.LISTED),
    "refusal.test": (
        row("refusal.test", removal='"https://refusal.test/look : free"'),
        entries("refusal.test", **{REVERSED: "127.255.255.254"}),
        Status.REFUSED,
    ),
    "outside.test": (row("outside.test"), entries("outside.test", **{REVERSED: "62.0.58.94"}), Status.UNKNOWN),
    "one-refuses.test": (
        row("one-refuses.test", codes='{"127.0.0.1" = "refused", "127.0.0.2" = "listed"}'),
        entries("one-refuses.test", **{REVERSED: "127.0.0.1"}),
        Status.REFUSED,
    ),
    "white.test": (
        row("white.test", codes='{"127.0.0.1" = "white", "127.0.0.2" = "listed", "127.0.0.3" = "yellow"}'),
        entries("white.test", **{REVERSED: "127.0.0.3"}),
        Status.CLEAN,
    ),
    "names.test": (row("names.test", kind='["name"]'), {}, None),
    "lapsed.test": (
        row("lapsed.test"),
        {f"{name}.lapsed.test": {"A": ["203.0.113.5"]} for name in ("2.0.0.127", "1.0.0.127", REVERSED)},
        Status.WILDCARD,
    ),
    "world.test": (
        row("world.test"),
        entries("world.test", **{"1.0.0.127": "127.0.0.2", REVERSED: "127.0.0.2"}),
        Status.WILDCARD,
    ),
    "silent.test": (row("silent.test"), {"2.0.0.127.silent.test": SILENT}, Status.UNKNOWN),
    "ninety-nine.test": (
        row("ninety-nine.test"),
        {"ninety-nine.test": {}, "2.0.0.127.ninety-nine.test": {"A": ["127.0.0.99"]}},
        Status.CLEAN,
    ),
    "untestable.test": (
        row("untestable.test"),
        {"untestable.test": {}, f"{REVERSED}.untestable.test": {"A": ["127.0.0.2"]}},
        Status.UNTESTABLE,
    ),
    "broken.test": (
        row("broken.test"),
        entries("broken.test") | {f"{REVERSED}.broken.test": SERVFAIL},
        Status.UNKNOWN,
    ),
    "network.test": (
        row("network.test", codes='{"127.0.0.2" = "escalation the network"}'),
        entries("network.test", **{REVERSED: "127.0.0.2"}),
        Status.CLEAN,
    ),
    "absent.test": (row("absent.test"), {}, Status.UNKNOWN),
    "gone.test": (row("gone.test", status='"dead"', as_of='"2024-06"'), {}, None),
}  # fmt: skip
WORLD: Zone = {
    "example.test": {"MX": ["10 mx.example.test."]},
    "mx.example.test": {"A": [HOST], "AAAA": ["2001:db8::25"]},
    "servfail.test": SERVFAIL,
    "shared.test": {"MX": ["10 mx.shared.test."]},
    "mx.shared.test": {"A": [OTHER]},
    f"{REVERSED_OTHER}.in-addr.arpa": {"PTR": ["mx.shared.test."]},
    f"{REVERSED}.good.test": {"A": ["127.0.0.2"], "TXT": ['"a bounce \\027[31m seen"']},
    "example.test.contacts.abuse.net": {"TXT": ['"postmaster@example.test"']},
    f"{REVERSED}.abuse-contacts.abusix.zone": {"TXT": ['"abuse@provider.test"']},
}
TABLE = "\n".join(text for text, *_ in WAYS.values()) + '\n[[provider]]\nname = "Shared"\ndomains = ["shared.test"]\n'


def whole() -> Zone:
    zone: Zone = {}
    for _, served, _ in WAYS.values():
        zone |= served
    zone["26.2.0.192.good.test"] = {"A": ["127.0.0.2"]}
    return zone | WORLD


@pytest.fixture(scope="module")
def resolver() -> Iterator[str]:
    with dns_thread(whole()) as place:
        yield place


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("bsaudit.wiring.standing.LIFETIME_S", 1.0)
    (tmp_path / "table.toml").write_text(TABLE, "utf-8-sig")  # as editors of Windows do


def test_each_way_to_invent_a_listing_has_its_own_right_answer() -> None:
    table = read_table(TABLE, "table.toml")
    rows, _ = chosen(table, list(WAYS), every=False)

    async def ask() -> dict[str, Status]:
        async with dns_server(whole()) as address:
            report = await listed([HOST], table=table, rows=rows, resolver=address, lifetime_s=1.5, journal_url=MEMORY)
        return {one.zone: one.status for one in report.listings}

    right = {zone: status for zone, (_, _, status) in WAYS.items() if status is not None}
    assert asyncio.run(ask()) == right | {"gone.test": Status.DEAD}
    assert list(right.values()).count(Status.LISTED) == 1


def test_a_domain_stands_for_each_address_of_its_mail_exchangers(
    resolver: str, capsys: pytest.CaptureFixture[str]
) -> None:
    zones = "good.test,network.test,white.test,refusal.test,gone.test"
    args = ["example.test", "shared.test", "--table=table.toml", f"--zones={zones}", f"--resolver={resolver}"]
    assert guard.run(["listed", *args, "--format=json"]) == 0
    document = json.loads(capsys.readouterr().out)

    published = json.loads((ROOT / "docs/schema/listed-1.json").read_text())
    for schema in (published, strict_schema(listed_schema())):
        jsonschema.Draft202012Validator(schema).validate(document)
    assert [one["addresses"] for one in document["subjects"]] == [[HOST, "2001:db8::25"], [OTHER]]
    said = {(one["zone"], one["about"]): one for one in document["listings"]}
    assert said["good.test", HOST]["status"] == "listed"
    assert said["good.test", HOST]["text"].startswith("a bounce")
    assert "\x1b" not in said["good.test", HOST]["text"]
    assert not said["good.test", HOST]["muted"]
    assert said["good.test", OTHER]["muted"]  # a large provider's egress, by its verified name
    assert said["network.test", HOST]["muted"]
    assert {"about": HOST, "addresses": ["abuse@provider.test"], "registered": True} in document["contacts"]

    assert guard.run(["listed", *args]) == 0
    text = capsys.readouterr().out
    assert f"LISTED {HOST} on good.test" in text
    assert f"listed, but shared egress of Shared: says nothing of one customer; {OTHER} on good.test" in text
    (refused,) = (line for line in text.splitlines() if line.startswith("  refusal.test: refused"))
    assert refused.endswith("; look at https://refusal.test/look")
    assert "gone.test: dead: gone since 2024-06" in text
    assert "abuse.net has no contact of example.test's own" in text

    assert guard.run(["listed", *args, "--format=csv"]) == 0
    table = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [one["codes"] for one in table if (one["zone"], one["about"]) == ("good.test", HOST)] == ["127.0.0.2"]


def test_each_address_is_asked_about_once(capsys: pytest.CaptureFixture[str], resolver: str) -> None:
    args = [HOST, "example.test", f"[{HOST}]", "--table=table.toml", "--zones=good.test", f"--resolver={resolver}"]
    assert guard.run(["listed", *args, "--format=json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert len([one for one in document["listings"] if one["about"] == HOST]) == 1


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([], 2, "nothing was named"),
        (["a b"], 2, "is no address, host or domain"),
        (["nowhere.test"], 2, "does not exist (NXDOMAIN)"),
        (["servfail.test"], 4, "the DNS query for servfail.test MX failed: SERVFAIL"),
        ([HOST, "nowhere.test", "--zones=good.test"], 4, ""),
        ([HOST, "--zones=absent.test"], 4, "no list could be asked: there is no such zone"),
        ([HOST, "--zones=a b"], 2, "--zones a b: no name of a zone"),
        ([HOST, "--table=missing.toml"], 2, "--table missing.toml: No such file"),
        ([HOST, "--format=junit"], 2, "--format junit"),
    ],
)
def test_what_is_wrong_is_a_short_error(
    words: list[str], code: int, told: str, resolver: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = [] if any("--table" in word for word in words) else ["--table=table.toml"]
    assert guard.run(["listed", *words, *table, f"--resolver={resolver}"]) == code
    err = capsys.readouterr().err
    assert told in err
    assert len(err.splitlines()) <= 2


def test_a_resolver_that_does_not_answer_is_an_error_and_no_clean_host(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bsaudit.wiring.standing.LIFETIME_S", 0.1)
    assert guard.run(["listed", HOST, "--resolver=127.0.0.1:9"]) == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert "no list could be asked: the DNS query for 2.0.0.127.ips.backscatterer.org A was not answered" in told.err
