"""Settings to adapters: the one place where the parts of an audit are put together and taken down again."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bsaudit.adapters.authority import ZoneServers
from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.clock import SteadyClock
from bsaudit.adapters.direct import DirectSubmitter
from bsaudit.adapters.greeter import SmtpGreeter
from bsaudit.adapters.journal import open_journal
from bsaudit.adapters.keep import keep
from bsaudit.adapters.peers import PeerLookup
from bsaudit.adapters.relay import RelaySubmitter
from bsaudit.adapters.relay_log import open_relay_log
from bsaudit.adapters.resolver import DnsResolver
from bsaudit.adapters.spf import SpfEvaluator
from bsaudit.adapters.target_queue import CommandQueue
from bsaudit.audit.tools import SAVE, Save, Submitters, Tools
from bsaudit.errors import CatchError, UsageError
from bsaudit.model.mail import Arrival
from bsaudit.model.settings import AuditSettings
from bsaudit.ports import CatchMailbox, Clock, Journal, Observer, RelayLog

# What comes back holds strangers' mail addresses and content.
PRIVATE = 0o700
# Opened only as far as they are needed: at the default pace of one message a second, one is.
RELAY_CONNECTIONS = 4


@asynccontextmanager
async def tools_for(settings: AuditSettings, observer: Observer = lambda _: None) -> AsyncIterator[Tools]:
    """Build what `settings` call for, and close it at the end, whatever happened.

    Raises RelayError or CatchError for a relay's log or a valid recipient's mailbox that cannot be read.
    """
    clock = SteadyClock()
    async with AsyncExitStack() as closing:
        resolver = await closing.enter_async_context(resolver_at(settings.resolver))
        submitters = _submitters(settings, clock)
        for submitter in (submitters.relay, submitters.direct):
            if submitter is not None:
                closing.push_async_callback(submitter.close)
        mailbox = mailbox_of(settings, clock)
        closing.push_async_callback(mailbox.close)
        journal = await closing.enter_async_context(journal_at(settings.journal_url))
        valid_mailbox = valid_mailbox_of(settings, clock)
        if valid_mailbox is not None:
            closing.push_async_callback(valid_mailbox.close)
            await _open_valid_mailbox(valid_mailbox)
        yield Tools(
            resolver,
            submitters,
            mailbox,
            journal,
            clock,
            observer,
            greeter=SmtpGreeter(clock=clock),
            authority=ZoneServers(resolver),
            save=_save(settings.save_dir),
            spf=SpfEvaluator(resolver),
            peers=PeerLookup(resolver),
            relay_log=await relay_log(settings.relay_log),
            target_queue=CommandQueue(settings.target_queue) if settings.target_queue else None,
            valid_mailbox=valid_mailbox,
        )


@asynccontextmanager
async def resolver_at(address: tuple[str, int] | None) -> AsyncIterator[DnsResolver]:
    """Build a resolver that asks the DNS server at `address`, or the system's, and close it at the end."""
    resolver = DnsResolver(address)
    try:
        yield resolver
    finally:
        await resolver.close()


@asynccontextmanager
async def journal_at(url: str | None) -> AsyncIterator[Journal]:
    """Open the journal at `url` (None: the user's own), and close it at the end. Raises UsageError or JournalError."""
    journal = open_journal(url)
    try:
        yield journal
    finally:
        await journal.close()


def mailbox_of(settings: AuditSettings, clock: Clock) -> CatchMailbox:
    """Return the catch mailbox of `settings`, not yet connected."""
    assert settings.catch is not None
    return open_mailbox(
        settings.catch,
        addresses=settings.catch_addresses,
        ca_file=settings.ca_file,
        insecure=settings.insecure,
        tagging=settings.tagging,
        clock=clock,
    )


def valid_mailbox_of(settings: AuditSettings, clock: Clock) -> CatchMailbox | None:
    """Return the valid recipient's own mailbox, if `settings` name it."""
    if settings.valid_mailbox is None:
        return None
    return open_mailbox(settings.valid_mailbox, ca_file=settings.ca_file, insecure=settings.insecure, clock=clock)


async def _open_valid_mailbox(mailbox: CatchMailbox) -> None:
    """Open it before anything is sent: so it is known that it can be read, and what is new from then on."""
    try:
        await mailbox.open()
    except CatchError as error:
        raise CatchError(
            f"the valid recipient's mailbox: {error.message}", remedy=error.remedy, where="valid-mailbox"
        ) from error


async def relay_log(source: str | None) -> RelayLog | None:
    """Return the relay's log, read up to now: so it is known that it can be read before anything is sent."""
    if source is None:
        return None
    log = open_relay_log(source)
    await log.new_lines()
    return log


def _submitters(settings: AuditSettings, clock: Clock) -> Submitters:
    relay = None
    if settings.relay is not None:
        relay = RelaySubmitter(
            settings.relay,
            clock=clock,
            ca_file=settings.ca_file,
            insecure=settings.insecure,
            helo_name=settings.helo_name,
            connections=RELAY_CONNECTIONS,
        )
    return Submitters(relay=relay, direct=DirectSubmitter(clock=clock, helo_name=settings.helo_name))


def _save(directory: str | None) -> Save | None:
    """Return what keeps a raw arrival as PROBE-SHA256.eml in `directory`; the same message has the same name."""
    if directory is None:
        return None
    root = Path(directory)
    try:
        root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--save {directory}: {error.strerror}") from error

    def save(probe_id: str, arrival: Arrival) -> str:
        path = root / f"{probe_id}-{hashlib.sha256(arrival.raw).hexdigest()[:16]}.eml"
        try:
            keep(path, arrival.raw)
        except OSError as error:
            raise UsageError(f"--save {directory}: {error.strerror}", where=SAVE) from error
        return str(path)

    return save
