"""What a person sees on stderr while a run goes on: a table that is redrawn on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from io import StringIO
from os import terminal_size
from typing import TextIO

from msgspec import Struct
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from bsaudit.durations import duration
from bsaudit.judge.wording import AT_STAGE, writer_in_words
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
from bsaudit.model.mail import Submission
from bsaudit.model.notification import Kind
from bsaudit.model.probe import Control, CountsAs, Probe, ReturnedMail, Role, Settlement
from bsaudit.report import words
from bsaudit.report.plan import plan_lines
from bsaudit.report.section import TONE_OF
from bsaudit.report.table import STYLES
from bsaudit.text import clean_line

MAX_WIDTH = 120  # wider rows are hard to follow
OTHER_ROWS = 4  # heading, phase, footer and the line that the cursor rests on
ERASE_LINE_ABOVE = "\x1b[F\x1b[2K"  # not \x1b[J: tmux keeps a screen that is cleared as a whole in its history
REDRAW_AFTER = timedelta(milliseconds=100)  # faster than this nobody reads
WAITING_EVERY_S = 60.0  # in plain lines, how often the wait is told
CELL_LIMIT = 80
FULL_WIDTH = 90  # narrower tables have one column for how far a probe is
ADDRESS_WIDTH = 60  # narrower ones leave the address out
SENT_WIDTH = len("refused 550")
OUTCOME_WIDTH = len("refused by the relay")
GAP = 2


# plain lines


class Lines:
    """An observer that writes a line for each phase and each probe that settles; `verbose`: for all that happens."""

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        self._stream = stream
        self._verbose = verbose
        self._told_left_s = math.inf
        self._planned = False
        self._last: Event | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, Planned) and not self._planned:  # it may have been shown with the question for permission
            self._planned = True
            self._stream.write("".join(f"{line}\n" for line in plan_lines(event.probes, brief=not self._verbose)))
        text = self._waiting(event) if isinstance(event, Waiting) else self._told(event)
        again, self._last = isinstance(event, Retrying) and isinstance(self._last, Retrying), event
        if text and not again:
            self._stream.write(f"{event.at:%H:%M:%S} {clean_line(text)}\n")
            self._stream.flush()

    def pause(self) -> None:
        """Make room for a question: nothing is in the way."""

    def _told(self, event: Event) -> str:
        return told(event) if self._verbose or _matters(event) else ""

    def _waiting(self, event: Waiting) -> str:
        if not event.outstanding or self._told_left_s - event.left_s < WAITING_EVERY_S:
            return ""
        self._told_left_s = event.left_s
        return _awaited(event)


def _matters(event: Event) -> bool:
    """Say whether a log is told of it that is not asked for everything: of one's own side the report tells."""
    match event:
        case Sent():
            return False
        case Arrived():
            return event.probe is None
        case Settled():
            return event.probe.control in (None, Control.POSITIVE)
        case _:
            return True


def told(event: Event) -> str:
    """Return an event in words; "" for what is not worth a line of its own."""
    match event:
        case RunStarted():
            text = f"run {event.run}: {', '.join(event.targets)}"
        case Phase():
            text = event.text
        case Sent():
            text = f"{_name(event.probe)}: {_sent(event.submission)}"
        case Arrived():
            text = f"{_name(event.probe)}: {_came_back(event.probe, event.returned)}"
        case Settled():
            text = f"{_name(event.probe)}: {_settled(event.settlement)}"
        case Retrying():
            text = _retried(event)
        case RunFinished():
            text = "finished" if event.complete else "stopped before the end"
        case _:
            text = ""
    return text


def _name(probe: Probe | None) -> str:
    return f"{_label(probe)} to {_recipients(probe)}" if probe else "a stray message"


def _label(probe: Probe) -> str:
    return f"control {probe.control}" if probe.control else words.label(probe)


def _recipients(probe: Probe) -> str:
    addresses = ", ".join(recipient.address for recipient in probe.recipients)
    return f"{addresses} ({probe.mail_exchanger})" if probe.mail_exchanger else addresses


def _sent(submission: Submission) -> str:
    if submission.accepted is None:
        return "perhaps sent: the connection died around the final dot"
    if submission.accepted:
        return "sent"
    if submission.reply is None:
        return f"not sent: {submission.error or 'no reply'}"
    at = f" {AT_STAGE[submission.stage]}" if submission.stage else ""
    return f"refused{at}: {submission.reply.code} {submission.reply.text}"


def _is_our_own(probe: Probe | None) -> bool:
    """Say whether we wrote to ourselves: what arrives then is our own message, which answers nothing."""
    return probe is not None and all(recipient.role is Role.CATCH for recipient in probe.recipients)


def _came_back(probe: Probe | None, returned: ReturnedMail | None) -> str:
    if returned is None:
        return "came back: not one of ours"
    if _is_our_own(probe):
        return "arrived"
    writer = writer_in_words(returned.attributed)
    by = f", written by {writer}" if writer else ""
    return f"came back: {returned.notification.kind}{by} ({returned.attributed.attribution})"


def _settled(settlement: Settlement) -> str:
    name = words.OUTCOME[settlement.outcome]
    return name.upper() if settlement.counts_as is CountsAs.BACKSCATTER else name


def _awaited(event: Waiting) -> str:
    count = len(event.outstanding)
    return f"awaiting {count} answer{'s' * (count != 1)}, at most {duration(round(event.left_s))} more"


def _retried(event: Retrying) -> str:
    count = len(event.targets)
    return f"{count} target{'s' * (count != 1)} undecided, tried once more in {duration(round(event.left_s))}"


# the live table


def _sent_shortly(submission: Submission) -> str:
    if submission.accepted is None:
        return "perhaps"
    if submission.accepted:
        return "sent"
    return f"refused {submission.reply.code}" if submission.reply else "not sent"


def _came_back_shortly(probe: Probe, returned: ReturnedMail | None) -> str:
    if returned is None:
        return ""
    if _is_our_own(probe):
        return "arrived"
    return f"{returned.notification.kind} by {writer_in_words(returned.attributed) or 'unknown'}"


def _is_receipt(returned: ReturnedMail | None) -> bool:
    """Say whether it only tells that the probe was passed on: what else came back says more."""
    return returned is not None and returned.notification.kind in {Kind.RELAYED, Kind.SUCCESS}


def _widths(width: int) -> dict[str, int]:
    """Share out the columns: what happened is short and always whole, names get the rest."""
    if width >= FULL_WIDTH:
        known, shares = {"sent": SENT_WIDTH, "outcome": OUTCOME_WIDTH}, {"probe": 34, "sent to": 32, "came back": 34}
    elif width >= ADDRESS_WIDTH:
        known, shares = {"so far": OUTCOME_WIDTH}, {"probe": 50, "sent to": 50}
    else:
        known, shares = {"so far": OUTCOME_WIDTH}, {"probe": 100}
    left = width - sum(known.values()) - (len(known) + len(shares) - 1) * GAP
    known |= {heading: max(1, left * share // 100) for heading, share in shares.items()}
    order = ("probe", "sent to", "sent", "came back", "outcome", "so far")
    return {heading: known[heading] for heading in order if heading in known}


class _Entry(Struct):
    probe: Probe
    sent: str = "sending"
    came_back: str = ""
    settled: str = ""
    style: str = ""


class Screen:
    """An observer that keeps a table at the bottom of the terminal, redrawn in place at the width it has now."""

    def __init__(self, stream: TextIO, size: Callable[[], terminal_size], *, color: bool) -> None:
        self._stream = stream
        self._size = size
        self._color = color
        self._entries: dict[str, _Entry] = {}
        self._planned = False
        self._phase = ""
        self._footer = ""
        self._shown: list[int] = []  # the width of each line that stands there now
        self._drawn_at: datetime | None = None

    def __call__(self, event: Event) -> None:
        self._take(event)
        if isinstance(event, Planned) and not self._planned:
            self._planned = True
            self.pause()
            self._stream.write("".join(f"{line}\n" for line in plan_lines(event.probes, brief=False)))
        if isinstance(event, RunFinished):
            self.pause()
        elif self._drawn_at is None or event.at - self._drawn_at >= REDRAW_AFTER:
            self._drawn_at = event.at
            self._draw()

    def pause(self) -> None:
        """Take the table away; the next event draws it again."""
        self._stream.write(self._erasure())
        self._stream.flush()
        self._shown = []

    def _take(self, event: Event) -> None:
        match event:
            case Phase():
                self._phase = event.text
            case Sending():
                self._entries[event.probe.id] = _Entry(event.probe)
            case Sent():
                self._entry(event.probe).sent = _sent_shortly(event.submission)
            case Arrived() if event.probe is not None:
                entry = self._entry(event.probe)
                if not (entry.came_back and _is_receipt(event.returned)):
                    entry.came_back = _came_back_shortly(event.probe, event.returned)
            case Settled():
                entry = self._entry(event.probe)
                entry.settled = _settled(event.settlement)
                entry.style = STYLES[TONE_OF[event.settlement.counts_as]]
            case Waiting():
                self._footer = _awaited(event) if event.outstanding else ""
            case Retrying():
                self._phase, self._footer = "", _retried(event)

    def _entry(self, probe: Probe) -> _Entry:
        return self._entries.setdefault(probe.id, _Entry(probe))

    def _draw(self) -> None:
        columns, rows = self._size()
        frame, widths = self._frame(min(columns - 1, MAX_WIDTH), rows)
        self._stream.write(self._erasure() + frame)
        self._stream.flush()
        self._shown = widths

    def _erasure(self) -> str:
        """Return what moves the cursor to the top of the last frame and clears from there.

        A terminal that became narrower has folded the frame's lines since: they are counted as it shows them now.
        """
        columns = max(1, self._size().columns)
        height = sum(max(1, math.ceil(width / columns)) for width in self._shown)
        return ERASE_LINE_ABOVE * height

    def _frame(self, width: int, rows: int) -> tuple[str, list[int]]:
        console = Console(
            file=StringIO(),
            width=width,
            color_system="standard" if self._color else None,
            force_terminal=self._color,
            no_color=not self._color,
            legacy_windows=False,
        )
        table = [self._table(width, max(1, rows - OTHER_ROWS))] if self._entries else []
        parts = Group(*table, *self._notes())
        with console.capture() as captured:
            console.print(parts)
        lines = [line.rstrip() for line in captured.get().splitlines()][: max(1, rows - 1)]
        return "".join(line + "\n" for line in lines), [Text.from_ansi(line).cell_len for line in lines]

    def _notes(self) -> list[Text]:
        notes = (clean_line(self._phase), self._footer)
        return [Text(note, "dim", no_wrap=True, overflow="ellipsis") for note in notes if note]

    def _table(self, width: int, rows: int) -> Table:
        table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="dim")
        widths = _widths(width)
        for heading, columns in widths.items():
            table.add_column(heading, width=columns, no_wrap=True, overflow="ellipsis")
        for cells in self._rows(rows):
            table.add_row(*(cells.get(heading, Text()) for heading in widths))
        return table

    def _rows(self, rows: int) -> Iterator[dict[str, Text]]:
        """Return at most `rows` rows: the controls in one, then each target's probes under its name.

        Where that is too much the targets are told in one row each, and what is awaited before what is settled.
        """
        controls, groups = self._groups()
        entries = [entry for group in groups.values() for entry in group]
        heads = [_summary(name, group) for name, group in groups.items()] if len(groups) > 1 else []
        folded = [_summary("our own side", controls)] if controls else []
        if len(folded) + len(heads) + len(entries) <= rows:
            yield from folded
            for index, group in enumerate(groups.values()):
                yield from [*heads[index : index + 1], *map(_cells, group)]
            return
        above = [*folded, *heads][: rows // 2]
        yield from above
        yield from map(_cells, _latest(entries, rows - len(above)))

    def _groups(self) -> tuple[list[_Entry], dict[str, list[_Entry]]]:
        controls: list[_Entry] = []
        groups: dict[str, list[_Entry]] = {}
        for entry in self._entries.values():
            own = entry.probe.control is not None and entry.probe.target is None
            (controls if own else groups.setdefault(entry.probe.target or "", [])).append(entry)
        return controls, groups


def _cells(entry: _Entry) -> dict[str, Text]:
    return {
        "probe": Text(clean_line(_label(entry.probe), CELL_LIMIT)),
        "sent to": Text(clean_line(_recipients(entry.probe), CELL_LIMIT)),
        "sent": Text(entry.sent),
        "came back": Text(clean_line(entry.came_back, CELL_LIMIT)),
        "outcome": Text(entry.settled, entry.style),
        "so far": Text(clean_line(entry.settled or entry.came_back or entry.sent, CELL_LIMIT), entry.style),
    }


def _summary(name: str, entries: Sequence[_Entry]) -> dict[str, Text]:
    """Return the row of several messages: whose they are, and how many of them are settled."""
    so_far = Text(f"{sum(bool(entry.settled) for entry in entries)} of {len(entries)} settled", "bold")
    return {"probe": Text(clean_line(name, CELL_LIMIT), "bold"), "outcome": so_far, "so far": so_far}


def _latest(entries: list[_Entry], rows: int) -> list[_Entry]:
    """Return the entries that fit: what is awaited before what is settled, each in the order of sending."""
    if len(entries) <= rows:
        return entries
    awaited = [entry for entry in entries if not entry.settled]
    settled = [entry for entry in entries if entry.settled]
    return [*settled[len(settled) - max(0, rows - len(awaited)) :], *awaited][:rows]
