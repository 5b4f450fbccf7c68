"""A target's own queue that may be looked at: a green pipeline need not wait, and nobody trusts nonsense."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bsaudit.adapters import target_queue as adapter
from bsaudit.audit import target_queue as looking
from bsaudit.errors import ServiceError
from bsaudit.judge import target_queue
from bsaudit.model.mail import Route
from bsaudit.model.report import Report, Verdict
from tests.support import audits

GRACE_S = 50.0  # no test waits for it
QUIET_S = 0.3
IN_VAIN_S = 1.0


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_queue, "QUIET_S", QUIET_S)
    monkeypatch.setattr(looking, "LOOK_S", 0.05)


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    """Return a script that prints a queue, as `postqueue -p` does: the file beside it."""
    script = tmp_path / "postqueue"
    script.write_text(f"#!/bin/sh\ncat {tmp_path}/listing\n")
    script.chmod(0o700)
    (tmp_path / "listing").write_text("Mail queue is empty\n")
    return script


def audited(label: str, command: str, *, wait_s: float = audits.WAIT_S) -> Report:
    kinds = ("unknown-recipient", "banned-attachment")
    return audits.audited(label, route=Route.DIRECT, kinds=kinds, grace_s=GRACE_S, wait_s=wait_s, target_queue=command)


def test_an_empty_queue_settles_what_is_silent_and_what_was_refused(queue: Path) -> None:
    report = audited("dsn", f"{queue} -p")
    assert report.verdict is Verdict.CLEAN, report.targets[0].explanation
    assert report.run is not None
    assert report.run.waited_s < GRACE_S / 2
    assert "the target's queue, as postqueue printed it" in (report.targets[0].qualification or "")
    assert "the word of whoever named it" in (report.targets[0].qualification or "")
    assert report.run.target_queue is not None
    assert report.run.target_queue.empty


def test_a_bounce_is_a_bounce_whatever_the_queue_says(queue: Path) -> None:
    assert audited("bad", f"{queue} -p").verdict is Verdict.BACKSCATTER


def test_a_queue_that_holds_something_or_cannot_be_read_settles_nothing(queue: Path) -> None:
    (queue.parent / "listing").write_text("-- 1 Kbytes in 1 Request.\n")
    waiting = audited("dsn", f"{queue} -p", wait_s=IN_VAIN_S)
    gone = audited("dsn", f"{queue}-gone -j", wait_s=IN_VAIN_S)
    for report in (waiting, gone):
        assert report.verdict is Verdict.INCONCLUSIVE
        assert report.errors == ()
    assert seen(waiting) == ((), None)
    assert seen(gone)[0] == ()
    assert "No such file" in str(seen(gone)[1])


def seen(report: Report) -> tuple[object, str | None]:
    assert report.run is not None
    assert report.run.target_queue is not None
    return report.run.target_queue.empty, report.run.target_queue.note


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("false", "exited with 1"),
        ("true postqueue -p", "no queue that is known"),
        ("sh -c 'echo postqueue: mail system is down >&2' postqueue -j", "mail system is down"),
        ("sleep 9", "longer than"),
    ],
)
def test_a_command_that_shows_no_queue_is_told(command: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "COMMAND_S", 0.2)
    with pytest.raises(ServiceError, match=why):
        asyncio.run(adapter.CommandQueue(command).look())
