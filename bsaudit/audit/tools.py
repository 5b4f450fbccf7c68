"""What an audit works with: the ports, handed in together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bsaudit.model.mail import Arrival
from bsaudit.ports import (
    Authority,
    CatchMailbox,
    Clock,
    Greeter,
    Journal,
    Observer,
    PeerVerifier,
    RelayLog,
    Resolver,
    SpfChecker,
    Submitter,
    TargetQueue,
)

# Called with a question, only where a terminal is there to answer it.
Confirm = Callable[[str], bool]
# Keeps a raw arrival under the name of its probe and returns where (`--save`). Raises UsageError where it cannot,
# whose `where` is SAVE: what was seen counts all the same, and is in the journal.
Save = Callable[[str, Arrival], str]
SAVE = "save"


@dataclass(frozen=True, slots=True)
class Submitters:
    """The two ways out. `relay` is None on the direct route."""

    relay: Submitter | None
    direct: Submitter


@dataclass(frozen=True, slots=True)
class Tools:
    """Nothing of it is connected yet, but the witnesses: the relay's log and the valid recipient's mailbox."""

    resolver: Resolver
    submitters: Submitters
    mailbox: CatchMailbox
    journal: Journal
    clock: Clock
    observer: Observer
    greeter: Greeter | None = None
    authority: Authority | None = None
    save: Save | None = None
    spf: SpfChecker | None = None
    peers: PeerVerifier | None = None
    relay_log: RelayLog | None = None
    target_queue: TargetQueue | None = None
    valid_mailbox: CatchMailbox | None = None
