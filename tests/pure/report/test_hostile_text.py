"""What strangers wrote, through every renderer: no terminal obeys it, no markup lives, every document is valid."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from io import StringIO
from os import terminal_size
from typing import Any

import msgspec
import pytest

from bsaudit import ndn
from bsaudit.adapters.replies import read_reply
from bsaudit.judge.assemble import assemble
from bsaudit.judge.explain import Unreadable, explained
from bsaudit.judge.inquiry import Inquiry
from bsaudit.model.event import Arrived, Event, RunStarted, Sending, Sent, Settled
from bsaudit.model.mail import Exchange, Host, Route, Stage, Submission
from bsaudit.model.notification import Attributed, Attribution, Evidence, Notification, Strength
from bsaudit.model.probe import CountsAs, Outcome, ProbeRecord, Reached, ReturnedMail, Settlement
from bsaudit.model.report import ErrorEntry
from bsaudit.model.run import RunLine, RunRecord, RunState
from bsaudit.ndn.queue_id import queue_id
from bsaudit.report.formats import FORMATS, Document, Look, Messages, event_renderer, messages_renderer, report_renderer
from bsaudit.report.formats import runs_renderer as renderer_of_runs
from bsaudit.report.progress import Lines, Screen
from bsaudit.text import clean_block, clean_line
from tests.support.judged import NOW, TARGET, probe
from tests.support.notifications import dsn

PIECES = (
    *("\x1b[2J", "\x1b[35;7mowned", "\x1b]0;owned\x07", "\x1b]8;;http://evil.example\x1b\\", "\x1bP1$r\x1b\\", "\x1bc"),
    *("\x9b2J", "\x9d0;owned\x9c", "\x90", "\x85", "\x00", "\x07", "\x08\x08\x08", "\x7f", "\x0e", "\v", "\f"),
    *("\r", "\n", "\r\n.\r\n", "\r\nRCPT TO:<x@y>\r\n", "\u2028", "\u2029", "\t"),
    *("\u202e", "\u2066", "\u200b", "\ufeff", "\u00ad", "\U000e0001", "\ud800", "\udcff", "\ue000", "\U0010ffff"),
    *("[bold]", "[/]", "[link=http://evil.example]x[/link]", "[red", ":smile:", "\\[x]", "%s{0}{x.y}", "$(id)", "`id`"),
    *('"', "'", "\\", "</script><script>alert(1)</script>", "<!--", "]]>", "&#x1b;", "&amp;", "|", "*_~", "](http://x)"),
    *("é", "e\u0301\u0301\u0301", "漢字", "👩‍👩‍👧", "עברית", "A" * 300, " " * 70, "", "550 5.1.1", "<a@b>"),
)  # fmt: skip
OURS = re.compile(
    r"\x1b\[(?:[0-9;]*m|F\x1b\[2K|\?25[lh])"
)  # what the text formats colour with, and the live table moves with
BAD = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
PER_REPORT = 200
UNQUOTED = {"openmetrics", "markdown"}  # formats that quote nobody, or to which a bracket is markup


class Hostile:
    """Writes hostile strings, the same for the same seed; `written` counts them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.written = 0

    def __call__(self, before: str = "") -> str:
        self.written += 1
        return before + "".join(self.chance.choices(PIECES, k=self.chance.randrange(1, 6)))


def a_record(evil: Hostile, number: int) -> ProbeRecord:
    """A probe whose target, relay and notifications are hostile wherever they may be, as the adapters hand it on."""
    submission = Submission(
        accepted=True,
        submitted_at=NOW,
        finished_at=NOW,
        stage=evil.chance.choice(list(Stage)),
        reply=read_reply(550, evil("5.1.1 ")),
        error=clean_line(evil()),
        queue_id=queue_id(read_reply(250, evil("2.0.0 Ok: queued as 4XyZ12")).text),
        transcript=tuple(
            Exchange(at=NOW, command=clean_line(evil()), code=250, text=clean_block(evil())) for _ in range(4)
        ),
    )
    mine = msgspec.structs.replace(probe(route=evil.chance.choice(list(Route))), id=f"p{number}")
    return ProbeRecord(
        probe=mine,
        submission=submission,
        returned=(returned(evil, number),),
        settlement=Settlement(outcome=Outcome.BOUNCED, counts_as=CountsAs.BACKSCATTER, explanation=evil()),
    )


def returned(evil: Hostile, number: int) -> ReturnedMail:
    who = Host(host=evil(), address=evil())
    by = evil.chance.choice(list(Attribution))
    proof = Evidence(source="from", supports=by, strength=Strength.WEAK, text=evil(), value=evil())
    return ReturnedMail(
        notification=notification(evil),
        attributed=Attributed(attribution=by, written_by=who, handed_over_by=who, evidence=(proof,)),
        reached=Reached.REVERSE_PATH,
        arrived_at=NOW,
        uid=str(number),
        sha256="0",
    )


FIELDS = """\
Reporting-MTA: dns; {}
Original-Envelope-Id: {}
Received-From-MTA: dns; {}

Final-Recipient: rfc822; {}
Original-Recipient: rfc822;{}
Action: failed
Status: {}
Remote-MTA: dns; {}
Diagnostic-Code: smtp; {}
"""


def notification(evil: Hostile) -> Notification:
    fields = FIELDS.format(*(evil() for _ in range(8)))
    raw = dsn(fields, text=evil("Unknown user: "), sender=evil("x@") + "@y").encode("utf-8", "surrogatepass")
    return ndn.read(raw.replace(b"Subject: ", b"Subject: " + evil().encode("utf-8", "surrogatepass"), 1))


def a_run(evil: Hostile) -> RunRecord:
    run = RunRecord(id="r", key=b"k", started_at=NOW, finished_at=NOW, route=Route.RELAY, targets=[TARGET])
    run.state = RunState.FINISHED
    run.errors = [ErrorEntry(where="relay", message=clean_line(evil()), remedy=clean_line(evil()))]
    run.authorized_by, run.vouched_by = evil(), evil()
    while evil.written < PER_REPORT:
        run.probes.append(a_record(evil, len(run.probes)))
    return run


def documents(evil: Hostile) -> Iterator[tuple[str, bytes]]:
    """All that can be made of one hostile run, each with its format."""
    run = a_run(evil)
    report = assemble(Inquiry(run))
    line = RunLine(
        id="r",
        started_at=NOW,
        finished_at=NOW,
        state=run.state,
        verdict=report.verdict,
        route=run.route,
        targets=("acme.example",),
        probes=1,
        open=0,
        maybe_sent=0,
    )
    for name, row in FORMATS.items():
        for color, width, verbose in ((False, 60, False), (True, 100, True)):
            yield name, report_renderer(name)(report, Look(NOW, width, color=color, verbose=verbose))
        if Document.RUNS in row.renderers:
            yield name, renderer_of_runs(name)([line], Look(NOW))
        if Document.MESSAGES in row.renderers:
            yield name, messages(evil, messages_renderer(name))
        render = event_renderer(name)
        if render is not None:
            yield name, b"".join(render(event) for event in events(run))
    yield "text", shown(Lines, run)
    yield "text", shown(lambda out: Screen(out, lambda: terminal_size((100, 40)), color=True), run)


def messages(evil: Hostile, show: Messages) -> bytes:
    told = notification(evil)
    one = explained(told, None, sha256="0", file=clean_line(evil()))
    unread = show.unreadable(Unreadable(file=clean_line(evil()), error="no such file"))
    return show.head + show.explained(one, told) + show.between + unread + show.tail


def events(run: RunRecord) -> Iterator[Event]:
    yield RunStarted(run="r", at=NOW, targets=tuple(target.target for target in run.targets))
    for record in run.probes[:5]:
        assert record.submission is not None
        assert record.settlement is not None
        yield Sending(run="r", at=NOW, probe=record.probe)
        yield Sent(run="r", at=NOW, probe=record.probe, submission=record.submission)
        refused = msgspec.structs.replace(record.submission, accepted=False)
        yield Sent(run="r", at=NOW, probe=record.probe, submission=refused)
        yield Arrived(run="r", at=NOW, probe=record.probe, returned=record.returned[0])
        yield Settled(run="r", at=NOW, probe=record.probe, settlement=record.settlement)


def shown(observer: Callable[[Any], Any], run: RunRecord) -> bytes:
    out = StringIO()
    show = observer(out)
    for event in events(run):
        show(event)
    return out.getvalue().encode()


def check(name: str, document: bytes) -> None:
    text = document.decode()  # strictly: a lone surrogate does not even get so far
    if name == "json":
        json.loads(text)
    elif name == "jsonl":
        for line in text.splitlines():
            json.loads(line)
    assert "\x1b[35;7m" not in text, "a stranger's colours"
    odd = {char for char in set(OURS.sub("", text)) if unicodedata.category(char) in BAD}
    assert odd <= {"\n"}, f"{name}: {odd!r}"


@pytest.mark.parametrize(
    "strings",
    [
        pytest.param(20_000, id="some"),
        pytest.param(1_000_000, id="many", marks=[pytest.mark.long, pytest.mark.timeout(3000)]),
    ],
)
def test_hostile_text_is_shown_and_obeyed_by_nobody(strings: int) -> None:
    said = set()
    for seed in range(strings // PER_REPORT):
        for name, document in documents(Hostile(seed)):
            check(name, document)
            said |= {(name, b"[bold]" in document)}
    assert said >= {(name, True) for name in FORMATS if name not in UNQUOTED}, (
        "what is no markup for anybody is shown as it is"
    )
