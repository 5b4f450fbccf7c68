"""The controls on our own side, before anything reaches the target."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from bsaudit.audit.entrances import try_entrances, who_answers
from bsaudit.audit.identity import run_second_identity
from bsaudit.audit.own_mail import exchange
from bsaudit.audit.state import Live
from bsaudit.durations import duration
from bsaudit.errors import CatchError, RelayError, ServiceError
from bsaudit.judge.visits import A_DAY, visits
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.probe import Control, Outcome, Probe, ProbeRecord
from bsaudit.model.settings import CatchKind
from bsaudit.model.way_back import CLOSED
from bsaudit.probe.addressing import Sender, Way
from bsaudit.probe.content import Tested
from bsaudit.probe.own_side import (
    plan_calibration,
    plan_catch_controls,
    plan_content_controls,
    plan_ndn_controls,
    plan_ndn_return,
)

# How long our own message may take through relay and catch side; greylisting of the catch MX fits in.
CATCH_PATIENCE_S = 300.0
# Once the catch control has come through, the others get this much, or a multiple of what that one took.
PATIENCE_S = 30.0
PATIENCE_FACTOR = 5.0


async def run_controls(live: Live, sender: Sender, *, contents: Sequence[Tested]) -> Sender:
    """Send the controls and learn from them; return the sender with the tagging that survives.

    `contents` are the test contents of the probes. The controls go through the relay where there is one, on the direct
    route as well: a stranger to our own side shows more.
    Raises CatchError or RelayError if the catch control fails: without it nothing else means anything.
    """
    relayed = live.run.relay is not None
    own = replace(sender, route=Route.RELAY if relayed else Route.DIRECT)
    live.phase("controls", f"checking the way to the catch mailbox {sender.catch_address}")
    catches = await _catch_controls(live, own)
    if not live.learned.catch_works:
        raise _catch_failed(sender, catches, live.settings.wait_s, who_answers(live.run))
    own = replace(own, tagging=live.learned.tagging)
    whose = " and how those of the relay read" if relayed else ""
    live.phase("controls", f"checking that notifications come back{whose}")
    await _run_ndn_and_calibration(live, own, contents)
    await try_entrances(live, own, patience(live))
    await _look_back(live, own)
    await _run_ndn_return(live, own)
    if sender.route.relayed:  # SPF vouches for what the relay sends, and not for what we send ourselves
        await run_second_identity(live, own, live.own_way)
    return replace(own, route=sender.route)


async def _catch_controls(live: Live, sender: Sender) -> list[ProbeRecord]:
    """Send the catch control in every style of tagging, by whichever way our own side can be reached from here."""
    # The best style of tagging is waited for; a worse one that arrived first gives the better ones a little longer.
    patience = min(live.settings.wait_s, CATCH_PATIENCE_S)
    catches: list[ProbeRecord] = []
    for way in (Way(),) if sender.route is Route.RELAY else _entrances(live):
        live.own_way = way
        controls = plan_catch_controls(sender, live.numbers, way)
        catches = await exchange(live, controls, patience_s=patience, enough=_first_settled)
        if not all(map(_was_not_reached, catches)):
            break
    return catches


def _was_not_reached(record: ProbeRecord) -> bool:
    return record.submission is not None and record.submission.accepted is False and record.submission.reply is None


def _first_settled(catches: Sequence[ProbeRecord]) -> bool:
    """Say whether the first style that can still come through has: the styles stand in order of preference."""
    for record in catches:
        if record.settlement is None:
            return False
        if record.settlement.outcome is Outcome.ACCEPTED_SILENTLY:
            return True
    return True


def _entrances(live: Live) -> list[Way]:
    """Return the ways into our own side that need no relay: the catch domain's first MX, and the sink itself.

    Port 25 may be closed from here, or not lead back from inside: that the first cannot be reached shows nothing.
    """
    ways = [Way(exchanger=mx, address=mx.addresses[0]) for mx in live.run.catch_exchangers if mx.addresses][:1]
    catch = live.settings.catch
    if catch is not None and catch.kind is CatchKind.SINK:
        host = catch.host or "localhost"
        ways.append(Way(exchanger=MailExchanger(host=host, port=catch.port or 25), address=host))
    if not ways:
        raise CatchError(
            f"the catch domain of {live.run.catch_address} has no mail exchanger",
            remedy="Publish an MX record for it, or use a sink:// catch.",
        )
    return ways


async def _run_ndn_and_calibration(live: Live, sender: Sender, contents: Sequence[Tested]) -> None:
    content = bool(contents)
    # On the direct route nobody asked the relay's owner about test content.
    relayed = sender.route is Route.RELAY
    consented = content and bool(not relayed or live.run.route.relayed or live.settings.relay_permission)
    probes = plan_ndn_controls(sender, live.numbers, live.own_way, content=consented)
    if relayed:
        probes += [probe for probe in plan_calibration(sender, live.numbers) if not _fills_the_queue(live, probe)]
    if live.run.route.relayed:
        probes += plan_content_controls(sender, live.numbers, contents)
    records = await exchange(live, probes, patience_s=patience(live))
    refused = [record for record in records if record.probe.control is Control.NDN and _refused(record)]
    if refused or consented is not content:
        await _ndn_directly(live, sender, content=content)


def _fills_the_queue(live: Live, probe: Probe) -> bool:
    """Say whether a control may lie for days in a queue that is to be seen empty: the relay may be the target itself.

    How the relay words its NDNs matters to probes that go through it.
    """
    looked_at = live.settings.target_queue is not None and not live.run.route.relayed
    return looked_at and probe.control is Control.CALIBRATION_UNREACHABLE


async def _ndn_directly(live: Live, sender: Sender, *, content: bool) -> None:
    """Send NDN controls straight to the catch MX where the relay would not have them, or must not be given them.

    A submission service may well refuse the null reverse-path or the test content; what the control tries is
    our own side.
    """
    direct = replace(sender, route=Route.DIRECT)
    try:
        ways = _entrances(live)
    except CatchError:
        return
    for way in ways:
        probes = plan_ndn_controls(direct, live.numbers, way, content=content)
        records = await exchange(live, probes, patience_s=patience(live))
        if not all(map(_was_not_reached, records)):
            return


def _refused(record: ProbeRecord) -> bool:
    return record.settlement is not None and record.settlement.outcome in {
        Outcome.REFUSED_BY_RELAY,
        Outcome.REJECTED,
    }


async def _look_back(live: Live, sender: Sender) -> None:
    """Where nothing shows the way back, look who brought mail to our own side on the day before.

    Our own control with <> goes to the public MX as well then: what came in from us is no stranger's.
    """
    run = live.run
    if live.learned.strangers is not CLOSED or run.earlier is not CLOSED:
        return
    before = await live.tools.mailbox.visits(run.started_at - A_DAY)
    run.visits = visits(before, run, live.learned)
    if run.visits and sender.route is Route.RELAY:
        await _ndn_directly(live, sender, content=False)
        run.visits = visits(before, run, live.learned)
    live.relearn()


async def _run_ndn_return(live: Live, sender: Sender) -> None:
    """Where the relay rewrites the reverse-path, see whether a third party's NDN to it comes through to us."""
    rewritten = live.learned.rewritten_reverse_path
    if sender.route is not Route.RELAY or rewritten is None:
        return
    control = plan_ndn_return(sender, live.numbers, rewritten)
    await exchange(live, [control], patience_s=patience(live))


def patience(live: Live) -> float:
    """Return how long a control may take, now that it is known how long the first one took."""
    took = live.learned.catch_seconds or 0.0
    return min(live.settings.wait_s, max(PATIENCE_S, PATIENCE_FACTOR * took))


def _catch_failed(sender: Sender, catches: list[ProbeRecord], wait_s: float, other: str | None) -> ServiceError:
    """Say why the catch control did not come through: refused at submission, returned, or lost."""
    refused = next((r.settlement for r in catches if _refused(r) and r.settlement), None)
    if refused is not None and all(_refused(record) for record in catches):
        return RelayError(
            f"the relay does not deliver to the catch address {sender.catch_address}: {refused.explanation}",
            remedy="The account must be allowed to send from and to this address; check it and its domain's MX.",
        )
    patience = min(wait_s, CATCH_PATIENCE_S)
    return CatchError(
        f"our own control message to {sender.catch_address} did not reach the catch mailbox "
        f"within {duration(patience)}" + (f"; {other}" if other else ""),
        remedy=(
            "Check that mail to this address reaches this mailbox and folder (spam folder, filters, forwarding, a full "
            "mailbox), and that --tagging fits it; `bsaudit doctor` repeats this check."
        ),
    )
