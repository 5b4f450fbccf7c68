"""What runs outside of any check, and late answers, mean for the state of a target that is checked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from bsaudit.audit.histories import note_known, note_late, note_told, take
from bsaudit.judge.condition import advance, observe
from bsaudit.model.history import History, Policy
from bsaudit.model.probe import CountsAs, Outcome
from bsaudit.model.report import Basis, ExchangerEntry, Report, TargetEntry, Verdict
from bsaudit.model.state import Condition
from bsaudit.ports import Journal
from bsaudit.wiring.tools import journal_at
from tests.support.reports import START, TOOL, probe, run

ZONE = (ExchangerEntry(host="mx1.a.example", preference=10), ExchangerEntry(host="mx2.a.example", preference=20))
DAY = timedelta(days=1)
FIRST = probe(Outcome.BOUNCED, CountsAs.BACKSCATTER, kind="unknown-recipient", shape="random")
SECOND = probe(Outcome.BOUNCED, CountsAs.BACKSCATTER, kind="spam", shape="gtube")
GOOD = replace(FIRST, outcome=Outcome.REJECTED, counts_as=CountsAs.GOOD)


def report(*probes: object, day: int = 0, mx: tuple[ExchangerEntry, ...] = ZONE) -> Report:
    guilty = any(one.counts_as is CountsAs.BACKSCATTER for one in probes)  # type: ignore[attr-defined]
    verdict = Verdict.BACKSCATTER if guilty else Verdict.CLEAN
    entry = TargetEntry(
        target="a.example",
        domain="a.example",
        verdict=verdict,
        basis=Basis.EVIDENCE,
        explanation="so it is",
        probes=probes,  # type: ignore[arg-type]
        mail_exchangers=mx,
    )
    made = run(id=f"run{day}", started_at=START + day * DAY, controls=())
    return Report(tool=TOOL, run=made, verdict=verdict, exit_code=1, targets=(entry,))


def history(path: Path, checked: Report, *steps: Callable[[Journal], Awaitable[None]]) -> History:
    """Return how the target stands after a check, and what came behind it."""

    async def main() -> History:
        async with journal_at(f"sqlite:///{path}/journal.db") as journal:
            seen = observe(checked.targets[0], (), START, checked.run)
            await journal.advance("a.example", partial(advance, seen=seen, policy=Policy(max_age_s=1e6)))
            for step in steps:
                await step(journal)
            return (await journal.histories())["a.example"]

    return asyncio.run(main())


def known(found: Report, day: int) -> Callable[[Journal], Awaitable[None]]:
    return lambda journal: note_known(found, journal, START + day * DAY)


def test_what_else_bounces_late_of_a_guilty_target_is_held_against_it_too(tmp_path: Path) -> None:
    """Else it were mended by two runs that see nothing of it."""
    late = partial(note_late, report(FIRST), report(FIRST, SECOND))
    told = history(tmp_path, report(FIRST), lambda journal: late(journal, START + DAY))
    assert told.bounced == ("spam:gtube", "unknown-recipient:random")
    assert told.bounced_at == START + DAY


def test_what_came_late_is_told_by_the_next_check(tmp_path: Path) -> None:
    """`on_change` hears of it, though the check itself finds the target as it stands."""

    async def main() -> list[tuple[Condition, Condition]]:
        async with journal_at(f"sqlite:///{tmp_path}/journal.db") as journal:
            found: list[tuple[Condition, Condition]] = []
            for day, made in ((0, report(GOOD)), (2, report(FIRST, day=2)), (3, report(FIRST, day=3))):
                seen = {"a.example": observe(made.targets[0], (), START + day * DAY, made.run)}
                _, changes = await take(seen, {"a.example": Policy(max_age_s=1e6)}, journal)
                found += [(change.before, change.after) for change in changes]
                for change in changes:
                    await note_told(change, journal)
                if not day:
                    await note_late(report(GOOD), report(FIRST), journal, START + DAY)
            return found

    assert asyncio.run(main()) == [
        (Condition.UNDECIDED, Condition.CLEAN),
        (Condition.CLEAN, Condition.BACKSCATTER),
    ]


def test_what_nobody_could_be_told_is_told_by_the_next_check(tmp_path: Path) -> None:
    """The command failed, or the check died before it came to it: an alarm that is lost is never raised again."""

    async def main() -> list[tuple[Condition, Condition]]:
        async with journal_at(f"sqlite:///{tmp_path}/journal.db") as journal:
            found: list[tuple[Condition, Condition]] = []
            for day in range(3):
                seen = {"a.example": observe(report(FIRST, day=day).targets[0], (), START + day * DAY, run())}
                _, changes = await take(seen, {"a.example": Policy(max_age_s=1e6)}, journal)
                found += [(change.before, change.after) for change in changes]
                for change in changes if day else ():
                    await note_told(change, journal)
            return found

    assert asyncio.run(main()) == [(Condition.UNDECIDED, Condition.BACKSCATTER)] * 2


def test_a_new_server_that_only_the_user_names_says_nothing_of_the_one_that_all_reach(tmp_path: Path) -> None:
    new = (ExchangerEntry(host="new.a.example"),)
    at_new = replace(FIRST, mail_exchanger="new.a.example")
    assert not history(tmp_path / "known", report(GOOD), known(report(at_new, day=1, mx=new), 1)).guilty
    unknown = history(tmp_path / "unknown", report(mx=()), known(report(at_new, day=1, mx=new), 1))
    assert unknown.guilty, "where none of its hosts is known, a bounce is one of the target's"
    good = replace(GOOD, mail_exchanger="new.a.example")
    at_mx1 = replace(FIRST, mail_exchanger="mx1.a.example")
    told = history(tmp_path, report(at_mx1), *(known(report(good, day=day, mx=new), day) for day in (1, 2, 3)))
    assert (told.guilty, told.good_runs) == (True, 0)


def test_one_of_its_own_that_the_user_names_counts(tmp_path: Path) -> None:
    at_mx2 = report(replace(FIRST, mail_exchanger="mx2.a.example"), day=1, mx=(ExchangerEntry(host="mx2.a.example"),))
    at_mx1 = report(replace(FIRST, mail_exchanger="mx1.a.example"), day=2, mx=(ExchangerEntry(host="mx1.a.example"),))
    told = history(tmp_path, report(GOOD), known(at_mx2, 1), known(at_mx1, 2))
    assert len(told.bounced) == 2


def test_one_of_its_own_that_the_user_names_by_its_address_counts(tmp_path: Path) -> None:
    """Else a target that bounced stood as clean."""
    zone = (replace(ZONE[0], addresses=("192.0.2.25",)), replace(ZONE[1], addresses=("192.0.2.26",)))
    named = (ExchangerEntry(host="192.0.2.26", addresses=("192.0.2.26",)),)
    at_mx2 = report(replace(FIRST, mail_exchanger="192.0.2.26"), day=1, mx=named)
    assert history(tmp_path, report(GOOD, mx=zone), known(at_mx2, 1)).guilty
