"""Messages to our own side: planned, sent and watched in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bsaudit.audit.pace import Pace
from bsaudit.audit.send import cancel, send_all
from bsaudit.audit.state import Live
from bsaudit.audit.watch import watch_controls
from bsaudit.errors import RelayError
from bsaudit.model.probe import Probe, ProbeRecord


async def exchange(
    live: Live,
    probes: Sequence[Probe],
    *,
    patience_s: float,
    enough: Callable[[Sequence[ProbeRecord]], bool] = lambda _: False,
) -> list[ProbeRecord]:
    """Send the controls and return them settled: when `enough` says so of them, at the latest after `patience_s`.

    Raises RelayError where the relay cannot be had for them while the run waits.
    """
    records = await live.plan(probes)
    # Tied together: where one has no room the others are not sent either, and take up none.
    tied = ((None, probe, place > 0) for place, probe in enumerate(probes))
    booked = await live.purse.pay(tied, live.settings.wait_s)
    if late := [told.room_at for told in booked if told.at is None]:
        await cancel(live, records)
        room_at = datetime.fromtimestamp(late[0] or 0, UTC)
        raise RelayError(
            "the relay has been sent as many messages of late as one is sent at most",
            remedy=f"Repeat it after {room_at:%Y-%m-%d %H:%M:%S} UTC, or agree on more with the relay's owner: "
            "[[host]] in the configuration.",
        )
    live.departures |= {probe.id: told.at for probe, told in zip(probes, booked, strict=True) if told.at is not None}
    await send_all(live, records, Pace(None, live.tools.clock))
    await watch_controls(live, records, patience_s=patience_s, enough=lambda: enough(records))
    return records
