"""Messages to our own side: planned, sent and watched in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bsaudit.audit.pace import Pace
from bsaudit.audit.send import send_all
from bsaudit.audit.state import Live
from bsaudit.audit.watch import watch_controls
from bsaudit.model.ledger import DAY_S
from bsaudit.model.probe import Probe, ProbeRecord

# Our own controls wait for the relay as long as it takes: without them nothing else goes out.
FOR_EVER_S = 2 * DAY_S


async def exchange(
    live: Live,
    probes: Sequence[Probe],
    *,
    patience_s: float,
    enough: Callable[[Sequence[ProbeRecord]], bool] = lambda _: False,
) -> list[ProbeRecord]:
    """Send the controls and return them settled: when `enough` says so of them, at the latest after `patience_s`."""
    records = await live.plan(probes)
    booked = await live.purse.pay(((None, probe, False) for probe in probes), FOR_EVER_S)
    live.departures |= {probe.id: told.at for probe, told in zip(probes, booked, strict=True) if told.at is not None}
    await send_all(live, records, Pace(None, live.tools.clock))
    await watch_controls(live, records, patience_s=patience_s, enough=lambda: enough(records))
    return records
