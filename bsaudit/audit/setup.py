"""Trying relay, catch mailbox and DNS without touching any target: `doctor`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.audit.controls import run_controls
from bsaudit.audit.run import first_error, new_run, open_ends, sender_of
from bsaudit.audit.state import Live
from bsaudit.audit.tools import Tools
from bsaudit.audit.watch import follow
from bsaudit.audit.way_back import note_way_back
from bsaudit.durations import duration
from bsaudit.errors import ServiceError
from bsaudit.judge.learn import Learned
from bsaudit.judge.way_back import why_secluded
from bsaudit.model.run import RunKind, RunRecord, RunState
from bsaudit.model.settings import AuditSettings
from bsaudit.model.way_back import Grade, WayBack
from bsaudit.probe.plan import choose, test_contents


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was tried. `ok` None: it could not be told."""

    name: str
    ok: bool | None
    text: str
    remedy: str = ""


async def check_setup(settings: AuditSettings, tools: Tools) -> tuple[Check, ...]:
    """Run the controls of our own side and return what they showed, one check a line.

    Sends a few messages to the user's own catch address and nowhere else.
    """
    live = Live(new_run(settings, tools.clock.now()), settings, tools)
    live.run.kind = RunKind.DOCTOR
    await tools.journal.begin(live.run)
    problem: Check | None = None
    try:
        await _try(live)
    except* ServiceError as errors:
        error = first_error(errors)
        problem = Check(name=error.where, ok=False, text=error.message, remedy=error.remedy)
    live.run.state = RunState.FINISHED
    await note_way_back(live)
    checks = tuple(_checks(live))
    return (*checks, problem) if problem else checks


async def _try(live: Live) -> None:
    await open_ends(live)
    async with asyncio.TaskGroup() as group:
        following = group.create_task(follow(live))
        settings = replace(live.settings, kinds=(), skip=())  # of no target's plan
        contents = test_contents(choose(settings), settings) if settings.relay_permission else ()
        await run_controls(live, sender_of(live.run, live.settings), contents=contents)
        following.cancel()


def _checks(live: Live) -> Iterator[Check]:
    run, learned = live.run, live.learned
    if run.relay is not None:
        tls = run.relay.tls or "no TLS"
        dsn = "offers DSN" if run.relay.dsn else "offers no DSN: acceptance can seldom be shown"
        yield Check(name="relay", ok=True, text=f"{run.relay.host}: {tls}, {dsn}")
    if run.catch_position is not None:
        yield Check(name="catch", ok=True, text=f"{run.catch_kind} mailbox opened")
    if learned.catch_works:
        yield from _control_checks(learned, relayed=run.relay is not None, content=bool(live.settings.relay_permission))
        yield _way_back_check(run, live.inquiry.way_back_of_strangers())


def _control_checks(learned: Learned, *, relayed: bool, content: bool) -> Iterator[Check]:
    took = duration(learned.catch_seconds) if learned.catch_seconds is not None else "an unknown time"
    yield Check(name="catch control", ok=True, text=f"arrived after {took}; tagging {learned.tagging.value} survives")
    yield _check("NDN control", ok=learned.ndn_arrives, yes="a DSN reaches the catch mailbox", remedy=_FILED)
    if content:
        text = "a DSN that returns GTUBE and EICAR reaches the catch mailbox"
        yield _check("NDN with content", ok=learned.content_arrives, yes=text, remedy=_FILED)
    if relayed:
        text = "its own NDNs come back and are known"
        yield _check(
            "relay calibration", ok=learned.calibrated, yes=text, remedy="Without it verdicts stay inconclusive."
        )
    if relayed and learned.rewrites_reverse_path:
        text = "the relay rewrites the reverse-path"
        yield Check(
            name="reverse-path",
            ok=learned.returns_foreign_ndns,
            text=text + (", and passes NDNs on" if learned.returns_foreign_ndns else ": bounces may go elsewhere"),
            remedy="" if learned.returns_foreign_ndns else "Use a relay that keeps the reverse-path.",
        )


def _way_back_check(run: RunRecord, way: WayBack) -> Check:
    """Say what silence would be worth in an audit of today."""
    shown = {
        Grade.STRANGERS: f"open to strangers: shown by {way.from_}",
        Grade.VOUCHED: f"by the word of {way.from_}",
    }.get(way.grade)
    secluded = why_secluded(run)
    if shown is None:
        text = "not shown to be open to strangers: rejections would count, silence would not"
        remedy = "Let a --relay that is none of your own hosts carry the controls, or give --catch-vouched-by."
        return Check(name="way back", ok=None, text=text, remedy=remedy)
    if secluded and way.grade is not Grade.VOUCHED:
        return Check(
            name="way back", ok=None, text=f"{shown}; but {secluded}", remedy="Each target has to show it by itself."
        )
    return Check(name="way back", ok=True, text=shown)


_FILED = "Look whether the mailbox's provider drops or files such mail; name its folder in the catch URL."


def _check(name: str, *, ok: bool, yes: str, remedy: str) -> Check:
    return Check(name=name, ok=ok, text=yes if ok else f"not so: {yes}", remedy="" if ok else remedy)
