"""Is the catch domain ours? A misspelt one is a stranger's, and whatever answers our probes would be sent to him.

A mailbox, a relay and a catch MX that is met at the domain's mail exchangers show it: there our own controls came by
the way of everybody. The built-in catch MX takes them from its own machine, too, and then nothing leads there but our
word.
"""

from __future__ import annotations

from collections.abc import Iterator

from bsaudit.audit.state import Live
from bsaudit.errors import CatchError
from bsaudit.judge.learn import delivered_itself
from bsaudit.model.mail import Route
from bsaudit.model.settings import CatchKind
from bsaudit.model.way_back import CLOSED
from bsaudit.probe.tagging import domain_of

MOST_NAMED = 3


def disowned(live: Live) -> CatchError | None:
    """Return why probes must not bear addresses of the catch domain, now that the controls are over; None if they may.

    Where DNS does not lead anywhere there is no stranger who would get anything.
    """
    run, place = live.run, live.settings.catch
    if place is None or place.kind is not CatchKind.SINK or not run.catch_exchangers or any(_shown(live)):
        return None
    domain = domain_of(run.catch_address or "")
    hosts = ", ".join(exchanger.host for exchanger in run.catch_exchangers[:MOST_NAMED])
    return CatchError(
        f"that {domain} is yours is not shown: our own catch MX was not met at {hosts}, nor is that this machine",
        remedy=(
            "Check the spelling of --catch-address. If it is yours: name the address at which the world reaches this "
            "machine (sink://ADDR:PORT?public=ADDR), or say who knows that its mail comes here (--catch-vouched-by)."
        ),
    )


def _shown(live: Live) -> Iterator[bool]:
    """Say of each thing that would show the domain's mail to come to us whether it does."""
    run, place, greeter = live.run, live.settings.catch, live.tools.greeter
    published = {address for exchanger in run.catch_exchangers for address in exchanger.addresses}
    named = published | {exchanger.host for exchanger in run.catch_exchangers}
    yield run.vouched_by is not None
    yield any(entrance.ours and entrance.address in published for entrance in run.entrances)
    yield place is not None and place.public in named  # by the word of who set it up; no stranger's leads there
    yield greeter is not None and any(map(greeter.is_here, published))
    yield run.earlier is not CLOSED or live.learned.strangers is not CLOSED
    yield any(
        record.probe.target is None
        and (record.probe.route is Route.RELAY or record.probe.address in published)
        and delivered_itself(record) is not None
        for record in run.probes
    )
