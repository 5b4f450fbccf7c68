"""The way in for strangers, as it looks from here: who answers at the mail exchangers of our own catch domain.

Our own catch MX greets with a token. Whoever answers without it is given a message: a gateway of ours passes it on, and
where it does not arrive, mail of strangers goes elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from msgspec.structs import replace

from bsaudit.audit.own_mail import exchange
from bsaudit.audit.state import Live
from bsaudit.errors import CatchError
from bsaudit.judge.learn import delivered_itself
from bsaudit.judge.questions import session_reason
from bsaudit.judge.way_back import is_hidden_from_us
from bsaudit.judge.wording import quoted
from bsaudit.model.mail import MailExchanger, Route
from bsaudit.model.notification import Reason
from bsaudit.model.probe import ProbeRecord
from bsaudit.model.run import Entrance, RunRecord
from bsaudit.probe.addressing import Sender, Way, most_preferred
from bsaudit.probe.own_side import plan_entrance

# Addresses looked at: a catch domain with more of them is a provider's.
MOST = 8


async def look_at_entrances(live: Live) -> None:
    """Note who answers where strangers leave mail for us: our own catch MX is known by its token.

    On the direct route it is looked at whoever takes the mail: does somebody answer there in place of others?
    """
    nonce, greeter = live.tools.mailbox.nonce, live.tools.greeter
    if greeter is None or (nonce is None and live.run.route is Route.RELAY):
        return

    async def look(entrance: Entrance) -> Entrance:
        greeting, error = await greeter.greeting(entrance.address, entrance.port)
        ours = None if greeting is None or nonce is None else nonce in greeting
        return replace(entrance, greeting=greeting, error=error or None, ours=ours)

    live.run.entrances = tuple(await asyncio.gather(*map(look, list(_entrances(live))[:MOST])))


def _entrances(live: Live) -> Iterator[Entrance]:
    best, public = most_preferred(live.run.catch_exchangers), _public(live)
    known = set()
    for mx in live.run.catch_exchangers:
        for address in mx.addresses:
            known.add(address)
            port = public.port if public and public.address == address else mx.port
            yield Entrance(host=mx.host, address=address, port=port, preferred=mx in best)
    if public is not None and public.address not in known:
        yield public


def _public(live: Live) -> Entrance | None:
    """Return where the world reaches our own catch MX, where the user says so."""
    place = live.settings.catch
    if place is None or place.public is None:
        return None
    port = place.public_port or live.settings.catch_mx_port
    return Entrance(host=place.public, address=place.public, port=port, preferred=False)


async def try_entrances(live: Live, sender: Sender, patience_s: float) -> None:
    """Leave a message where somebody else answers. Raises CatchError where strangers' mail is lost that way."""
    others = [entrance for entrance in live.run.entrances if entrance.ours is False]
    if not others or is_hidden_from_us(live.run, live.learned.strangers):
        return
    direct = replace(sender, route=Route.DIRECT)
    probes = [plan_entrance(direct, live.numbers, _way(entrance)) for entrance in others]
    records = await exchange(live, probes, patience_s=patience_s)
    for entrance, record in zip(others, records, strict=True):
        lost = _how_lost(record)
        if entrance.preferred and lost is not None:
            raise CatchError(
                f"mail for {sender.catch_address} goes to {described(entrance)}, which is not our catch MX: {lost}",
                remedy="Let the MX record of the catch domain lead to the catch MX, port 25, and to nobody else.",
            )


# Why a host refuses mail that is not for it. What it refuses for the sender's sake it may take from others.
_NOT_FOR_IT = frozenset({Reason.USER_UNKNOWN, Reason.MAILBOX_DISABLED, Reason.RELAY_DENIED})


def _how_lost(record: ProbeRecord) -> str | None:
    """Say what became of our message where strangers' mail ends, too; None where that was not shown."""
    submission = record.submission
    if submission is None or delivered_itself(record) is not None:
        return None
    if submission.accepted:
        return "it took our own message, which did not arrive"
    refused = submission.reply is not None and session_reason(submission.reply, submission.stage) in _NOT_FOR_IT
    return f"it refuses our own address: {quoted(submission.reply)}" if submission.reply and refused else None


def _way(entrance: Entrance) -> Way:
    exchanger = MailExchanger(host=entrance.host, addresses=(entrance.address,), port=entrance.port)
    return Way(exchanger=exchanger, address=entrance.address)


def described(entrance: Entrance) -> str:
    name = entrance.address if entrance.host == entrance.address else f"{entrance.host} [{entrance.address}]"
    return name if entrance.port == 25 else f"{name}:{entrance.port}"  # noqa: PLR2004 -- RFC 5321 §4.5.4.2


def who_answers(run: RunRecord) -> str | None:
    """Say who answers where strangers leave mail for us, if somebody else does."""
    other = next((entrance for entrance in run.entrances if entrance.ours is False), None)
    return f"{described(other)} answers “{other.greeting}”, which is not our catch MX" if other else None
