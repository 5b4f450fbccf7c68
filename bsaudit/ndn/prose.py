"""Reading notifications that are written for people only.

The dialects share one way of writing: a few sentences, the recipients each at the beginning of a line, what the other
server said, a separating line, the returned message. A `Form` holds what one dialect does differently.
"""

from __future__ import annotations

import re

from msgspec import Struct

from bsaudit.model.notification import Action, Kind
from bsaudit.ndn.draft import Claim, Draft
from bsaudit.ndn.dsn import host_name, mailbox, read_groups
from bsaudit.ndn.lookup import folded
from bsaudit.ndn.message import Message
from bsaudit.ndn.original import find_part, read_original
from bsaudit.ndn.patterns import (
    ABOUT,
    ALIAS,
    ANGLED,
    ANY,
    ASIDE,
    ASIDES,
    CUT,
    DSN_START,
    FIELD,
    FINAL_RECIPIENT,
    HEADER,
    LABEL_WINDOW,
    LABELLED,
    LEADING,
    NAMED,
    OWN_LABEL,
    REMOTE,
    REPLY_LINE,
    SUBJECT,
    TRAILING,
)
from bsaudit.ndn.sought import Sought
from bsaudit.ndn.status import FIRST_FAILURE, quoted_reply
from bsaudit.ndn.words import DELAY, FINAL, SUCCESS

# Prose that is searched for recipients; the longest report seen in the field (hundreds of recipients) is 20 KB.
PROSE_WINDOW = 32 * 1024
MAX_CLAIMS = 500
# Behind this the original no longer begins: no report is that long
CUT_WINDOW = 64 * 1024
# What one recipient's explanation may take
CLAIM_WINDOW = 2000
# How far behind an address its alias stands
ALIAS_WINDOW = 400
# How far into it the other server is named
REMOTE_WINDOW = 600

# What prose about a single recipient may take
CONTEXT_WINDOW = 4000

# How far behind the separating line the original's header may begin
_GAP = 700


class Form(Struct, frozen=True):
    """What one prose dialect does in its own way; None and empty mean the common way.

    `name` is the dialect's, and the family's of products where `family` names no other. `marks` are literal strings,
    one of which stands in the prose, or in the fields that `where` names.
    `recipient` finds recipients (group 1, or group "address"); each begins its explanation.
    `host` finds the reporting host in the prose.
    """

    name: str = ""
    marks: tuple[str, ...] = ()
    family: str = ""
    where: tuple[str, ...] = ()
    recipient: re.Pattern[str] | None = None
    host: re.Pattern[str] | None = None
    kind: Kind | None = None


def read_form(message: Message, form: Form) -> Draft | None:
    """Read a message by a form, if it carries the form's mark."""
    lead = message.lead
    return read_prose(message, form) if any(mark in lead for mark in form.marks) else None


def read_prose(message: Message, form: Form) -> Draft:
    text = message.prose
    head, returned = split_original(text)
    part = find_part(message.leaves)
    draft = Draft(
        Kind.NDN,
        family=form.family or form.name or None,
        form=form.name or None,
        prose=head,
        original=part if part is not None else returned,
    )
    if form.host is not None and (host := form.host.search(head)):
        draft.prose_host = host[1].rstrip(".")
    head = _without_subject(head)
    inner = _inner_report(returned) if returned is not None and part is None else None
    if inner is not None:
        inner.form = form.name or None
        return inner
    draft.claims = _claims(message, head, form, draft)
    draft.kind = form.kind or _kind(message, head, draft)
    for claim in draft.claims:
        claim.action = claim.action or _ACTIONS.get(draft.kind, Action.FAILED)
    return draft


_ACTIONS = {Kind.DELAY: Action.DELAYED, Kind.SUCCESS: Action.DELIVERED, Kind.OTHER: None}


def _inner_report(returned: str) -> Draft | None:
    """Read the bounce that some providers wrap in an explanation of theirs; None where it is none."""
    kinds = read_original(returned).first("content-type").lower()
    if "report-type=" not in kinds.replace('"', "").replace(" ", "") or "delivery-status" not in kinds:
        return None
    message = Message(returned.encode("utf-8", "replace"))
    head, original = split_original(message.prose)
    draft = Draft(Kind.NDN, prose=head, original=find_part(message.leaves) or original)
    draft.claims = _claims(message, head, Form(), draft)
    for claim in draft.claims:
        claim.action = claim.action or Action.FAILED
    return draft if draft.claims else None


def add_context(claims: list[Claim], prose: str) -> None:
    """Give each claim of a DSN what the prose says about it: from its address to the next one's."""
    if not claims:
        return
    head = _without_subject(prose)
    if len(claims) == 1:
        claims[0].text = f"{claims[0].text} {head[:CONTEXT_WINDOW]}"
        return
    places = sorted((head.find(claim.final), index) for index, claim in enumerate(claims) if claim.final)
    for (start, index), following in zip(places, [*places[1:], (len(head), -1)], strict=False):
        if start >= 0:
            claims[index].text += " " + head[start : min(following[0], start + CLAIM_WINDOW)]


def _without_subject(prose: str) -> str:
    return SUBJECT.sub("", "\n" + prose[:PROSE_WINDOW])[1:]


def split_original(text: str) -> tuple[str, str | None]:
    """Return the report and the text of the original that it returns, which begins with its header."""
    near = "\n" + text[:CUT_WINDOW]  # so that what is found behind a line end starts where its line does in `text`
    line = CUT.search(near)
    field = HEADER.search(near)
    if line is not None and (field is None or line.start() < field.start()):
        end = line.end() - 1
        begin = FIELD.search(text, end, end + _GAP)
        if begin is None:
            return text[: line.start()], None
        return text[: line.start()], _unindented(text[begin.start() :], begin[1])
    if field is not None and text.find(":", field.end() - 1) >= 0:
        return text[: field.start()], _unindented(text[field.start() :], field[1])
    return text, None


def _unindented(text: str, prefix: str) -> str:
    if not prefix:
        return text
    bare = prefix.rstrip()
    return "\n".join(line.removeprefix(prefix) if line != bare else "" for line in text.split("\n"))


def _claims(message: Message, head: str, form: Form, draft: Draft) -> list[Claim]:
    if FINAL_RECIPIENT.search(head):
        return _embedded_fields(head, draft)
    found = _spans(head, form.recipient) if form.recipient is not None else []
    if not found:
        failed = _failed_recipients(message, head)
        found = failed or _listed(message, head) or _named(message, head)
    return _with_texts(found[:MAX_CLAIMS], head)


def _listed(message: Message, head: str) -> list[tuple[str, int, int]]:
    """Recipients each on a line of his own: bare or behind a label."""
    for pattern in (ANGLED, LEADING, LABELLED):
        if found := _others(message, _spans(head, pattern)):
            return found
    return []


def _embedded_fields(head: str, draft: Draft) -> list[Claim]:
    """Delivery-status fields that stand in the prose, for want of a part of their own."""
    start = DSN_START.search(head)
    inner = Draft(draft.kind)
    read_groups(head[start.start() if start else 0 :], inner)
    draft.reporting_mta = draft.reporting_mta or inner.reporting_mta
    for claim in inner.claims:
        claim.text += " " + head[: start.start() if start else 0][-CLAIM_WINDOW:]
    return inner.claims


def _failed_recipients(message: Message, head: str) -> list[tuple[str, int, int]]:
    """X-Failed-Recipients (Exim, Gmail): the addresses; where the prose names them decides about their texts."""
    spans: list[tuple[str, int, int]] = []
    for value in message.top.all("x-failed-recipients"):
        for one in value.split(","):
            if (address := mailbox(one)) and address[0] not in _LOCAL_DELIVERY:
                at = head.find(address)
                spans.append((address, max(at, 0), at + len(address) if at >= 0 else 0))
    return spans


# Exim names the pipe or file of an alias there; whose it is, the prose says
_LOCAL_DELIVERY = "|/:"


def _spans(head: str, pattern: re.Pattern[str] | Sought) -> list[tuple[str, int, int]]:
    found: dict[str, tuple[str, int, int]] = {}
    for match in pattern.finditer(head):
        address = _trimmed(next(group for group in match.groups() if group))
        if address and not _is_aside(head, match.start(1) if match[1] else match.start()):
            found.setdefault(address.lower(), (address, match.start(), match.end()))
    return list(found.values())


def _trimmed(address: str) -> str:
    return address.strip("'\"`<>").rstrip(TRAILING)


def _is_aside(head: str, at: int) -> bool:
    """Tell whether the line, or a label on a line of its own above, speaks of somebody to turn to, or of the sender."""
    begin = head.rfind("\n", 0, at) + 1
    before = head[max(begin, at - 60) : at]
    if not before.strip(_MARKS):
        label = OWN_LABEL.search(head, max(begin - LABEL_WINDOW, 0), begin)
        before = label[1] if label else before
    before = before.casefold()
    for word in ASIDES:
        if word in before:
            return True
    return ASIDE.search(before) is not None


# What may stand between the beginning of a line and an address
_MARKS = " \t<>*|\"'([-\u2022"


def _others(message: Message, spans: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Leave the sender's row out of a table: what comes back to the reader did not fail to reach the reader."""
    own = {address.lower() for address in (message.from_address, *message.addressees) if address} if spans[1:] else ()
    return [span for span in spans if span[0].lower() not in own] or spans


def _named(message: Message, head: str) -> list[tuple[str, int, int]]:
    """Recipients in the middle of a sentence: the first one that is neither the reader nor a contact."""
    own = {address.lower() for address in (message.from_address, *message.addressees) if address}
    for pattern in (NAMED, ANY):
        spans = _spans(head, pattern)
        others = [span for span in spans if span[0].lower() not in own]
        if others or (spans and pattern is NAMED):
            return (others or spans)[:1]
    return []


def _with_texts(spans: list[tuple[str, int, int]], head: str) -> list[Claim]:
    ordered = sorted(spans, key=lambda span: span[1])
    ends = [*(span[1] for span in ordered[1:]), len(head)]
    return [_claim(span, head, end, alone=len(spans) == 1) for span, end in zip(ordered, ends, strict=False)]


def _claim(span: tuple[str, int, int], head: str, end: int, *, alone: bool) -> Claim:
    address, _, start = span
    own = head[start : min(end, start + CLAIM_WINDOW)].strip(" \t\n:;,.>\"'-")
    paragraph = own.split("\n\n", 1)[0] if not alone else _telling(own, head)
    remote = REMOTE.search(own[:REMOTE_WINDOW])
    alias = ALIAS.match(head[start : min(end, start + ALIAS_WINDOW)])
    behind = _behind(address, paragraph) if alone else None
    return Claim(
        final=behind or address,
        original=alias[1] if alias else address if behind else None,
        diagnostic=" ".join(paragraph.split()) or None,
        remote_mta=host_name(remote[1]) if remote else None,
        text=head if alone else own,
    )


def _behind(address: str, reply: str) -> str | None:
    """Return the mailbox that the quoted reply names, where `address` is an alias for it in the same domain."""
    about = ABOUT.search(reply)
    if about is None:
        return None
    behind = _trimmed(about[1])
    name, _, domain = behind.lower().partition("@")
    alias, _, own = address.lower().partition("@")
    return behind if domain == own and name not in {alias, "postmaster", "abuse"} else None


def _telling(own: str, head: str) -> str:
    """Return the part of the report that quotes a reply; where none is quoted, what follows the recipient."""
    if reply := REPLY_LINE.search(own):
        return own[: reply.end()] + own[reply.end() :].split("\n\n", 1)[0]  # a scanner's footer may follow
    quoted = REPLY_LINE.search(head)
    return head[quoted.start() : quoted.end()].strip() if quoted else own


# "could not be delivered successfully" reads like a success without its beginning.
_DENIED = re.compile(r"(?:\bnot|n't) (?:be |been )?(?:(?:deliver|relay|sen[dt])\w* )?successful")


def _kind(message: Message, head: str, draft: Draft) -> Kind:
    for text in (message.folded_subject, folded(head[:CLAIM_WINDOW])):
        if FINAL.found_in(text):
            continue
        if DELAY.found_in(text):
            return Kind.DELAY
        if SUCCESS.found_in(_DENIED.sub(" ", text)) and (quoted_reply(head) or 0) < FIRST_FAILURE:
            return Kind.SUCCESS
    actions = {claim.action for claim in draft.claims}
    if actions == {Action.DELAYED}:
        return Kind.DELAY
    return Kind.OTHER if _says_nothing_wrong(f"{message.subject} {head}") else Kind.NDN


# What tells of success in other words, and what a failure cannot be told without: where none stands beside it, nobody
# can be accused of a bounce.
_ARRIVED = re.compile(r"\b(?:has been|have been|was|were) delivered\b", re.IGNORECASE)
_WRONG = re.compile(
    r"\bnot\b|n't\b|cannot|unable|fail|error|undeliver|reject|return|bounce|refus|block|unknown|full|exceed|quota|[45]\.\d\.\d",
    re.IGNORECASE,
)


def _says_nothing_wrong(text: str) -> bool:
    return _ARRIVED.search(text) is not None and _WRONG.search(text) is None
