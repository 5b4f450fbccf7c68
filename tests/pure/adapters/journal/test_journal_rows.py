"""Whatever the model can say, the journal gives back."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.adapters.journal import rows
from bsaudit.model.mail import Arrival, CatchSession, Submission
from bsaudit.model.probe import Probe, Settlement
from bsaudit.model.run import RunRecord, TargetRecord
from tests.support.samples import samples

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
SCALARS: Mapping[object, st.SearchStrategy[Any]] = {
    str: st.text(max_size=40),
    bytes: st.binary(max_size=2000),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    Any: PLAIN,
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of an annotation, as the model's structs use them."""
    if kind in SCALARS:
        return SCALARS[kind]
    arguments = typing.get_args(kind)
    if arguments:
        return containers(typing.get_origin(kind), arguments)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    return structs(kind)


def containers(origin: Any, arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if origin in {types.UnionType, typing.Union}:
        return st.one_of([values(argument) for argument in arguments])
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    made = tuple if origin is Sequence else origin
    return st.lists(values(arguments[0]), max_size=3).map(made)


def structs(kind: Any) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    names = [field.name for field in msgspec.structs.fields(kind)]
    return st.builds(kind, **{name: st.deferred(lambda hint=hints[name]: values(hint)) for name in names})


@pytest.mark.parametrize("kind", [Probe, Submission, Settlement, TargetRecord, CatchSession])
def test_a_value_comes_back_as_it_was(kind: type[msgspec.Struct]) -> None:
    @samples(0.5)
    @given(values(kind))
    def check(value: msgspec.Struct) -> None:
        assert rows.decode(rows.encode(value), kind) == value

    check()


@samples(0.3)  # each is hundreds of values
@given(values(RunRecord))
def test_a_runs_own_fields_come_back_and_its_key_is_not_among_them(run: RunRecord) -> None:
    found = rows.decode(rows.encode_run(run), RunRecord)
    assert found == msgspec.structs.replace(run, key=b"", targets=[], probes=[], sessions=[])


@given(values(Arrival))
def test_an_arrival_comes_back_as_it_was(arrival: Arrival) -> None:
    columns = rows.encode_arrival(arrival)
    assert rows.decode_arrival(columns["raw"], columns["data"], compressed=columns["compressed"]) == arrival


@given(st.text(st.characters(exclude_categories=[])), st.text(st.characters(exclude_categories=[])))
def test_undecodable_bytes_cost_themselves_only(uid: str, helo: str) -> None:
    arrival = Arrival(uid=uid, raw=b"", seen_at=datetime(2026, 1, 1, tzinfo=UTC), helo=helo, envelope_to=(uid,))
    found = rows.decode(rows.encode_arrival(arrival)["data"], Arrival)
    assert found.helo == "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in helo)
    assert found.envelope_to == (found.uid,)


def test_compression_pays_for_a_returned_message() -> None:
    raw = b"Received: from mx1.example.org (mx1.example.org [192.0.2.1])\r\n" * 60
    assert len(rows.encode_arrival(Arrival(uid="1", raw=raw, seen_at=datetime(2026, 1, 1, tzinfo=UTC)))["raw"]) < 400
