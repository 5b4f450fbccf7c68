"""What is known of a report, what is new, and what that leaves of its exit code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bsaudit.config.accepts import read_baseline
from bsaudit.config.layers import effective
from bsaudit.errors import ConfigError, UsageError
from bsaudit.judge.baseline import compared, told_by_states
from bsaudit.model.baseline import Accept
from bsaudit.model.probe import CountsAs, Outcome
from bsaudit.model.report import Basis, ErrorEntry, Report, TargetEntry, Verdict
from bsaudit.model.state import Condition, TargetState
from bsaudit.report import json, nagios
from bsaudit.report.formats import Look
from tests.support.reports import TOOL, probe, run

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TOMORROW, YESTERDAY = NOW + timedelta(days=1), NOW - timedelta(days=1)


def accept(probe: str | None = None, until: datetime = TOMORROW, target: str = "a.example") -> Accept:
    return Accept(target=target, probe=probe, reason="ticket 42", owner="A. Admin", expires_at=until)


def bad(kind: str, shape: str, mx: str | None = None) -> object:
    return probe(Outcome.BOUNCED, CountsAs.BACKSCATTER, kind=kind, shape=shape, mail_exchanger=mx)


def target(*probes: object, name: str = "a.example", verdict: Verdict = Verdict.BACKSCATTER) -> TargetEntry:
    return TargetEntry(
        target=name,
        domain=name,
        verdict=verdict,
        basis=Basis.EVIDENCE,
        explanation="so it is",
        probes=probes,  # type: ignore[arg-type]
    )


def report(*targets: TargetEntry) -> Report:
    return Report(tool=TOOL, run=run(), verdict=Verdict.BACKSCATTER, exit_code=1, targets=targets)


BOTH = (bad("unknown-recipient", "random"), bad("spam", "gtube", "MX1.a.example"))
GOOD = probe(Outcome.REJECTED, CountsAs.GOOD, kind="virus", shape="eicar")
NO_DNS = ErrorEntry(where="dns", message="no answer")
OPEN = probe(Outcome.DEFERRED, CountsAs.INCONCLUSIVE, kind="virus", shape="eicar")


@pytest.mark.parametrize(
    ("accepts", "code", "known", "new", "expired"),
    [
        ([accept()], 0, 2, 0, 0),
        ([accept("unknown-recipient"), accept("spam:gtube")], 0, 2, 0, 0),
        ([accept("unknown-recipient:random"), accept("spam:gtube at mx1.a.example")], 0, 2, 0, 0),
        ([accept("unknown-recipient")], 1, 1, 1, 0),
        ([accept("unknown-recipient"), accept("spam:gtube at mx2.a.example")], 1, 1, 1, 0),
        ([accept("unknown-recipient"), accept("spam", YESTERDAY)], 1, 1, 0, 1),
        ([accept(until=YESTERDAY), accept()], 0, 2, 0, 0),
        ([accept(target="b.example")], 1, 0, 2, 0),
    ],
)
def test_an_accept_speaks_of_what_it_names_until_its_end(
    accepts: list[Accept], code: int, known: int, new: int, expired: int
) -> None:
    marked = compared(report(target(*BOTH)), accepts, None, NOW)
    assert marked.baseline is not None
    counted = tuple(map(len, (marked.baseline.known, marked.baseline.new, marked.baseline.expired)))
    assert (marked.exit_code, *counted) == (code, known, new, expired)
    assert marked.verdict is Verdict.BACKSCATTER
    state = marked.targets[0].state
    assert (state is not None and state.accepted == "ticket 42") is (code == 0)


@pytest.mark.parametrize("counts_as", [CountsAs.INCONCLUSIVE, CountsAs.FINDING])
def test_a_target_is_not_forgiven_what_nobody_knows_of_it(counts_as: CountsAs) -> None:
    """Else a server that defers what it used to bounce would be clean by what is accepted of it."""
    open_ = probe(Outcome.DEFERRED, counts_as, kind="virus", shape="eicar")
    entry = target(*BOTH, open_)
    assert compared(report(entry), [accept()], None, NOW).exit_code == 3
    assert compared(report(entry, target(*BOTH, name="b.example")), [accept()], None, NOW).exit_code == 1


@pytest.mark.parametrize(("stale", "probes", "code"), [(False, BOTH, 0), (True, BOTH, 3), (False, (*BOTH, OPEN), 3)])
def test_of_what_was_seen_long_ago_nobody_knows_the_rest(*, stale: bool, probes: tuple[object, ...], code: int) -> None:
    state = TargetState(target="a.example", state=Condition.BACKSCATTER, stale=stale)
    marked = compared(report(replace(target(*probes), state=state)), [accept()], None, NOW)
    assert told_by_states(marked).exit_code == code
    (line, *_) = nagios.render(told_by_states(marked), Look(NOW)).decode().splitlines()
    assert line.startswith(f"BACKSCATTER {'WARNING' if code == 0 else 'UNKNOWN'}"), line


@pytest.mark.parametrize(
    ("last_run", "held", "code"),
    [
        # The last run tried what is accepted, and not what bounced the night before.
        (target(BOTH[0]), ("spam:gtube at mx1.a.example", "unknown-recipient:random"), 1),
        (target(BOTH[0]), ("unknown-recipient:random",), 0),
        # … or was put off, or good once: what it is known for is known all the same.
        (target(OPEN, verdict=Verdict.INCONCLUSIVE), ("unknown-recipient:random",), 3),
        (replace(target(verdict=Verdict.INCONCLUSIVE), not_audited=NO_DNS), ("unknown-recipient:random",), 3),
        (target(GOOD, verdict=Verdict.CLEAN), ("unknown-recipient:random",), 0),
        (target(GOOD, verdict=Verdict.CLEAN), ("spam:gtube",), 1),
    ],
)
def test_a_state_is_forgiven_for_all_its_runs_or_not_at_all(
    last_run: TargetEntry, held: tuple[str, ...], code: int
) -> None:
    state = TargetState(target="a.example", state=Condition.BACKSCATTER, bounced=held)
    told = report(replace(last_run, state=state))
    marked = compared(told, [accept("unknown-recipient")], None, NOW, states=True)
    assert told_by_states(marked).exit_code == code
    assert marked.baseline is not None
    assert (code == 1 and "unknown-recipient:random" not in held) is bool(marked.baseline.stale)


def test_one_good_run_does_not_end_what_is_accepted() -> None:
    state = TargetState(target="a.example", state=Condition.BACKSCATTER, bounced=("unknown-recipient:random",))
    good = replace(target(GOOD, verdict=Verdict.CLEAN), state=state)
    marked = compared(report(good), [accept("unknown-recipient")], None, NOW)
    assert marked.baseline is not None
    assert (marked.baseline.stale, marked.exit_code) == ((), 0)


def test_what_is_accepted_of_one_target_forgives_no_other() -> None:
    other = target(verdict=Verdict.INCONCLUSIVE, name="b.example")
    assert compared(report(target(*BOTH), other), [accept()], None, NOW).exit_code == 3
    guilty = target(*BOTH, name="b.example")
    assert compared(report(target(*BOTH), guilty), [accept()], None, NOW).exit_code == 1


def test_an_accept_of_what_is_gone_is_stale_where_something_was_decided() -> None:
    clean = target(GOOD, verdict=Verdict.CLEAN)
    for entry, stale in ((clean, 1), (replace(clean, verdict=Verdict.INCONCLUSIVE), 0)):
        marked = compared(report(entry), [accept("virus")], None, NOW)
        assert marked.baseline is not None
        assert len(marked.baseline.stale) == stale


def test_a_report_is_a_baseline_of_the_next(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_bytes(json.render(report(target(*BOTH))))
    before = read_baseline(str(file), on_command_line=True, warn=pytest.fail)
    same = compared(report(target(*BOTH)), (), before, NOW, "known.json")
    assert same.baseline is not None
    assert (same.exit_code, len(same.baseline.known), same.baseline.file) == (0, 2, "known.json")

    worse = compared(report(target(*BOTH, bad("virus", "eicar"))), (), before, NOW)
    assert worse.baseline is not None
    assert (worse.exit_code, [one.probe for one in worse.baseline.new]) == (1, ["virus:eicar"])

    mended = probe(Outcome.REJECTED, CountsAs.GOOD, kind="spam", shape="gtube", mail_exchanger="mx1.a.example")
    better = compared(report(target(BOTH[0], mended)), (), before, NOW)
    assert better.baseline is not None
    assert [one.probe for one in better.baseline.gone] == ["spam:gtube at mx1.a.example"]


def test_a_target_that_bounces_an_ordinary_message_is_known_by_that(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    file.write_bytes(json.render(report(target(GOOD))))
    before = read_baseline(str(file), on_command_line=True, warn=pytest.fail)
    assert compared(report(target(GOOD)), (), before, NOW).exit_code == 0
    assert compared(report(target(GOOD, *BOTH)), (), before, NOW).exit_code == 1


def test_a_baseline_that_is_not_there_is_wrong_on_the_command_line_alone(tmp_path: Path) -> None:
    missing = str(tmp_path / "known.json")
    said: list[str] = []
    assert read_baseline(missing, on_command_line=False, warn=said.append) is None
    assert "is not there yet" in said[0]
    with pytest.raises(UsageError, match="is not there"):
        read_baseline(missing, on_command_line=True, warn=pytest.fail)


ENTRY = '[[accept]]\ntarget = "a.example"\nreason = "ticket"\nowner = "me"\nexpires = 2026-12-31\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ENTRY.replace('owner = "me"\n', ""), "toml:1: accept 1: owner: is missing"),
        (ENTRY.replace("2026-12-31", '"soon"'), "toml:5: accept 1: expires: not a date: write 2026-12-31"),
        (ENTRY + 'probe = "unknown-recipent"', "toml:6: accept 1: probe: 'unknown-recipent' is no kind of probe"),
        (ENTRY + 'mx = "mx1"', "toml:6: accept 1: mx: unknown key"),
        (ENTRY + ENTRY.replace("a.example", "192.0.2.1"), "toml:7: accept 2: target: 192.0.2.1 is the address"),
    ],
)
def test_an_accept_that_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "bsaudit.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        effective({}, {}, file=str(file))
    assert told in caught.value.message


def test_an_accept_holds_until_its_day_is_over(tmp_path: Path) -> None:
    file = tmp_path / "bsaudit.toml"
    file.write_text(ENTRY)
    (one,) = effective({}, {}, file=str(file)).accepts
    assert one.expires_at == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
