"""One audit from beginning to end: plan → submit → watch → settle (ARCHITECTURE.md follows a probe through it)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Coroutine, Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from bsaudit.audit.budget import Plan, fit
from bsaudit.audit.content import content_known, share_content
from bsaudit.audit.controls import run_controls
from bsaudit.audit.discover import compare_with_relay, discover
from bsaudit.audit.entrances import look_at_entrances
from bsaudit.audit.fitness import shared_hosts
from bsaudit.audit.followup import FollowUps
from bsaudit.audit.ownership import disowned
from bsaudit.audit.permission import authorise, consented, third_parties
from bsaudit.audit.rehearse import rehearse
from bsaudit.audit.send import cancel, move, send_all
from bsaudit.audit.state import Live
from bsaudit.audit.tools import SAVE, Confirm, Tools
from bsaudit.audit.watch import Watch, follow
from bsaudit.audit.way_back import close, find_entrances, note_way_back, remember
from bsaudit.audit.witness import follow_witnesses
from bsaudit.audit.zones import ask_the_zones
from bsaudit.errors import BsauditError, CatchError, Interrupted, ServiceError, UsageError
from bsaudit.judge.again import judge_again
from bsaudit.judge.again_command import found_by
from bsaudit.judge.assemble import assemble
from bsaudit.model.event import Planned, RunFinished, RunStarted
from bsaudit.model.mail import cut_short
from bsaudit.model.probe import Probe, ProbeRecord, State
from bsaudit.model.report import Report
from bsaudit.model.run import RunRecord, RunState
from bsaudit.model.settings import AuditSettings, Limits, RunSettings
from bsaudit.probe.addressing import Sender, refuse_detour
from bsaudit.probe.plan import Choice, choose, note_left_out, plan_target, strangers, test_contents
from bsaudit.probe.rule import dropped_fields
from bsaudit.probe.spelling import refuse_odd
from bsaudit.probe.tagging import domain_of

# 32 random bits hardly ever repeat within one journal, and eight letters can be typed.
RUN_ID_OCTETS = 4
KEY_OCTETS = 32


async def audit(settings: AuditSettings, tools: Tools, *, confirm: Confirm | None = None) -> Report:
    """Audit the targets of `settings` and return the report.

    What fails on our own side (relay, catch mailbox, DNS, journal) stands in the report's `errors`. Raises UsageError
    (NotAuthorized, TargetRefused) before anything is sent, Interrupted when the user stopped it.
    """
    if not settings.targets:
        raise UsageError("no target given", remedy="Name a mail domain: bsaudit probe example.org")
    live, choices = await _prepared(settings, tools, confirm)
    await tools.journal.begin(live.run)
    live.notify(RunStarted(run=live.run.id, at=tools.clock.now(), targets=settings.targets))
    for text in _not_sent(live):
        live.phase("plan", text)
    interrupted = False
    try:
        if any(target.error is None for target in live.run.targets):  # else there is nobody to send anything to
            await _carry_out(live, choices)
    except* ServiceError as errors:
        live.failed(first_error(errors))
    except* asyncio.CancelledError:
        interrupted = True
    if interrupted:
        raise Interrupted(
            f"interrupted; nothing that was sent is forgotten (run {live.run.id})",
            remedy=f"Look for answers later with: bsaudit collect {live.run.id} {found_by(live.run)}".rstrip(),
            report=await _whatever_happens(_interrupted(live)),
        )
    return await _finish(live)


async def _prepared(settings: AuditSettings, tools: Tools, confirm: Confirm | None) -> tuple[Live, tuple[Choice, ...]]:
    """Return the run with its targets, permission and choice of probes; nothing is sent. Raises UsageError."""
    live = Live(new_run(settings, tools.clock.now()), settings, tools)
    run = live.run
    choices, lacking = consented(settings, choose(settings))
    run.settings = replace(run.settings, lacking=lacking)
    third_parties(settings, choices, confirm)
    run.targets = await discover(settings, tools.resolver)
    known = await content_known(run, settings, choices, tools.journal)
    share_content(run, settings, choices, known)
    catch_domain = domain_of(run.catch_address or "")
    asked = confirm and _after_the_plan(confirm, live, choices)
    run.authorized_by = await authorise(settings, run.targets, catch_domain, tools.resolver, asked)
    share_content(run, settings, choices, known)  # nobody relies on a target that is not audited after all
    for _ in rehearse(run, settings, sender_of(run, settings), choices):
        pass  # what cannot be composed is told before anything is sent
    return live, choices


def _after_the_plan(confirm: Confirm, live: Live, choices: tuple[Choice, ...]) -> Confirm:
    """Return the question for permission, asked once the plan was shown: nobody agrees to what he does not know."""

    def ask(question: str) -> bool:
        run, settings = live.run, live.settings
        composed = rehearse(run, settings, sender_of(run, settings), choices)
        probes = tuple(one.probe for one in composed if one.probe.target is not None)
        live.notify(Planned(run=run.id, at=live.tools.clock.now(), probes=probes))
        return confirm(question)

    return ask


def _not_sent(live: Live) -> Iterator[str]:
    """Say what of the plan, as it was asked for, does not go out."""
    settings = live.settings
    if lacking := live.run.settings.lacking:
        yield f"not tried, the relay's owner has not agreed (--relay-permission): {', '.join(lacking)}"
    for target in live.run.targets:
        if shown := target.content:
            yield f"{target.target}: recipients only; run {shown.run} shows the content at its hosts ({shown.target})"
    if strange := strangers(settings):
        yield f"not tried, in the domain of no target: {', '.join(strange)}"
    for number, dropped in enumerate(live.run.settings.dropped_fields, start=1):
        if dropped:
            yield f"left out of rule {number}, they name others or keep servers silent: {', '.join(dropped)}"


def new_run(settings: AuditSettings, now: datetime) -> RunRecord:
    """Return an empty run with a fresh key.

    Raises UsageError where there is no catch address, for what must not go into a command, and for a way that no
    probe can take.
    """
    refuse_odd(settings)
    refuse_detour(settings.route, settings.mx and settings.mx[0])
    if not settings.catch_addresses:
        raise UsageError(
            "no catch address given", remedy="Name an address that reaches the catch mailbox: --catch-address"
        )
    limits = Limits(
        rate=settings.rate, max_probes=settings.max_probes, wait_s=settings.wait_s, grace_s=settings.grace_s
    )
    catch = settings.catch
    return RunRecord(
        id=secrets.token_hex(RUN_ID_OCTETS),
        key=secrets.token_bytes(KEY_OCTETS),
        started_at=now,
        route=settings.route,
        grace_s=settings.grace_s,
        settings=RunSettings(
            limits=limits,
            kinds=settings.kinds,
            skip=settings.skip,
            catch=catch.place if catch else None,
            contact=settings.contact,
            recipe=settings.recipe,
            dropped_fields=tuple(map(dropped_fields, settings.rules)),
        ),
        catch_kind=catch.kind.value if catch else "",
        catch_host=catch.host if catch else None,
        catch_address=settings.catch_addresses[0],
        tagging=settings.tagging.value,
        vouched_by=settings.catch_vouched_by,
        auditor_hosts=(settings.helo_name,) if settings.helo_name else (),
    )


def sender_of(run: RunRecord, settings: AuditSettings) -> Sender:
    return Sender(
        run_id=run.id,
        key=run.key,
        catch_address=run.catch_address or "",
        tagging=settings.tagging,
        route=run.route,
    )


async def _carry_out(live: Live, choices: tuple[Choice, ...]) -> None:
    """Open both ends, run the controls, then the probes, with the catch mailbox watched all the while."""
    await open_ends(live)
    try:
        async with asyncio.TaskGroup() as group:
            following = group.create_task(follow(live))
            contents = test_contents(choices, live.settings)
            sender = await run_controls(live, sender_of(live.run, live.settings), contents=contents)
            if (not_ours := disowned(live)) is not None:
                raise not_ours
            await _probe(live, sender, choices)
            following.cancel()
    finally:
        await _close_ends(live)


async def open_ends(live: Live) -> None:
    """Open relay and catch mailbox and learn what they say of themselves. Raises ServiceError."""
    run, tools = live.run, live.tools
    ends = "relay and catch mailbox" if tools.submitters.relay else "the catch mailbox"
    live.phase("open", f"connecting to {ends}")
    await find_entrances(live)
    await ask_the_zones(live)
    await remember(live)
    run.catch_position = await tools.mailbox.open()
    run.sees_callouts = tools.mailbox.sees_sessions
    await look_at_entrances(live)
    if tools.submitters.relay is not None:
        run.relay = await tools.submitters.relay.open()
    if run.relay is not None:
        compare_with_relay(run.targets, run.relay)
    live.relearn()
    await tools.journal.update(run)


async def _close_ends(live: Live) -> None:
    run, tools = live.run, live.tools
    run.catch_position = tools.mailbox.position
    await live.see_sessions()
    if run.sees_callouts and not tools.mailbox.sees_sessions:
        live.failed(
            CatchError(
                "the catch MX has stopped, or was started anew: what came meanwhile was not taken",
                remedy="Start `bsaudit catch` again, and repeat the audit.",
            )
        )
    await tools.mailbox.close()
    await live.see_sessions()  # and of those that were still bringing something
    if tools.submitters.relay is not None:
        await tools.submitters.relay.close()
    await tools.submitters.direct.close()


async def _probe(live: Live, sender: Sender, choices: tuple[Choice, ...]) -> None:
    """Plan and send the probes of all targets side by side, and watch until every one is settled."""
    plans = await _planned(live, sender, choices)
    planned = tuple(record.probe for plan in plans for record in plan)
    live.notify(Planned(run=live.run.id, at=live.tools.clock.now(), probes=planned))
    live.phase("probes", _sending(planned, live.settings.rate))
    async with asyncio.TaskGroup() as group:
        watch = Watch(live, [record for plan in plans for record in plan], FollowUps(live, sender, group))
        watching = group.create_task(watch.run())
        witnesses = [group.create_task(witness) for witness in follow_witnesses(live)]
        try:
            async with asyncio.TaskGroup() as sending:
                for plan in plans:
                    sending.create_task(send_all(live, plan, live.pace_of(plan[0].probe)))
        except* ServiceError as errors:
            # What was sent before is still watched; the report tells the rest.
            live.failed(first_error(errors))
        live.phase("watch", "everything is sent; waiting for what comes back")
        watch.all_sent()
        await watching
        for witness in witnesses:
            witness.cancel()
    await close(live, sender)


async def _planned(live: Live, sender: Sender, choices: tuple[Choice, ...]) -> list[list[ProbeRecord]]:
    """Journal what each target is sent, after what does not fit was taken out and named."""
    drafts = []
    for target in live.run.targets:
        for check in shared_hosts(target, live):
            live.phase("plan", f"{target.target}: {check.text}. {check.remedy}")
        note_left_out(target, choices, live.settings)
        probes = plan_target(sender, live.numbers, target, choices, live.settings) if target.error is None else []
        drafts.append(Plan(target=target, probes=probes))
    live.departures |= await fit(drafts, live.purse)
    plans = []
    for draft in drafts:
        await live.tools.journal.target(live.run.id, draft.target)
        for text in draft.target.planned_out:
            live.phase("plan", f"{draft.target.target}: planned out: {text}")
        if draft.probes:
            plans.append(await live.plan(draft.probes))
    return plans


def _sending(planned: Sequence[Probe], rate: float) -> str:
    messages = sum(not probe.rcpt_only for probe in planned)  # what is only asked at RCPT is no message
    targets = len({probe.target for probe in planned})
    what = f"{messages} message{'s' * (messages != 1)} to {targets} target{'s' * (targets != 1)}"
    return f"sending {what}, at most {rate:g} a second" + (" each" if targets > 1 else "")


async def _finish(live: Live) -> Report:
    # Copies of what came back that could not be kept are told, and take nothing from what was seen.
    failed = any(error.where != SAVE for error in live.run.errors)
    report = await _end(live, RunState.FAILED if failed else RunState.FINISHED)
    assert live.run.finished_at is not None
    complete = live.run.state is RunState.FINISHED
    live.notify(RunFinished(run=live.run.id, at=live.run.finished_at, complete=complete))
    return report


async def _end(live: Live, state: RunState) -> Report:
    """Record that the run is over, and in which state; return the report of what it has shown."""
    run, tools = live.run, live.tools
    run.finished_at = run.watched_until = tools.clock.now()
    run.waited_s = (run.finished_at - run.started_at).total_seconds()
    run.state = state
    await tools.journal.update(run)
    await live.fetch_transcripts()
    judge_again(live.inquiry, run.finished_at)
    await note_way_back(live)
    report = assemble(live.inquiry)
    await tools.journal.entries(run.id, report.targets, report.tool.version)
    return report


async def _whatever_happens(work: Coroutine[Any, Any, Report]) -> Report:
    """See `work` to its end, however often this task is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()


async def _interrupted(live: Live) -> Report:
    """Leave the journal in order: what was under way may have been sent, what was planned never will be."""
    for record in live.run.probes:
        if record.state is State.SENDING:
            record.submission = cut_short(live.tools.clock.now())
            await move(live, record, State.MAYBE_SENT, record.submission)
    await cancel(live, live.run.probes)
    return await _end(live, RunState.INTERRUPTED)


def first_error(group: BaseExceptionGroup[ServiceError]) -> BsauditError:
    """Return the first error of a group, however deep: one cause is what the user can mend."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, BsauditError)
    return error
