"""What mailing list programs answer to a post: held, denied, not a member. Automatic replies of a list, not NDNs."""

from __future__ import annotations

from bsaudit.model.notification import Kind
from bsaudit.ndn.draft import Draft
from bsaudit.ndn.gate import is_answer, is_list_post
from bsaudit.ndn.languages import MODERATOR, REFUSED, WAITING, YOURS
from bsaudit.ndn.message import Message, address
from bsaudit.ndn.mime import Part
from bsaudit.ndn.original import find_part, read_original

# (mark in the first lines or the subject, case-folded; the program)
_MARKS = (
    ("this is the mlmmj program", "mlmmj"),
    ("this is the ezmlm program", "ezmlm"),
    ("is being held until the list moderator", "mailman"),
    ("awaits moderator approval", "mailman"),
    ("you are not allowed to post to this mailing list", "mailman"),
    ("your message has been rejected", "mailman"),
    ("rejected by the list moderator", "mailman"),
    ("this is an automatic message from sympa", "sympa"),
    ("you are not authorized to send mail to the", "listserv"),
    ("majordomo@", "majordomo"),
)
_OPENING = 500


def read(message: Message) -> Draft | None:
    if not _from_program(message) or (is_list_post(message) and not _administrative(message)):
        return None
    returned = find_part(message.leaves)
    returns = returned is not None and not _by_hand(message) and _is_by_addressee(returned, message)
    if is_answer(message) and not returns:  # what is returned lends its own subject to the notice
        return None
    text = f"{message.folded_subject} {message.opening[:_OPENING]}"
    family = next((program for mark, program in _MARKS if mark in text), None)
    if family is None and not (returns or _speaks_of_moderation(text, automatic=message.looks_automatic)):
        return None
    return Draft(Kind.AUTOREPLY, family=family, original=returned)


def _by_hand(message: Message) -> bool:
    """Tell whether a field says that a list's owner wrote in a mail program, or answered."""
    return not _WRITTEN.isdisjoint(message.top.fields)


_WRITTEN = frozenset({"user-agent", "x-mailer", "thread-index", "in-reply-to"})


def _is_by_addressee(returned: Part, message: Message) -> bool:
    """Tell whether the reader's own post comes back, in whatever language the list says why."""
    writer = address(read_original(returned).first("from"))
    return writer is not None and writer.lower() in map(str.lower, message.addressees)


def _speaks_of_moderation(text: str, *, automatic: bool) -> bool:
    """Tell that a post waits for somebody, or was refused, in any language."""
    if not (MODERATOR.found_in(text) and YOURS.found_in(text)):
        return False
    return automatic or WAITING.found_in(text) or REFUSED.found_in(text)


def _from_program(message: Message) -> bool:
    """Tell whether the message is from a list's owner, help or bounce address."""
    box = (message.from_address or "").partition("@")[0].lower()
    return box.endswith(_PROGRAMS) or box.startswith(("owner-", "noreply-")) or box in _BOXES


def _administrative(message: Message) -> bool:
    """Tell Mailman's own mail, which carries the list's fields as posts do."""
    return message.first("x-list-administrivia").lower() == "yes"


_BOXES = frozenset(
    {"majordomo", "sympa", "listserv", "mailman", "listmaster", "mlmmj", "ezmlm", "listar", "ecartis", "lyris"}
)
_PROGRAMS = ("-owner", "+owner", "-help", "-bounces", "+bounces", "-request", "-admin")
