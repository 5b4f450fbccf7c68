"""Trying relay, catch mailbox and DNS without touching any target: `doctor`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from bsaudit.audit.checks import Check
from bsaudit.audit.controls import patience, run_controls
from bsaudit.audit.fitness import check_entrances, check_peers, check_targets, try_ourselves
from bsaudit.audit.ownership import disowned
from bsaudit.audit.run import first_error, new_run, open_ends, sender_of
from bsaudit.audit.send import cancel
from bsaudit.audit.state import Live
from bsaudit.audit.tools import Tools
from bsaudit.audit.watch import TICK_S, follow, pause
from bsaudit.audit.way_back import note_way_back
from bsaudit.durations import duration
from bsaudit.errors import ServiceError
from bsaudit.judge.learn import Learned
from bsaudit.judge.way_back import why_secluded
from bsaudit.model.probe import Control
from bsaudit.model.run import RunKind, RunRecord, RunState
from bsaudit.model.settings import AuditSettings
from bsaudit.model.way_back import Grade, ShownBy, WayBack
from bsaudit.probe.addressing import Sender
from bsaudit.probe.own_side import plan_awaited
from bsaudit.probe.plan import choose, test_contents

# Told to which address somebody is to write.
Ask = Callable[[str], None]


async def check_setup(settings: AuditSettings, tools: Tools, *, ask: Ask | None = None) -> tuple[Check, ...]:
    """Run the controls of our own side and return what they showed, one check a line.

    Sends a few messages to the user's own catch address and nowhere else; the targets are looked up. With `ask` it
    waits for mail that somebody writes from elsewhere to the address that `ask` is told.
    """
    live = Live(new_run(settings, tools.clock.now()), settings, tools)
    live.run.kind = RunKind.DOCTOR
    await tools.journal.begin(live.run)
    problem: Check | None = None
    try:
        await _try(live, ask)
    except* ServiceError as errors:
        error = first_error(errors)
        problem = Check(name=error.where, ok=False, text=error.message, remedy=error.remedy)
    live.run.state = RunState.FINISHED
    await note_way_back(live)
    checks = (*_ends(live.run), *await check_entrances(live), *_controls(live))
    if problem:
        return (*checks, problem)
    return (*checks, *await check_targets(live)) if settings.targets else checks


async def _try(live: Live, ask: Ask | None) -> None:
    await open_ends(live)
    async with asyncio.TaskGroup() as group:
        following = group.create_task(follow(live))
        settings = replace(live.settings, kinds=(), skip=())  # of no target's plan
        contents = test_contents(choose(settings), settings) if settings.relay_permission else ()
        sender = await run_controls(live, sender_of(live.run, live.settings), contents=contents)
        await try_ourselves(live, sender, patience(live))
        if ask is not None:
            await _await_mail(live, sender, ask)
        following.cancel()


async def _await_mail(live: Live, sender: Sender, ask: Ask) -> None:
    """Wait until somebody who is not ours has written to an address that nobody else knows."""
    (record,) = await live.plan([plan_awaited(sender, live.numbers)])
    ask(record.probe.reverse_path)
    deadline = live.tools.clock.monotonic() + live.settings.wait_s
    while live.learned.strangers.shown_by is not ShownBy.ARRIVAL:
        left = deadline - live.tools.clock.monotonic()
        if left <= 0 or record.returned:
            break
        await pause(live, min(left, TICK_S))
    await cancel(live, [record])


def _ends(run: RunRecord) -> Iterator[Check]:
    if run.relay is not None:
        tls = run.relay.tls or "no TLS"
        dsn = "offers DSN" if run.relay.dsn else "offers no DSN: acceptance can seldom be shown"
        yield Check(name="relay", ok=True, text=f"{run.relay.host}: {tls}, {dsn}")
    if run.catch_position is not None:
        yield Check(name="catch", ok=True, text=f"{run.catch_kind} mailbox opened")


def _controls(live: Live) -> Iterator[Check]:
    run, learned = live.run, live.learned
    if learned.catch_works:
        yield from _control_checks(learned, relayed=run.relay is not None, content=bool(live.settings.relay_permission))
        yield from _late(learned, live.settings.grace_s)
        yield from _changed(live)
        yield from check_peers(live)
        yield _way_back_check(run, live.inquiry.way_back_of_strangers())
        not_ours = disowned(live)
        if not_ours is not None:
            yield Check(name="catch domain", ok=False, text=not_ours.message, remedy=not_ours.remedy)


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
    if relayed and not learned.rewrites_reverse_path:
        yield Check(name="reverse-path", ok=True, text="the relay leaves it alone")
    elif relayed:
        text = "the relay rewrites the reverse-path"
        yield Check(
            name="reverse-path",
            ok=learned.returns_foreign_ndns,
            text=text + (", and passes NDNs on" if learned.returns_foreign_ndns else ": bounces may go elsewhere"),
            remedy="" if learned.returns_foreign_ndns else "Use a relay that keeps the reverse-path.",
        )


def _late(learned: Learned, grace_s: float) -> Iterator[Check]:
    took = learned.catch_seconds
    if took is not None and took > grace_s:
        text = f"our own message took {duration(took)}: after a grace of {duration(grace_s)} a bounce may be on its way"
        yield Check(name="delay", ok=None, text=text, remedy="Give a --grace that is longer than that.")


def _changed(live: Live) -> Iterator[Check]:
    """Say what the relay does to what it passes on, for which a guilty target may keep silent."""
    learned = live.learned
    contents = [record for record in live.run.probes if record.probe.control is Control.CONTENT]
    lost = [
        record.probe.content for record in contents if (record.probe.content, record.probe.rule) not in learned.intact
    ]
    remedy = "Use a relay that passes mail on as it is: of such messages only refusals and bounces count."
    if learned.altered:
        yield Check(name="relay", ok=None, text=f"the relay {learned.altered}", remedy=remedy)
    elif lost:
        text = f"not shown to pass on as it is: {', '.join(dict.fromkeys(lost))}"
        yield Check(name="relay content", ok=None, text=text, remedy=remedy)


def _way_back_check(run: RunRecord, way: WayBack) -> Check:
    """Say what silence would be worth in an audit of today."""
    shown = {
        Grade.STRANGERS: f"open to strangers: shown by {way.from_}",
        Grade.VOUCHED: f"by the word of {way.from_}",
    }.get(way.grade)
    secluded = why_secluded(run)
    if shown is None:
        text = "not shown to be open to strangers: rejections would count, silence would not"
        remedy = (
            "Let a --relay that is none of your own hosts carry the controls, write from elsewhere "
            "(doctor --wait-for-mail), or give --catch-vouched-by."
        )
        return Check(name="way back", ok=None, text=text, remedy=remedy)
    if secluded and way.grade is not Grade.VOUCHED:
        return Check(
            name="way back", ok=None, text=f"{shown}; but {secluded}", remedy="Each target has to show it by itself."
        )
    return Check(name="way back", ok=True, text=shown)


_FILED = "Look whether the mailbox's provider drops or files such mail; name its folder in the catch URL."


def _check(name: str, *, ok: bool, yes: str, remedy: str) -> Check:
    return Check(name=name, ok=ok, text=yes if ok else f"not so: {yes}", remedy="" if ok else remedy)
