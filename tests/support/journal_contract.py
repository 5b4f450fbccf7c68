"""What a journal promises in any database; each database's test module runs these with its own `journal_url`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, func, insert, inspect, select, text, update

from bsaudit.adapters.journal import SqlJournal, answers, database, open_journal, rows, schema, tables
from bsaudit.adapters.journal.states import MOVES
from bsaudit.errors import JournalError, UsageError
from bsaudit.model.history import History
from bsaudit.model.ledger import Booked, Booking, Charge, Lane, Limit
from bsaudit.model.mail import Arrival, CatchSession, Host, MailExchanger, Signature, Spf, SpfResult, Verified
from bsaudit.model.probe import Outcome, State
from bsaudit.model.report import Basis, ErrorEntry, TargetEntry, Verdict
from bsaudit.model.run import RelayFacts, RunState, TargetRecord
from bsaudit.model.standing import LONGEST_MEMORY_S, Remembered
from bsaudit.model.state import CheckEntry, Condition
from tests.support.journal_values import NOW, arrival, probe, run_record, settlement, submission

T = TypeVar("T")
ROOT = Path(__file__).parents[2]


def with_journal(url: str, work: Callable[[SqlJournal], Awaitable[T]]) -> T:
    """Open the journal, do `work`, close it: each call is what one process would do."""

    async def main() -> T:
        journal = open_journal(url)
        try:
            return await work(journal)
        finally:
            await journal.close()

    return asyncio.run(main())


async def walk(journal: SqlJournal, run_id: str, probe_id: str, *states: State) -> None:
    for state in states:
        await journal.move(run_id, probe_id, state)


PATHS = {
    State.PLANNED: (),
    State.SENDING: (State.SENDING,),
    State.SENT: (State.SENDING, State.SENT),
    State.REFUSED: (State.SENDING, State.REFUSED),
    State.FAILED: (State.SENDING, State.FAILED),
    State.MAYBE_SENT: (State.SENDING, State.MAYBE_SENT),
    State.CANCELLED: (State.CANCELLED,),
    State.SETTLED: (State.SENDING, State.SENT, State.SETTLED),
}


def test_a_run_is_read_back_by_another_process_as_it_was(journal_url: str) -> None:
    run = run_record()
    run.relay = RelayFacts(host="relay.example.net", addresses=("192.0.2.1",), dsn=True)
    run.errors = [ErrorEntry(where="dns", message="no answer")]
    target = TargetRecord(target="example.org", domain="example.org", mail_exchangers=(MailExchanger(host="mx1"),))
    session = CatchSession(at=NOW, peer=Host(address="192.0.2.9"), mail_from="", rcpt_to=("probe+t1@example.com",))

    async def write(journal: SqlJournal) -> None:
        await journal.begin(run)
        await journal.target(run.id, target)
        await journal.plan(run.id, [probe("p2"), probe("p1")])
        await journal.move(run.id, "p2", State.SENDING)
        await journal.move(run.id, "p2", State.SENT, submission=submission())
        await journal.move(run.id, "p2", State.SETTLED, settlement=settlement())
        await journal.sessions(run.id, [session])
        run.state = RunState.FINISHED
        run.finished_at = NOW + timedelta(minutes=5)
        await journal.update(run)

    with_journal(journal_url, write)
    found = with_journal(journal_url, lambda journal: journal.load())
    assert (found.key, found.state, found.finished_at) == (run.key, RunState.FINISHED, run.finished_at)
    assert (found.relay, found.errors) == (run.relay, run.errors)
    assert (found.targets, found.sessions) == ([target], [session])
    assert [record.probe for record in found.probes] == [probe("p2"), probe("p1")]  # in the order of the plan
    assert found.probes[0].state is State.SETTLED
    assert (found.probes[0].submission, found.probes[0].settlement) == (submission(), settlement())


@pytest.mark.parametrize("start", State)
def test_only_the_moves_of_the_table_are_possible(journal_url: str, start: State) -> None:
    async def attempt(journal: SqlJournal) -> set[State]:
        await journal.begin(run_record())
        await journal.plan("7f3a", [probe(state) for state in State])
        possible = set()
        for state in State:
            await walk(journal, "7f3a", state, *PATHS[start])
            try:
                await journal.move("7f3a", state, state)
            except JournalError:
                continue
            possible.add(state)
        return possible

    assert with_journal(journal_url, attempt) == set(MOVES[start])


def test_a_refused_move_leaves_everything_as_it_was(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        await journal.begin(run_record())
        await journal.plan("7f3a", [probe()])
        await walk(journal, "7f3a", "p1", State.SENDING, State.SENT)
        with pytest.raises(JournalError, match="p1 is sent in the journal and cannot become sending"):
            await journal.move("7f3a", "p1", State.SENDING, submission=submission("again"))
        with pytest.raises(JournalError, match="does not know the probe p9"):
            await journal.move("7f3a", "p9", State.SENDING)
        record = (await journal.load()).probes[0]
        assert (record.state, record.submission) == (State.SENT, None)

    with_journal(journal_url, work)


def test_of_two_processes_that_take_a_probe_one_is_refused(journal_url: str) -> None:
    async def take(journal: SqlJournal, probe_id: str) -> int:
        try:
            await journal.move("7f3a", probe_id, State.SENDING)
        except JournalError:
            return 0
        return 1

    async def work(first: SqlJournal) -> None:
        second = open_journal(journal_url)
        await first.begin(run_record())
        await first.plan("7f3a", [probe(f"p{number}") for number in range(50)])
        attempts = [take(journal, f"p{number}") for number in range(50) for journal in (first, second)]
        assert sum(await asyncio.gather(*attempts)) == 50
        await second.close()

    with_journal(journal_url, work)


def test_one_failure_in_a_group_fails_its_own_caller_only(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        await journal.begin(run_record())
        await journal.plan("7f3a", [probe(f"p{number}") for number in range(20)])
        moves = [journal.move("7f3a", f"p{number}", State.SENDING) for number in range(20)]
        moves[7:7] = [journal.move("7f3a", "p3", State.SENDING), journal.plan("7f3a", [probe("p4")])]
        results = await asyncio.gather(*moves, return_exceptions=True)
        assert [type(result) for result in results if result is not None] == [JournalError, JournalError]
        assert {record.state for record in (await journal.load()).probes} == {State.SENDING}

    with_journal(journal_url, work)


def test_a_cancelled_caller_learns_what_was_recorded_before_it_is_cancelled(journal_url: str) -> None:
    learned: list[State] = []

    async def send(journal: SqlJournal) -> None:
        await journal.move("7f3a", "p1", State.SENDING)
        learned.append(State.SENDING)
        await asyncio.sleep(0)  # the SMTP transaction: not begun
        learned.append(State.SENT)

    async def work(journal: SqlJournal) -> State:
        await journal.begin(run_record())
        await journal.plan("7f3a", [probe()])
        sending = asyncio.ensure_future(send(journal))
        await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        return (await journal.load()).probes[0].state

    found = with_journal(journal_url, work)
    assert learned == [State.SENDING]
    assert found is State.SENDING


def test_a_timeout_around_a_record_is_still_a_timeout(journal_url: str) -> None:
    async def begin_in_no_time(journal: SqlJournal) -> None:
        async with asyncio.timeout(0):
            await journal.begin(run_record())
            await asyncio.sleep(60)

    async def work(journal: SqlJournal) -> str:
        with pytest.raises(TimeoutError):
            await begin_in_no_time(journal)
        return (await journal.load()).id

    assert with_journal(journal_url, work) == "7f3a"


def test_a_record_that_is_refused_to_a_cancelled_caller_says_why(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        moving = asyncio.ensure_future(journal.move("7f3a", "p1", State.SENT))
        await asyncio.sleep(0)
        moving.cancel()
        with pytest.raises(JournalError, match="does not know"):
            await moving

    with_journal(journal_url, work)


def test_an_arrival_is_stored_once_and_byte_for_byte(journal_url: str) -> None:
    spf = {"acme.example": Spf(result=SpfResult.PASS, term="a:out.acme.example", own=True)}
    said = Verified(address="192.0.2.9", names=("out.acme.example",), spf=spf)
    signed = (Signature(domain="acme.example", to=("b" * 17,)),)
    long = replace(arrival("2", bytes(range(256)) * 400), verified=said, signatures=signed)

    async def work(journal: SqlJournal) -> list[tuple[Arrival, str | None]]:
        await journal.begin(run_record())
        for again in range(2):
            await journal.arrived("7f3a", arrival("1"), "p1" if again else None)
            await journal.arrived("7f3a", long, "p1")
        return [pair async for pair in journal.stored_arrivals("7f3a")]

    assert with_journal(journal_url, work) == [(arrival("1"), None), (long, "p1")]


def test_many_arrivals_are_read_in_the_order_of_their_coming(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> list[str]:
        await journal.begin(run_record())
        for number in range(30):
            await journal.arrived("7f3a", arrival(str(number)), None)
        return [found.uid async for found, _ in journal.stored_arrivals("7f3a")]

    assert with_journal(journal_url, work) == [str(number) for number in range(30)]


def test_an_endless_arrival_is_cut_and_marked(journal_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "RAW_LIMIT", 1000)

    async def work(journal: SqlJournal) -> Arrival:
        await journal.begin(run_record())
        await journal.arrived("7f3a", arrival("1", b"x" * 5000), None)
        [(found, _)] = [pair async for pair in journal.stored_arrivals("7f3a")]
        return found

    found = with_journal(journal_url, work)
    assert (found.raw, found.truncated, found.size) == (b"x" * 1000, True, 5000)


@pytest.mark.parametrize("text", ["\x00\x1b[2J", "\udc80\udcff", "\N{PILE OF POO}' OR 1=1; --", "a" * 100_000])
def test_hostile_text_is_no_reason_to_forget_a_message(journal_url: str, text: str) -> None:
    async def work(journal: SqlJournal) -> str | None:
        await journal.begin(run_record())
        await journal.plan("7f3a", [probe()])
        await journal.move("7f3a", "p1", State.SENDING)
        await journal.move("7f3a", "p1", State.SENT, submission=submission(text))
        await journal.arrived("7f3a", arrival(text), None)
        found = (await journal.load()).probes[0].submission
        return None if found is None else found.error

    assert with_journal(journal_url, work) == text.encode("utf-8", "replace").decode().replace("??", "\ufffd\ufffd")


def test_a_settled_probe_is_settled_anew_by_a_late_answer(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        await journal.begin(run_record())
        await journal.plan("7f3a", [probe()])
        await walk(journal, "7f3a", "p1", State.SENDING, State.SENT)
        await journal.move("7f3a", "p1", State.SETTLED, settlement=settlement())
        await journal.move("7f3a", "p1", State.SETTLED, settlement=settlement(Outcome.BOUNCED))
        assert (await journal.load()).probes[0].settlement == settlement(Outcome.BOUNCED)

    with_journal(journal_url, work)


def test_a_target_told_twice_is_one_target(journal_url: str) -> None:
    later = TargetRecord(target="example.org", domain="example.org", error=ErrorEntry(where="dns", message="gone"))

    async def work(journal: SqlJournal) -> list[TargetRecord]:
        await journal.begin(run_record())
        await journal.target("7f3a", TargetRecord(target="example.org", domain="example.org"))
        await journal.target("7f3a", later)
        return (await journal.load()).targets

    assert with_journal(journal_url, work) == [later]


def test_runs_are_found_by_prefix_and_listed_newest_first(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        with pytest.raises(UsageError, match="no run yet"):
            await journal.load()
        for run_id in ("aa1", "aa2", "a_b", "aa"):
            await journal.begin(run_record(run_id))
        assert [run.id for run in await journal.runs(limit=3)] == ["aa", "a_b", "aa2"]
        assert (await journal.load()).id == "aa"
        assert (await journal.load("a_")).id == "a_b"  # "_" is no wildcard
        assert (await journal.load("aa")).id == "aa"  # exact before prefix
        for wrong, problem in (("a", "more than one run"), ("zz", "no run of this journal")):
            with pytest.raises(UsageError, match=problem):
                await journal.load(wrong)

    with_journal(journal_url, work)


BEGIN_AND_DIE = """
import asyncio, os, signal, sys
from tests.support.journal_contract import *
async def main():
    journal = open_journal(sys.argv[1])
    await journal.begin(run_record())
    await journal.plan("7f3a", [probe(state) for state in State])
    for state in State:
        await walk(journal, "7f3a", state, *PATHS[state])
    if sys.argv[2] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    print("ready", flush=True)
    sys.stdin.read()
    await journal.close()
asyncio.run(main())
"""


def other_process(url: str, what: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", BEGIN_AND_DIE, url, what]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def states(url: str) -> tuple[RunState, dict[str, State]]:
    run = with_journal(url, lambda journal: journal.load("7f3a"))
    return run.state, {record.probe.id: record.state for record in run.probes}


def test_what_a_killed_process_was_sending_is_maybe_sent(journal_url: str) -> None:
    with other_process(journal_url, "die"):
        pass
    run_state, found = states(journal_url)
    assert run_state is RunState.INTERRUPTED
    assert found == {state: state for state in State} | {
        State.PLANNED: State.CANCELLED,
        State.SENDING: State.MAYBE_SENT,
    }
    # … on disk as well, not only in what we were told
    settle = with_journal(journal_url, lambda journal: journal.move("7f3a", State.SENDING, State.SETTLED))
    assert settle is None


def test_a_message_cut_short_by_death_is_not_said_to_be_unsent(journal_url: str) -> None:
    with other_process(journal_url, "die"):
        pass
    run = with_journal(journal_url, lambda journal: journal.load("7f3a"))
    told = {record.probe.id: record.submission for record in run.probes}
    for state in (State.SENDING, State.MAYBE_SENT):
        cut_short = told[state]
        assert cut_short is not None
        assert cut_short.accepted is None
        assert datetime.now(UTC) - cut_short.submitted_at < timedelta(minutes=1)
    assert told[State.PLANNED] is None


def test_the_run_of_a_living_process_is_left_alone(journal_url: str) -> None:
    with other_process(journal_url, "live") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert states(journal_url) == (RunState.RUNNING, {state: state for state in State})
        process.communicate("go on")
    assert process.returncode == 0


def test_processes_may_open_a_new_journal_at_the_same_time(journal_url: str) -> None:
    script = (
        "import asyncio, sys; from bsaudit.adapters.journal import *; asyncio.run(open_journal(sys.argv[1]).close())"
    )
    openers = [subprocess.Popen([sys.executable, "-W", "error", "-c", script, journal_url]) for _ in range(6)]
    assert [opener.wait() for opener in openers] == [0] * 6


def test_a_closed_journal_says_so(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        await journal.begin(run_record())
        await journal.close()
        await journal.close()
        with pytest.raises(JournalError, match="closed"):
            await journal.runs()

    with_journal(journal_url, work)


DAY_S = 86_400
OLD_S = 100 * DAY_S


async def _recorded(journal: SqlJournal, run_id: str, *targets: str, state: State = State.SETTLED, old_s: int) -> None:
    """Record a finished run with everything that may belong to one, whose last sign of life was `old_s` ago."""
    run = run_record(run_id)
    await journal.begin(run)
    for target in targets:
        await journal.target(run_id, TargetRecord(target=target, domain=target))
    await journal.plan(run_id, [probe(f"{run_id}-p")])
    await walk(journal, run_id, f"{run_id}-p", *PATHS[state])
    await journal.arrived(run_id, arrival("1", os.urandom(200_000)), None)
    session = CatchSession(at=NOW, peer=Host(address="192.0.2.9"), mail_from="", rcpt_to=("probe@example.com",))
    await journal.sessions(run_id, [session] * 3)
    run.state = RunState.FINISHED
    await journal.update(run)
    ago = text("UPDATE bsaudit_runs SET alive_at = alive_at - :old WHERE id = :run")
    await journal._worker.do(lambda connection: connection.execute(ago, {"old": old_s, "run": run_id}))


async def _pruned(journal: SqlJournal) -> tuple[int, list[str], list[str]]:
    batches = [batch async for batch in journal.prune(90 * DAY_S)]
    open_ = [run_id for batch in batches for run_id in batch.open]
    return sum(batch.deleted for batch in batches), [i for batch in batches for i in batch.going_on], open_


async def _listed(journal: SqlJournal) -> list[str]:
    return [run.id for run in await journal.runs()]


def _rows(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (tables.runs, tables.targets, tables.probes, tables.arrivals, tables.sessions)
    }


def test_pruning_deletes_old_runs_whole_and_no_others(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> dict[str, int]:
        await _recorded(journal, "old1", "example.org", old_s=OLD_S)
        await _recorded(journal, "old2", "example.org", "example.net", old_s=OLD_S)
        await _recorded(journal, "young", "example.org", old_s=DAY_S)
        assert await _pruned(journal) == (2, [], [])
        assert await _listed(journal) == ["young"]
        assert [found.uid async for found, _ in journal.stored_arrivals("young")] == ["1"]
        return await journal._worker.do(_rows)

    found = with_journal(journal_url, work)
    assert found == dict(zip(found, (1, 1, 1, 1, 3), strict=True))


@pytest.mark.parametrize("state", State)
def test_the_latest_run_of_a_target_is_kept_while_it_may_be_answered(journal_url: str, state: State) -> None:
    async def work(journal: SqlJournal) -> tuple[int, list[str], list[str]]:
        await _recorded(journal, "before", "example.org", state=state, old_s=OLD_S)
        await _recorded(journal, "latest", "example.org", state=state, old_s=OLD_S)
        return await _pruned(journal)

    unanswered = {State.SENDING, State.SENT, State.REFUSED, State.MAYBE_SENT}
    assert with_journal(journal_url, work) == ((1, [], ["latest"]) if state in unanswered else (2, [], []))


def test_a_run_that_goes_on_is_not_pruned_however_old(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        await journal.begin(run_record("alive"))
        await journal._worker.do(lambda connection: connection.execute(text("UPDATE bsaudit_runs SET alive_at = 0")))
        assert await _pruned(journal) == (0, ["alive"], [])
        assert await _listed(journal) == ["alive"]

    with_journal(journal_url, work)


def test_pruning_goes_in_batches_and_what_is_done_is_done(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        for number in range(25):
            await journal.begin(run_record(f"r{number:02}"))
        done = "UPDATE bsaudit_runs SET alive_at = 0, state = 'finished'"
        await journal._worker.do(lambda connection: connection.execute(text(done)))
        pruning = journal.prune(DAY_S)
        first = await anext(pruning)
        assert 0 < first.deleted < 25
        await pruning.aclose()  # Ctrl-C
        assert len(await _listed(journal)) == 25 - first.deleted
        assert await _pruned(journal) == (25 - first.deleted, [], [])
        assert await _pruned(journal) == (0, [], [])

    with_journal(journal_url, work)


def test_a_pruned_run_is_no_longer_known_to_its_collector(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        await _recorded(journal, "old", "example.org", old_s=OLD_S)
        run = await journal.load("old")
        await _pruned(journal)
        with pytest.raises(JournalError, match="does not know the run old"):
            await journal.update(run)

    with_journal(journal_url, work)


def an_entry(target: str, explanation: str) -> TargetEntry:
    return TargetEntry(
        target=target, domain=target, verdict=Verdict.CLEAN, basis=Basis.REJECTED, explanation=explanation
    )


def test_what_a_run_showed_is_replaced_and_goes_with_it(journal_url: str) -> None:
    first, second = an_entry("example.org", "first"), an_entry("example.net", "first")
    later = an_entry("example.org", "after a late answer")

    async def work(journal: SqlJournal) -> None:
        await _recorded(journal, "old", "example.org", "example.net", old_s=OLD_S)
        await _recorded(journal, "young", "example.org", old_s=DAY_S)
        await journal.entries("old", [first, second], "0.1.0")
        await journal.entries("young", [first], "0.1.0")
        await journal.entries("young", [later], "0.2.0")
        wanted = {"example.org": "young", "example.net": "old", "example.com": "old"}
        assert await journal.stored_entries(wanted) == {"example.org": later, "example.net": second}
        await _pruned(journal)
        assert await journal.stored_entries(wanted) == {"example.org": later}

    with_journal(journal_url, work)


def test_a_history_begins_undecided_and_nobody_comes_between_its_steps(journal_url: str) -> None:
    def once_more(history: History) -> History:
        return replace(history, good_runs=history.good_runs + 1)

    async def work(journal: SqlJournal) -> None:
        other = open_journal(journal_url)
        await journal.advance("example.org", once_more)
        both = [(journal, other)[turn % 2].advance("example.org", once_more) for turn in range(8)]
        steps = await asyncio.gather(*both)
        assert sorted(after.good_runs for _, after in steps) == list(range(2, 10))
        assert all(after.good_runs == before.good_runs + 1 for before, after in steps)
        (history,) = (await other.histories()).values()
        assert (history.good_runs, history.state.state) == (9, Condition.UNDECIDED)
        await other.close()

    with_journal(journal_url, work)


def an_answer(name: str, until: float = 100.0) -> Remembered:
    return Remembered(f"{name}.bl.test", "A", ("127.0.0.2",), until)


def test_answers_are_recalled_by_those_who_ask_the_same_servers_as_long_as_they_hold(journal_url: str) -> None:
    none, no_name = Remembered("a.test", "TXT", (), 90.0), Remembered("b.test", "A", None, 90.0)

    async def work(journal: SqlJournal) -> None:
        await journal.remember("192.0.2.53", [an_answer("1"), none, no_name, an_answer("2", until=60.0)], now=50.0)
        assert await journal.recall("192.0.2.53", now=59.0) == [an_answer("1"), none, no_name, an_answer("2", 60.0)]
        assert await journal.recall("192.0.2.53", now=60.0) == [an_answer("1"), none, no_name]
        assert await journal.recall("192.0.2.99", now=59.0) == []
        assert await journal.recall("192.0.2.53", now=50.0 - LONGEST_MEMORY_S) == []  # a clock that was set back

    with_journal(journal_url, work)


def test_answers_that_no_longer_hold_and_the_oldest_of_too_many_are_forgotten(
    journal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MOST_ANSWERS", 3)

    async def work(journal: SqlJournal) -> list[int]:
        counts = []
        for now, names in ((50.0, "ab"), (51.0, "cde"), (100.0, "")):
            await journal.remember("192.0.2.53", [an_answer(name) for name in names], now)
            counts.append(await journal._worker.do(_answers_kept))
        return counts

    assert with_journal(journal_url, work) == [2, 3, 0]


def test_answers_may_replace_all_that_the_same_servers_gave_before(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        await journal.remember("192.0.2.53", [an_answer("1"), an_answer("2")], now=50.0)
        await journal.remember("192.0.2.99", [an_answer("3")], now=50.0)
        await journal.remember("192.0.2.53", [an_answer("2")], now=51.0, alone=True)
        assert await journal.recall("192.0.2.53", now=52.0) == [an_answer("2")]
        assert await journal.recall("192.0.2.99", now=52.0) == [an_answer("3")]

    with_journal(journal_url, work)


def _answers_kept(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(tables.answers)).scalar_one()


def test_the_last_check_is_the_one_that_is_kept(journal_url: str) -> None:
    async def work(journal: SqlJournal) -> None:
        assert await journal.last_check() is None
        for hour in range(3):
            await journal.note_check(CheckEntry(last_run_at=NOW + timedelta(hours=hour)))

    with_journal(journal_url, work)
    last = with_journal(journal_url, lambda journal: journal.last_check())
    assert last == CheckEntry(last_run_at=NOW + timedelta(hours=2))


# The tables as version 1 had them: what an older bsaudit left must be readable for ever.
VERSION_1 = (
    "CREATE TABLE bsaudit_journal (version INTEGER NOT NULL)",
    "INSERT INTO bsaudit_journal VALUES (1)",
    (
        "CREATE TABLE bsaudit_runs (seq {serial}, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, key {bytes} NOT NULL, "
        "owner TEXT NOT NULL, alive_at BIGINT NOT NULL, data TEXT NOT NULL)"
    ),
    (
        "CREATE TABLE bsaudit_targets (seq {serial}, run_id TEXT NOT NULL REFERENCES bsaudit_runs (id), "
        "target TEXT NOT NULL, data TEXT NOT NULL, UNIQUE (run_id, target))"
    ),
    (
        "CREATE TABLE bsaudit_probes (seq {serial}, run_id TEXT NOT NULL REFERENCES bsaudit_runs (id), "
        "probe_id TEXT NOT NULL, state TEXT NOT NULL, probe TEXT NOT NULL, submission TEXT, settlement TEXT, "
        "UNIQUE (run_id, probe_id))"
    ),
    (
        "CREATE TABLE bsaudit_arrivals (seq {serial}, run_id TEXT NOT NULL REFERENCES bsaudit_runs (id), "
        "uid_digest TEXT NOT NULL, probe_id TEXT, compressed BOOLEAN NOT NULL, raw {bytes} NOT NULL, "
        "data TEXT NOT NULL, UNIQUE (run_id, uid_digest))"
    ),
    (
        "CREATE TABLE bsaudit_sessions (seq {serial}, run_id TEXT NOT NULL REFERENCES bsaudit_runs (id), "
        "data TEXT NOT NULL)"
    ),
)
KINDS = {
    "sqlite": {"serial": "INTEGER NOT NULL PRIMARY KEY", "bytes": "BLOB"},
    "postgresql": {"serial": "SERIAL PRIMARY KEY", "bytes": "BYTEA"},
}


def _as_version_1(url: str) -> None:
    engine = database.connect(database.parse(url))
    with engine.begin() as connection:
        for statement in VERSION_1:
            connection.exec_driver_sql(statement.format(**KINDS[connection.dialect.name]))
        made = insert(tables.runs).values(
            id="7f3a",
            state="finished",
            key=b"\x00key",
            owner='{"machine":"x","pid":1,"started":"1"}',
            alive_at=1,
            data=rows.encode_run(run_record()),
        )
        connection.execute(made)
    engine.dispose()


def test_a_journal_of_version_1_is_migrated_and_nothing_of_it_lost(journal_url: str) -> None:
    _as_version_1(journal_url)

    async def work(journal: SqlJournal) -> None:
        assert (await journal.load("7f3a")).key == b"\x00key"
        await journal.begin(run_record("new"))
        session = CatchSession(at=NOW, peer=Host(address="192.0.2.9"), mail_from="", rcpt_to=())
        await journal.sessions("new", [session])
        assert (await journal.load("new")).sessions == [session]
        await journal.entries("7f3a", [an_entry("example.org", "as it was")], "0.1.0")
        assert await journal.histories() == {}
        assert await journal.last_check() is None
        version, indexes = await journal._worker.do(
            lambda connection: (
                connection.execute(select(tables.versions.c.version)).scalar_one(),
                {index["name"] for index in inspect(connection).get_indexes("bsaudit_sessions")},
            )
        )
        assert version == 1 + len(schema.MIGRATIONS)
        assert "bsaudit_sessions_run" in indexes

    with_journal(journal_url, work)
    assert with_journal(journal_url, lambda journal: journal.load("new")).id == "new"  # … and once is enough


@pytest.mark.parametrize(("version", "problem"), [(99, "newer bsaudit"), (0, "damaged"), (-1, "damaged")])
def test_a_version_that_nobody_wrote_is_refused_and_left_alone(journal_url: str, version: int, problem: str) -> None:
    asyncio.run(open_journal(journal_url).close())
    engine = database.connect(database.parse(journal_url))
    with engine.begin() as connection:
        connection.execute(update(tables.versions).values(version=version))
    for _ in range(2):
        with pytest.raises(JournalError, match=problem) as caught:
            open_journal(journal_url)
        assert caught.value.remedy
    with engine.begin() as connection:
        assert connection.execute(select(tables.versions.c.version)).scalar_one() == version
    engine.dispose()


def test_all_who_use_a_journal_book_from_one_ledger(journal_url: str) -> None:
    charge = Charge(unit="address:192.0.2.1", limits=(Limit(1, 1.0), Limit(5, 600.0)))
    now = NOW.timestamp()

    async def main() -> list[Booked]:
        journals = [open_journal(journal_url) for _ in range(2)]
        try:
            return [
                told
                for one in await asyncio.gather(
                    *(journal.book([Booking(charges=(charge,), latest=now + 60)] * 2, now) for journal in journals * 3)
                )
                for told in one
            ]
        finally:
            for journal in journals:
                await journal.close()

    told = asyncio.run(main())
    assert sorted(one.at - now for one in told if one.at is not None) == [0, 1, 2, 3, 4]
    assert {one.unit for one in told if one.at is None} == {charge.unit}


def test_what_was_booked_is_forgotten_after_a_day(journal_url: str) -> None:
    wanted = Booking(charges=(Charge(unit="a", limits=(Limit(1, DAY_S),)),), latest=NOW.timestamp() + 2 * DAY_S)

    async def work(journal: SqlJournal) -> list[float | None]:
        now = NOW.timestamp()
        return [(await journal.book([wanted], at))[0].at for at in (now, now + DAY_S + 1)]

    assert with_journal(journal_url, work) == [NOW.timestamp(), NOW.timestamp() + DAY_S + 1]


def test_a_host_sees_so_many_sessions_at_once_of_all_who_use_a_journal(journal_url: str) -> None:
    now, wanted = NOW.timestamp(), (Lane(unit="address:a", most=1, pace_s=1.0), Lane(unit="b", most=2, pace_s=0.5))

    async def main() -> list[float]:
        first, second = (open_journal(journal_url) for _ in range(2))
        try:
            told = [await first.enter("x", wanted, now), await second.enter("y", wanted, now + 5)]
            await first.leave("x")
            told += [await second.enter("y", wanted, now + 0.25), await second.enter("y", wanted, now + 1)]
            return [*told, await first.enter("dead", wanted, now + 500), await first.enter("z", wanted, now + 700)]
        finally:
            for journal in (first, second):
                await journal.close()

    assert asyncio.run(main()) == [0, 1.0, 0.75, 0, 1.0, 0]


@pytest.mark.parametrize("left", [True, False], ids=["left", "died"])
def test_a_session_of_a_time_to_come_holds_nobody_up(journal_url: str, left: bool) -> None:
    """The clock was ahead and was set back: a run waited for that time, an hour or a year, before its next session."""
    now, wanted = NOW.timestamp(), (Lane(unit="address:a", most=1, pace_s=1.0),)

    async def work(journal: SqlJournal) -> list[float]:
        assert await journal.enter("x", wanted, now + 3600) == 0
        if left:
            await journal.leave("x")
        return [await journal.enter(holder, wanted, now) for holder in ("y", "z")]

    assert with_journal(journal_url, work) == [0, 1.0]
