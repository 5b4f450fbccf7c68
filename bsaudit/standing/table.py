"""The table of lists: lists.toml beside this file, or the user's own. Pure but for reading the package's own data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import StrEnum
from fnmatch import fnmatchcase
from importlib.resources import files

import msgspec
from msgspec import Struct, field

from bsaudit.errors import UsageError
from bsaudit.model.standing import Meaning
from bsaudit.probe.spelling import is_domain
from bsaudit.text import clean_line

_GONE = frozenset({"dead", "wildcard", "fraud", "renamed"})
# Four octets, each a number, a range or anything
_CODE = re.compile(r"(?:(?:\d+(?:-\d+)?|\*)(?:\.(?!$)|$)){4}")
_STATUSES = _GONE | {"live", "listed", "unproven", "registration"}


class Kind(StrEnum):
    """What a list is asked about."""

    IP4 = "ip4"
    IP6 = "ip6"
    NAME = "name"


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    zone: str
    kind: tuple[Kind, ...] = (Kind.IP4,)
    class_: str = field(default="spam", name="class")
    about: str = ""
    codes: dict[str, str] = field(default_factory=lambda: {"127.0.0.2": "listed"})
    bits: dict[str, str] = {}  # of the last octet
    test: dict[Kind, str] = {}  # what must be listed, where that is not RFC 5782 §5's
    untested: bool = False  # has no test entry
    impact: str = ""
    removal: str = ""
    policy: str = ""
    status: str = "live"
    as_of: str = ""
    default: bool = False
    part_of: str = ""

    @property
    def gone(self) -> bool:
        return self.status in _GONE

    @property
    def keyed(self) -> bool:
        """Whether its name holds a key, which we have not."""
        return "*" in self.zone and not self.gone


class Provider(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    domains: tuple[str, ...]


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    rows: tuple[Row, ...] = field(name="list")
    providers: tuple[Provider, ...] = field(default=(), name="provider")


def own_table() -> Table:
    """Return the table of this release."""
    return read_table(files(__package__).joinpath("lists.toml").read_text("utf-8"), "lists.toml")


def read_table(text: str, name: str) -> Table:
    """Return the table in `text`. Raises UsageError that names the place."""
    try:
        table = msgspec.convert(tomllib.loads(text), Table)
        zones = {row.zone for row in table.rows}
        for row in table.rows:
            _check(row, zones)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as error:
        raise UsageError(f"--table {name}: {error}", remedy="docs/listed.md shows a row.") from error
    return table


def _check(row: Row, zones: AbstractSet[str]) -> None:
    if row.part_of and row.part_of not in zones:
        raise ValueError(f"{row.zone}: there is no {row.part_of} of which it could be a part")
    if row.status not in _STATUSES:
        raise ValueError(f"{row.zone}: status {row.status} is none of {', '.join(sorted(_STATUSES))}")
    for meaning in (*row.codes.values(), *row.bits.values()):
        try:
            Meaning(meaning.partition(" ")[0])
        except ValueError:
            raise ValueError(f"{row.zone}: {meaning!r} begins with none of {', '.join(Meaning)}") from None
    for code in row.codes:
        if not _CODE.fullmatch(code):
            raise ValueError(f"{row.zone}: the code {code!r} is not like 127.0.0.2-7")
    if not all(bit.isdigit() for bit in row.bits):
        raise ValueError(f"{row.zone}: bits are numbers: 1, 2, 4 …")


def chosen(table: Table, zones: Sequence[str], *, every: bool) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return the rows to ask, backscatter lists first, and notes about what was chosen."""
    if zones:
        return _named(table, zones)
    rows = [row for row in table.rows if not (row.gone or row.keyed or row.part_of) and (every or row.default)]
    return tuple(sorted(rows, key=lambda row: row.class_ != "backscatter")), ()


def _named(table: Table, zones: Sequence[str]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    known = {row.zone: row for row in table.rows}
    rows: dict[str, Row] = {}
    notes: dict[str, None] = {}
    for zone in zones:
        row = known.get(zone) or next((row for row in table.rows if fnmatchcase(zone, row.zone)), None)
        if row is None:
            row = Row(zone=zone, kind=(Kind.IP4, Kind.IP6), class_="unlisted in our table")
            _refuse_odd(zone)
            notes[f"{zone} is not in the table: read by RFC 5782 alone"] = None
        elif row.part_of:
            notes[f"{zone} is asked through {row.part_of}, which holds it"] = None
            row = known[row.part_of]
        elif "*" in row.zone and row.gone:
            row = msgspec.structs.replace(row, zone=zone)
        rows[row.zone] = row
    return tuple(rows.values()), tuple(notes)


def _refuse_odd(zone: str) -> None:
    if not is_domain(zone):
        raise UsageError(f"--zones {clean_line(zone)}: no name of a zone", remedy="Part zones by commas.")


def provider_of(names: Sequence[str], providers: Sequence[Provider]) -> str | None:
    """Return the large provider to whom a verified reverse name belongs."""
    named: Mapping[str, str] = {domain: provider.name for provider in providers for domain in provider.domains}
    for name in names:
        for domain, provider in named.items():
            if name == domain or name.endswith(f".{domain}"):
                return provider
    return None
