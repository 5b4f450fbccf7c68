"""What is printed of many targets: who is not clean has a line, however many are clean."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bsaudit.model.report import Report, TargetEntry
from bsaudit.model.state import CheckEntry, Condition, OwnSidePart, TargetState
from bsaudit.report import text
from bsaudit.report.summary import SCREENFUL
from tests.support.reports import BACKSCATTER, CLEAN, INCONCLUSIVE

CLEAN_ONE, OPEN, GUILTY = (one.targets[0] for one in (CLEAN, INCONCLUSIVE, BACKSCATTER))


def named(entry: TargetEntry, name: str, condition: Condition | None = None, note: str = "") -> TargetEntry:
    state = TargetState(target=name, state=condition, note=note) if condition else None
    return replace(entry, target=name, state=state)


def lines(*targets: TargetEntry, report: Report = BACKSCATTER) -> list[str]:
    return text.render(replace(report, targets=targets, check=CheckEntry()), width=80, color=False).splitlines()


def clean(many: int) -> list[TargetEntry]:
    return [named(CLEAN_ONE, f"good-{number}.example", Condition.CLEAN) for number in range(many)]


def test_a_screenful_has_a_line_each() -> None:
    shown = "\n".join(lines(*clean(SCREENFUL - 1), named(GUILTY, "bad.example", Condition.BACKSCATTER)))
    assert all(f"good-{number}.example" in shown for number in range(SCREENFUL - 1))


def test_of_more_the_clean_are_counted_and_the_worst_stands_first_and_last() -> None:
    shown = lines(*clean(198), named(OPEN, "open.example", Condition.UNDECIDED), named(GUILTY, "bad.example"))
    assert not any("good-" in line for line in shown)
    assert "198 of 200 CLEAN" in shown
    assert shown[-1] == "1 of 200 BACKSCATTER: bad.example"
    told = [line.split()[:2] for line in shown if line.split()[1:2] in (["bad.example"], ["open.example"])]
    assert told == [["BACKSCATTER", "bad.example"], ["UNDECIDED", "open.example"]]


@pytest.mark.parametrize(
    "other",
    [
        named(OPEN, "other.example", Condition.CLEAN),  # its last run decided nothing
        named(GUILTY, "other.example", Condition.CLEAN),
        named(CLEAN_ONE, "other.example", Condition.CLEAN, note="intermittent, 1 of 10"),
        named(CLEAN_ONE, "other.example", Condition.BACKSCATTER),
        named(CLEAN_ONE, "other.example", Condition.UNDECIDED),
        named(CLEAN_ONE, "other.example", Condition.NOT_AUDITABLE),
    ],
)
def test_who_is_more_than_clean_keeps_a_line(other: TargetEntry) -> None:
    assert sum("  other.example  " in line for line in lines(*clean(100), other)) == 1


def test_a_check_that_our_own_side_ended_does_not_look_like_one_that_found_all_clean() -> None:
    own_side = OwnSidePart(part="relay", ok=False), OwnSidePart(part="catch", ok=True)
    shown = text.render(
        replace(CLEAN, targets=tuple(clean(3)), check=CheckEntry(own_side=own_side)), width=80, color=False
    )
    assert shown.splitlines()[-2:] == [
        "3 of 3 CLEAN",
        "our own side failed (relay): what was not checked stands as before",
    ]


def test_where_all_are_clean_that_is_all_there_is() -> None:
    assert lines(*clean(200), report=replace(CLEAN, run=None, errors=()))[-1] == "200 of 200 CLEAN"
