from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from msgspec.structs import replace

from bsaudit.model.event import (
    Arrived,
    Event,
    Phase,
    Planned,
    Retrying,
    RunFinished,
    RunStarted,
    Sending,
    Sent,
    Settled,
    Waiting,
)
from bsaudit.model.mail import Host, Stage, Submission
from bsaudit.model.notification import Attributed, Attribution, Kind, Notification
from bsaudit.model.probe import CountsAs, Outcome, Reached, Recipient, ReturnedMail, Role, Settlement
from bsaudit.report.progress import Lines, Screen, told
from tests.support.reports import REJECTED, START, a_probe

ACCEPTED = Submission(accepted=True, submitted_at=START, finished_at=START)
REFUSED = Submission(accepted=False, submitted_at=START, finished_at=START, stage=Stage.RCPT, reply=REJECTED)
LOST = Submission(accepted=None, submitted_at=START, finished_at=START)
BACK = ReturnedMail(
    notification=Notification(kind=Kind.NDN),
    attributed=Attributed(attribution=Attribution.TARGET, written_by=Host(host="mx.example.org")),
    reached=Reached.REVERSE_PATH,
    arrived_at=START,
    uid="1",
    sha256="0",
)
BOUNCED = Settlement(outcome=Outcome.BOUNCED, counts_as=CountsAs.BACKSCATTER, explanation="it bounced")


def events(count: int = 1) -> Iterator[Event]:
    at = START
    yield RunStarted(run="7f3a", at=at, targets=("example.org",))
    yield Phase(run="7f3a", at=at, name="probes", text="Sending probes")
    for number in range(1, count + 1):
        at += timedelta(seconds=1)
        yield Sending(run="7f3a", at=at, probe=a_probe(number))
        yield Sent(run="7f3a", at=at + timedelta(seconds=0.2), probe=a_probe(number), submission=ACCEPTED)
    yield Waiting(run="7f3a", at=at + timedelta(seconds=1), outstanding=("p1",), left_s=723.4)
    yield Arrived(run="7f3a", at=at + timedelta(seconds=2), probe=a_probe(), returned=BACK)
    yield Settled(run="7f3a", at=at + timedelta(seconds=3), probe=a_probe(), settlement=BOUNCED)
    yield Waiting(run="7f3a", at=at + timedelta(seconds=4), outstanding=("p2", "p3"), left_s=60.2)


def test_lines_tell_what_was_sent_what_came_back_and_what_is_awaited() -> None:
    out = StringIO()
    show = Lines(out, verbose=True)
    for event in events():
        show(event)

    assert out.getvalue().splitlines() == [
        "10:02:00 run 7f3a: example.org",
        "10:02:00 Sending probes",
        "10:02:01 unknown-recipient (random) to r1@example.org: sent",
        "10:02:02 awaiting 1 answer, at most 12 min 3 s more",
        "10:02:03 unknown-recipient (random) to r1@example.org: came back: ndn, written by mx.example.org (target)",
        "10:02:04 unknown-recipient (random) to r1@example.org: BOUNCED",
        "10:02:05 awaiting 2 answers, at most 1 min more",
    ]


def test_a_name_that_the_writer_alone_gives_itself_is_told_as_that() -> None:
    by = Attributed(attribution=Attribution.TARGET, written_by=Host(host="mx.victim.example"), claimed=True)
    back = Arrived(run="7f3a", at=START + timedelta(seconds=1), probe=a_probe(), returned=replace(BACK, attributed=by))
    assert ", written by a host that calls itself mx.victim.example (" in told(back)
    out = StringIO()
    Screen(out, lambda: os.terminal_size((200, 24)), color=False)(back)
    assert "ndn by a host" in out.getvalue()


def test_a_log_that_asks_for_no_more_is_told_of_phases_and_of_what_settles() -> None:
    out = StringIO()
    show = Lines(out)
    own = replace(a_probe(9), control="catch", target=None)
    held = replace(BOUNCED, outcome=Outcome.ACCEPTED_SILENTLY, counts_as=CountsAs.GOOD)
    for event in (
        Sent(run="7f3a", at=START, probe=own, submission=ACCEPTED),
        Settled(run="7f3a", at=START, probe=own, settlement=held),
        Planned(run="7f3a", at=START, probes=(a_probe(1), a_probe(2))),
        *events(),
    ):
        show(event)

    assert [line[9:] if line[2] == ":" else line for line in out.getvalue().splitlines()] == [
        "plan for example.org: 2 messages, by relay",
        "run 7f3a: example.org",
        "Sending probes",
        "awaiting 1 answer, at most 12 min 3 s more",
        "unknown-recipient (random) to r1@example.org: BOUNCED",
        "awaiting 2 answers, at most 1 min more",
    ]


def test_the_table_folds_the_controls_and_groups_by_target() -> None:
    terminal = Terminal(120)
    show = Screen(terminal, terminal.size, color=False)  # type: ignore[arg-type]
    at = START
    probes = [
        replace(a_probe(number), target=target, control=control)
        for number, (target, control) in enumerate(
            [(None, "catch"), (None, "ndn"), ("a.example", None), ("b.example", None), ("a.example", None)]
        )
    ]
    for probe in probes:
        at += timedelta(seconds=1)
        show(Sending(run="7f3a", at=at, probe=probe))
    show(Settled(run="7f3a", at=at + timedelta(seconds=1), probe=probes[0], settlement=BOUNCED))

    rows = [" ".join(line.split()) for line in terminal.lines[1:]]
    assert rows[0] == "our own side 1 of 2 settled"
    assert rows[1] == "a.example 0 of 2 settled"
    assert [row.split()[2] for row in rows[2:4]] == ["r2@example.org", "r4@example.org"]
    assert rows[4] == "b.example 0 of 1 settled"


def test_lines_do_not_repeat_the_wait_every_second() -> None:
    out = StringIO()
    show = Lines(out)
    for second in range(100):
        at = START + timedelta(seconds=second)
        show(Waiting(run="r", at=at, outstanding=("p1",), left_s=100.0 - second))

    assert len(out.getvalue().splitlines()) == 2


def test_every_way_a_submission_ends_is_told() -> None:
    def said(submission: Submission) -> str:
        return told(Sent(run="r", at=START, probe=a_probe(), submission=submission)).partition(": ")[2]

    assert said(REFUSED) == "refused at RCPT: 550 User unknown"
    assert said(LOST).startswith("perhaps sent")
    unreachable = Submission(accepted=False, submitted_at=START, finished_at=START, error="no route to host")
    assert said(unreachable) == "not sent: no route to host"


def test_a_stray_and_an_interrupted_run_are_told() -> None:
    assert told(Arrived(run="r", at=START, probe=None, returned=None)).startswith("a stray message")
    assert told(RunFinished(run="r", at=START, complete=False)) == "stopped before the end"


def test_a_strangers_text_does_not_command_the_terminal() -> None:
    out = StringIO()
    evil = Submission(accepted=False, submitted_at=START, finished_at=START, error="\x1b[2J\nowned\u202e")
    sent = Sent(run="r", at=START, probe=a_probe(), submission=evil)
    Lines(out, verbose=True)(sent)
    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()

    live = StringIO()
    Screen(live, lambda: os.terminal_size((200, 24)), color=False)(sent)
    assert "\x1b[2J" not in live.getvalue()
    assert "\u202e" not in live.getvalue()


class Terminal:
    """As much of a terminal as the live table needs: it folds long lines, again when it is resized."""

    def __init__(self, columns: int, rows: int = 24) -> None:
        self.columns, self.rows = columns, rows
        self.lines: list[str] = []

    def size(self) -> os.terminal_size:
        return os.terminal_size((self.columns, self.rows))

    def write(self, text: str) -> None:
        for erased, written in re.findall(r"((?:\x1b\[F\x1b\[2K)+)|([^\x1b]+)", text):
            if erased:
                shown, up = self.shown(), erased.count("F")
                assert up <= len(shown)
                self._keep(len(shown) - up)
            else:
                self.lines += written.splitlines()

    def flush(self) -> None:
        pass

    def shown(self) -> list[str]:
        folded = []
        for line in self.lines:
            folded += [line[at : at + self.columns] for at in range(0, max(1, len(line)), self.columns)]
        return folded

    def _keep(self, rows: int) -> None:
        while len(self.shown()) > rows:
            self.lines.pop()
        assert len(self.shown()) == rows, "a line was cut in the middle"


def test_the_table_is_redrawn_in_place_and_goes_away_at_the_end() -> None:
    terminal = Terminal(120)
    terminal.write("$ bsaudit probe example.org\n")
    show = Screen(terminal, terminal.size, color=False)  # type: ignore[arg-type]
    for event in events(3):
        show(event)

    text = "\n".join(terminal.shown())
    assert text.count("r1@example.org") == 1
    assert "BOUNCED" in text
    assert "ndn by mx.example.org" in text
    assert "awaiting 2 answers, at most 1 min more" in text
    assert "Sending probes" in text

    show(RunFinished(run="7f3a", at=START + timedelta(hours=1), complete=True))
    assert terminal.shown() == ["$ bsaudit probe example.org"]


def test_the_table_survives_resizing() -> None:
    terminal = Terminal(120)
    terminal.write("$ bsaudit probe example.org\n")
    show = Screen(terminal, terminal.size, color=False)  # type: ignore[arg-type]
    sizes = [120, 60, 41, 97, 30, 200]
    for number, event in enumerate(events(8)):
        terminal.columns = sizes[number % len(sizes)]
        show(event)
        assert terminal.lines[0] == "$ bsaudit probe example.org"
        assert max(map(len, terminal.lines[1:]), default=0) < terminal.columns
        assert sum("probe  " in line for line in terminal.lines) <= 1


@pytest.mark.parametrize(("columns", "address"), [(40, False), (60, False), (80, True), (90, True)])
def test_a_narrow_table_keeps_which_probe_it_is_and_what_happened(columns: int, address: bool) -> None:
    terminal = Terminal(columns)
    show = Screen(terminal, terminal.size, color=False)  # type: ignore[arg-type]
    for event in events(2):
        show(event)

    row = next(line for line in terminal.lines if "BOUNCED" in line)
    assert row.startswith("unknown-recipien")
    assert ("@exam" in row) is address
    awaited = next(line for line in terminal.lines if line.endswith("sent"))
    assert awaited.startswith("unknown-recipien")


def test_our_own_message_that_arrives_is_no_answer_by_somebody_unknown() -> None:
    own = replace(a_probe(), recipients=(Recipient(address="me@own.example", role=Role.CATCH),), target=None)
    assert told(Arrived(run="r", at=START, probe=own, returned=BACK)).endswith(": arrived")
    terminal = Terminal(100)
    show = Screen(terminal, terminal.size, color=False)  # type: ignore[arg-type]
    show(Arrived(run="r", at=START, probe=own, returned=BACK))
    assert "arrived" in "\n".join(terminal.lines)
    assert "ndn by" not in "\n".join(terminal.lines)


def test_more_probes_than_rows_show_those_awaited() -> None:
    terminal = Terminal(100, rows=10)
    show = Screen(terminal, terminal.size, color=False)  # type: ignore[arg-type]
    for event in events(30):
        show(event)

    assert len(terminal.lines) < 10
    assert "BOUNCED" not in "\n".join(terminal.lines)


def test_a_question_finds_the_terminal_clear() -> None:
    terminal = Terminal(100)
    show = Screen(terminal, terminal.size, color=False)  # type: ignore[arg-type]
    for event in events():
        show(event)
    show.pause()

    assert terminal.shown() == []


def test_a_receipt_does_not_hide_the_bounce_that_came_before_it() -> None:
    out = StringIO()
    show = Screen(out, lambda: os.terminal_size((100, 24)), color=False)
    receipt = replace(BACK, notification=Notification(kind=Kind.RELAYED))
    show(Sending(run="7f3a", at=START, probe=a_probe()))
    for number, returned in enumerate((receipt, BACK, receipt), 1):
        show(Arrived(run="7f3a", at=START + timedelta(seconds=number), probe=a_probe(), returned=returned))

    last = out.getvalue().rpartition("probe ")[2]
    assert "ndn by mx.example" in last
    assert "relayed" not in last


def test_the_wait_for_a_second_try_is_told_once_in_a_log_and_kept_up_on_a_terminal() -> None:
    events = [Retrying(run="r", at=START, targets=("a", "b"), left_s=2700.0 - 600 * step) for step in range(3)]
    log, terminal = StringIO(), StringIO()
    lines, screen = Lines(log), Screen(terminal, lambda: os.terminal_size((80, 24)), color=False)
    for number, event in enumerate(events):
        lines(event)
        screen(replace(event, at=START + timedelta(minutes=10 * number)))
    assert log.getvalue().count("2 targets undecided, tried once more in 45 min") == 1
    assert log.getvalue().count("\n") == 1
    assert "tried once more in 25 min" in terminal.getvalue()
