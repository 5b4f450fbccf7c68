"""What the user of `explain` knows beside the message: the options as `Knowledge`."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from bsaudit.errors import UsageError
from bsaudit.model.knowledge import Knowledge, Party
from bsaudit.model.mail import Route
from bsaudit.model.notification import Notification
from bsaudit.ndn import read
from bsaudit.ndn.mime import READ_WINDOW
from bsaudit.ndn.trace import canonical_address


class Known(Struct, frozen=True, kw_only=True):
    """The options as given: hosts are `HOST[=ADDR[,ADDR]]`, `calibration` are files, the rest addresses."""

    route: str = Route.RELAY.value
    relay_host: tuple[str, ...] = ()
    calibration: tuple[str, ...] = ()
    target: str | None = None
    target_host: tuple[str, ...] = ()
    catch_mx: tuple[str, ...] = ()
    recipient: str | None = None
    reverse_path: str | None = None
    from_address: str | None = None
    reply_to: str | None = None


def knowledge_from(known: Known, *, offline: bool) -> Knowledge | None:
    """Return the ground of attribution, completed from DNS; None where nothing is known. Raises UsageError."""
    if known == Known():
        return None
    target = _party(known.target_host)
    domain = (known.target or known.recipient or "").rpartition("@")[2].lower().rstrip(".> ")
    if domain:
        target = Party(hosts=target.hosts, addresses=target.addresses, domains=frozenset({domain}))
    knowledge = Knowledge(
        route=Route(known.route),
        relay=_party(known.relay_host),
        target=target,
        catch=_party(known.catch_mx),
        calibration=tuple(_calibration(path) for path in known.calibration),
        recipient=known.recipient,
        reverse_path=known.reverse_path,
        from_address=known.from_address,
        reply_to=known.reply_to,
    )
    return knowledge if offline else _completed(knowledge)


def _party(values: tuple[str, ...]) -> Party:
    hosts = frozenset(value.partition("=")[0].strip().lower().rstrip(".") for value in values)
    listed = (address.strip() for value in values for address in value.partition("=")[2].split(","))
    bare = frozenset(host for host in hosts if canonical_address(host))  # an address in the place of a name
    return Party(hosts=hosts - bare - {""}, addresses=bare.union(listed) - {""})


def _calibration(path: str) -> Notification:
    try:
        with Path(path).open("rb") as stream:
            return read(stream.read(READ_WINDOW))
    except OSError as error:
        raise UsageError(f"--calibration {path}: {error.strerror}") from error


def _completed(knowledge: Knowledge) -> Knowledge:
    import asyncio  # slow to load, and not needed with --offline

    from bsaudit.wiring.knowledge import completed

    return asyncio.run(completed(knowledge))
