"""The controls on our own side, before anything reaches the target."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from bsaudit.audit.identity import run_second_identity
from bsaudit.audit.own_mail import exchange
from bsaudit.audit.state import Live
from bsaudit.durations import duration
from bsaudit.errors import CatchError, RelayError, ServiceError
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.probe import Control, Outcome, ProbeRecord
from bsaudit.model.settings import CatchKind
from bsaudit.probe.addressing import Sender, Way
from bsaudit.probe.content import NOTIFICATION_OF_TEST
from bsaudit.probe.own_side import plan_calibration, plan_catch_controls, plan_ndn_controls, plan_ndn_return

# How long our own message may take through relay and catch side; greylisting of the catch MX fits in.
CATCH_PATIENCE_S = 300.0
# Once the catch control has come through, the others get this much, or a multiple of what that one took.
PATIENCE_S = 30.0
PATIENCE_FACTOR = 5.0


async def run_controls(live: Live, sender: Sender, *, content: bool) -> Sender:
    """Send the controls and learn from them; return the sender with the tagging that survives.

    Raises CatchError or RelayError if the catch control fails: without it nothing else means anything.
    """
    way = own_way(live)
    live.phase("controls", f"checking the way to the catch mailbox {sender.catch_address}")
    # The best style of tagging is waited for; a worse one that arrived first gives the better ones a little longer.
    patience = min(live.settings.wait_s, CATCH_PATIENCE_S)
    catches = await exchange(
        live, plan_catch_controls(sender, live.numbers, way), patience_s=patience, enough=_first_settled
    )
    if not live.learned.catch_works:
        raise _catch_failed(sender, catches, live.settings.wait_s)
    sender = replace(sender, tagging=live.learned.tagging)
    live.phase("controls", "checking that notifications come back, and how those of the relay read")
    await _run_ndn_and_calibration(live, sender, way, content=content)
    await _run_ndn_return(live, sender)
    await run_second_identity(live, sender, way)
    return sender


def _first_settled(catches: Sequence[ProbeRecord]) -> bool:
    """Say whether the first style that can still come through has: the styles stand in order of preference."""
    for record in catches:
        if record.settlement is None:
            return False
        if record.settlement.outcome is Outcome.ACCEPTED_SILENTLY:
            return True
    return True


def own_way(live: Live) -> Way:
    """Return how our own side is reached without the relay: the sink itself, else the catch domain's first MX."""
    return Way() if live.run.route is Route.RELAY else direct_way(live)


def direct_way(live: Live) -> Way:
    catch, run = live.settings.catch, live.run
    if catch is not None and catch.kind is CatchKind.SINK:
        host = catch.host or "localhost"
        return Way(exchanger=MailExchanger(host=host, port=catch.port or 25), address=host)
    if not run.catch_addresses:
        raise CatchError(
            f"the catch domain of {run.catch_address} has no mail exchanger",
            remedy="Publish an MX record for it, or use a sink:// catch.",
        )
    host = run.catch_hosts[0] if run.catch_hosts else run.catch_addresses[0]
    return Way(exchanger=MailExchanger(host=host), address=run.catch_addresses[0])


async def _run_ndn_and_calibration(live: Live, sender: Sender, way: Way, *, content: bool) -> None:
    probes = plan_ndn_controls(sender, live.numbers, way, content=content)
    if sender.route is Route.RELAY:
        probes += plan_calibration(sender, live.numbers)
    records = await exchange(live, probes, patience_s=_patience(live))
    await _retry_ndn_directly(live, sender, records)


async def _retry_ndn_directly(live: Live, sender: Sender, records: list[ProbeRecord]) -> None:
    """Send NDN controls again straight to the catch MX if the relay would not have them.

    A submission service may well refuse the null reverse-path or the test content; what the control tries is
    our own side.
    """
    refused = [r for r in records if r.probe.control is Control.NDN and _refused(r)]
    if not refused:
        return
    try:
        way = direct_way(live)
    except ServiceError:
        return
    direct = replace(sender, route=Route.DIRECT)
    content = any(r.probe.content == NOTIFICATION_OF_TEST.name for r in refused)
    probes = plan_ndn_controls(direct, live.numbers, way, content=content)
    await exchange(live, probes, patience_s=_patience(live))


def _refused(record: ProbeRecord) -> bool:
    return record.settlement is not None and record.settlement.outcome in {
        Outcome.REFUSED_BY_RELAY,
        Outcome.REJECTED,
    }


async def _run_ndn_return(live: Live, sender: Sender) -> None:
    """Where the relay rewrites the reverse-path, see whether a third party's NDN to it comes through to us."""
    rewritten = live.learned.rewritten_reverse_path
    if sender.route is not Route.RELAY or rewritten is None:
        return
    control = plan_ndn_return(sender, live.numbers, rewritten)
    await exchange(live, [control], patience_s=_patience(live))


def _patience(live: Live) -> float:
    took = live.learned.catch_seconds or 0.0
    return min(live.settings.wait_s, max(PATIENCE_S, PATIENCE_FACTOR * took))


def _catch_failed(sender: Sender, catches: list[ProbeRecord], wait_s: float) -> ServiceError:
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
        f"within {duration(patience)}",
        remedy=(
            "Check that mail to this address reaches this mailbox and folder (spam folder, filters, forwarding), "
            "and that --tagging fits it; `bsaudit doctor` repeats this check."
        ),
    )
