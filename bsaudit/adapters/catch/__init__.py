"""Catch mailboxes of every kind behind `ports.CatchMailbox`."""

from __future__ import annotations

from bsaudit.model.settings import CatchKind, CatchSettings, Tagging
from bsaudit.ports import CatchMailbox, Clock


def open_mailbox(
    settings: CatchSettings,
    *,
    addresses: tuple[str, ...] = (),
    ca_file: str | None = None,
    insecure: bool = False,
    tagging: Tagging = Tagging.AUTO,
    clock: Clock,
) -> CatchMailbox:
    """Return the mailbox that `settings` describe, not yet connected: that is what its `open()` does.

    `addresses` are the catch addresses, whose tagged variants the built-in catch MX accepts; with `tagging` CATCHALL
    it accepts their whole domains.
    Only the library that the kind needs is imported. Raises CatchError or ConfigError for impossible settings.
    """
    match settings.kind:
        case CatchKind.IMAP:
            from bsaudit.adapters.catch.imap import ImapMailbox

            return ImapMailbox(settings, ca_file=ca_file, insecure=insecure, clock=clock)
        case CatchKind.MAILDIR:
            from bsaudit.adapters.catch.maildir import MaildirMailbox

            return MaildirMailbox(settings, clock=clock)
        case CatchKind.MBOX:
            from bsaudit.adapters.catch.mbox import MboxMailbox

            return MboxMailbox(settings, clock=clock)
        case CatchKind.SINK:
            from bsaudit.adapters.catch.sink import SinkMailbox

            return SinkMailbox(settings, addresses=addresses, tagging=tagging, clock=clock)
