"""What is the user's own, for `bsaudit survey`: as named, else guessed; with the Sent folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from bsaudit.adapters.mailboxes import Source
from bsaudit.adapters.mailfiles import STDIN, StoredMessage
from bsaudit.cli.jobs import opened
from bsaudit.cli.survey_mailboxes import Opening
from bsaudit.errors import UsageError
from bsaudit.survey.own import Own, guessed, own_from
from bsaudit.survey.reading import SentMessage, delivered_to, sent_message
from bsaudit.text import amount, clean_line

# What one's own is, is guessed from so many messages.
GUESS_FROM = 256
_SENT = "What is missing from a Sent folder would count as never sent: name one that can be read whole, or none."

_INBOX = "Name the folder in which your mail lies once it is sent, and by --own every domain that it is from."


def own_side(named: Sequence[str], sent: Sequence[str], boxes: Sequence[Source], opening: Opening) -> Own:
    """Return what is the user's own: as named, else guessed from the first messages; with the Sent folder."""
    try:
        own = own_from(named)
    except ValueError as error:
        raise UsageError(
            f"--own {clean_line(str(error))}", remedy="Write --own example.org --own 192.0.2.25, an option for each."
        ) from None
    if not named:
        own = guessed([*opening.logins, *filter(None, map(delivered_to, _first(boxes)))])
    folders = (box for path in sent for box in opening.one(path, None))
    return own.having_sent((one.name, one.recipients) for box in folders for one in _from_own(box, own))


def _from_own(box: Source, own: Own) -> Iterator[SentMessage]:
    """Yield what was sent. Raises UsageError at the end where most of it was not: an Inbox holds no own Message-IDs."""
    counted = Counter[bool]()
    for raw in _all_sent(box):
        one = sent_message(raw)
        if one.domain:
            counted[own.name(one.domain) or own.sibling(one.domain)] += 1
        yield one
    if own.domains and counted[False] > counted[True]:
        raise UsageError(
            f"--sent {box.name}: {counted[False]} of {amount(counted.total(), 'message')} not from your domains",
            remedy=_INBOX,
        )


def _all_sent(box: Source) -> Iterator[bytes]:
    """Yield what was sent. Raises UsageError where a message cannot be read: it would be taken for never sent."""
    for one in _messages(box):
        if one.error is not None:
            raise UsageError(f"--sent {clean_line(one.file)}: {clean_line(one.error)}", remedy=_SENT)
        yield one.raw


def _first(boxes: Sequence[Source]) -> Iterator[bytes]:
    readable = (message for box in boxes if box.name != STDIN for message in _messages(box))
    return (message.raw for message in islice(readable, GUESS_FROM))


def _messages(box: Source) -> Iterator[StoredMessage]:
    return opened((piece.item for piece in box.pieces()), unpack=True)
