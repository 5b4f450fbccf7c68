"""`import bsaudit` as a library: what it names, and that it loads nothing before it is asked."""

from __future__ import annotations

import subprocess
import sys
import typing

import msgspec
import pytest

import bsaudit
from tests.support.notifications import FAILED, dsn

# Someone imports the package `bsaudit.audit` first, which binds that name on `bsaudit`; then both calls must be there.
BOTH = """
import bsaudit.audit
import asyncio, bsaudit, sys
told = bsaudit.explain(sys.stdin.buffer.read())
try:
    asyncio.run(bsaudit.run_audit(bsaudit.AuditSettings(targets=())))
except bsaudit.UsageError as error:
    print(told.notification.kind, error.message)
"""
HEAVY = ("msgspec", "asyncio", "click", "rich", "dns", "sqlalchemy", "aiosmtplib", "bsaudit.ndn", "bsaudit.audit")


def in_a_new_interpreter(program: str, given: str = "") -> str:
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = in_a_new_interpreter("import bsaudit, sys; print(*sys.modules)").split()
    assert "bsaudit" in loaded
    assert not set(HEAVY) & set(loaded)


def test_explaining_loads_neither_the_audit_nor_a_terminal() -> None:
    loaded = in_a_new_interpreter("import bsaudit, sys; bsaudit.explain(b''); print(*sys.modules)").split()
    assert not {"click", "rich", "dns", "sqlalchemy", "bsaudit.audit"} & set(loaded)


@pytest.mark.parametrize("name", bsaudit.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(bsaudit, name) is not None
    assert name in dir(bsaudit)


def types_in(kind: object) -> set[type]:
    """Return our own types that a value of type `kind` may hold, itself included."""
    found: set[type] = set()
    waiting = [kind]
    while waiting:
        one = waiting.pop()
        waiting += typing.get_args(one)
        if isinstance(one, type) and one.__module__.startswith("bsaudit") and one not in found:
            found.add(one)
            waiting += [field.type for field in msgspec.structs.fields(one)] if issubclass(one, msgspec.Struct) else []
    return found


@pytest.mark.parametrize("root", ["Report", "Explained", "AuditSettings"])
def test_whatever_a_public_struct_holds_is_public(root: str) -> None:
    found = types_in(getattr(bsaudit, root))
    assert len(found) > 5
    assert all(getattr(bsaudit, kind.__name__) is kind for kind in found)


def test_an_observer_can_tell_every_event_from_the_others() -> None:
    kinds = typing.get_args(bsaudit.Event)
    assert len(kinds) == 10
    assert all(getattr(bsaudit, kind.__name__) is kind for kind in kinds)


def test_all_names_can_be_imported_at_once() -> None:
    program = "from bsaudit import *; print(explain.__module__, run_audit.__module__, Report.__module__)"
    assert in_a_new_interpreter(program).split() == [
        "bsaudit.judge.explain",
        "bsaudit.wiring.runs",
        "bsaudit.model.report",
    ]


def test_both_calls_work_where_the_audit_package_was_imported_first() -> None:
    assert in_a_new_interpreter(BOTH, dsn(FAILED)) == "ndn the settings lack targets, catch, catch_addresses, relay\n"


def test_a_name_that_is_not_public_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'explode'"):
        _ = bsaudit.explode
    assert not hasattr(bsaudit, "read")
