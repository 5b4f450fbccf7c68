"""The mailboxes that `bsaudit survey` names: files, or folders on an IMAP server."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from bsaudit.adapters.mailbox_imap import ImapFolder, key_of
from bsaudit.adapters.mailbox_marks import Marks
from bsaudit.adapters.mailboxes import Mailbox, Source
from bsaudit.adapters.mailfiles import STDIN
from bsaudit.config.layers import Effective
from bsaudit.config.settings import imap_mailbox
from bsaudit.errors import BsauditError, UsageError

_IMAP = ("imap://", "imaps://")
_INBOX = ("INBOX",)


def is_imap(name: str) -> bool:
    """Tell a mailbox on a server from files."""
    return name.startswith(_IMAP)


class Opening:
    """Opens mailboxes; `logins` are the users of IMAP servers, which often are mail addresses."""

    def __init__(self, marks: Marks | None, configured: Callable[[], Effective]) -> None:
        self._marks, self._configured = marks, configured
        self.logins: list[str] = []

    def all(self, names: Sequence[str]) -> tuple[list[Source], list[BsauditError]]:
        """Return the mailboxes that can be read, and why the others cannot."""
        boxes: list[Source] = []
        failed: list[BsauditError] = []
        for name in dict.fromkeys(names):
            try:
                boxes += self.one(name, self._marks)
            except BsauditError as error:
                failed.append(error)
        return boxes, failed

    def one(self, name: str, marks: Marks | None) -> list[Source]:
        """Return one mailbox, or the folders of one. Raises UsageError, ConfigError, CatchError."""
        if is_imap(name):
            return self._folders(name, marks)
        if name == STDIN and marks is not None:
            raise UsageError("--since last: standard input is new every time", remedy="Name the mailbox itself.")
        return [Mailbox(name, marks.load(os.path.realpath(name)) if marks else None)]

    def _folders(self, url: str, marks: Marks | None) -> list[Source]:
        values = self._configured().values
        settings = imap_mailbox(url, values, os.environ)
        self.logins.append(settings.user or "")
        return [
            ImapFolder(
                settings,
                folder,
                ca_file=values.ca_file,
                insecure=values.insecure,
                known=marks.load(key_of(settings, folder)) if marks else None,
            )
            for folder in settings.folders or _INBOX
        ]
