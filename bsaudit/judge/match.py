"""From an arrival to the mail that came back for a probe. Pure: shared by the live run and by the rebuilt one."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from msgspec.structs import replace

from bsaudit.judge.attribution import attribute, stranger
from bsaudit.judge.inquiry import Inquiry
from bsaudit.judge.learn import Learned, host_names, is_own, named_party, target_party
from bsaudit.judge.questions import tested
from bsaudit.judge.secrecy import accepted_before, signed_by
from bsaudit.judge.theirs import is_theirs, names_another
from bsaudit.model.knowledge import Knowledge, Party
from bsaudit.model.mail import Arrival, Host, Route
from bsaudit.model.notification import RECEIPTS, Attributed, Attribution, Evidence, Kind, Notification, Strength
from bsaudit.model.probe import Probe, ProbeRecord, Reached, ReturnedMail, Role
from bsaudit.model.settings import Tagging
from bsaudit.probe.body import body_digest, hushing_fields
from bsaudit.probe.content import NOTIFICATION
from bsaudit.probe.tokens import REPORTS, Match
from bsaudit.text import clean_line

# Nobody has a message delivered, reads it and answers it in so short a time
HASTE = timedelta(seconds=20)
# One is enough for a doubt; a mailbox that is flooded need not fill the journal.
STRAYS_KEPT = 20


def returned_mail(
    arrival: Arrival,
    notification: Notification,
    match: Match,
    record: ProbeRecord,
    inquiry: Inquiry,
    *,
    file: str | None = None,
) -> ReturnedMail:
    """Return the arrival as mail of `record`, attributed by what is known now."""
    notification = _known_by_haste(notification, arrival.seen_at, record)
    mail = ReturnedMail(
        notification=notification,
        attributed=_attributed(notification, record, inquiry, arrival, match.reached),
        reached=match.reached,
        arrived_at=arrival.seen_at,
        uid=arrival.uid,
        sha256=hashlib.sha256(arrival.raw).hexdigest(),
        peer=arrival.peer,
        verified=arrival.verified,
        signatures=arrival.signatures,
        file=file,
        of_another=names_another(notification, (other.probe for other in inquiry.probes_of(record.probe.target))),
    )
    if record.probe.target is None and is_own(record.probe, notification):
        mail = replace(mail, body=body_digest(arrival.raw), hushes=hushing_fields(arrival.raw))
    _hear(inquiry, record, mail)
    return mail


def _known_by_haste(notification: Notification, at: datetime, record: ProbeRecord) -> Notification:
    """Take an answer that says nothing of itself for automatic where no person could have written it so soon."""
    submission = record.submission
    if notification.kind is not Kind.OTHER or submission is None:
        return notification
    answers = record.probe.message_id in notification.references
    soon = at - submission.finished_at <= HASTE
    return replace(notification, kind=Kind.AUTOREPLY) if answers and soon else notification


def stray(notification: Notification, learned: Learned) -> str | None:
    """Describe a notification that names no message of ours nor anybody else's, where only that could tell.

    With tagged addresses an answer comes to its own address, and whatever comes to another one is no answer of ours.
    """
    untagged = learned.catch_works and learned.tagging is Tagging.NONE
    names_a_message = notification.original_message_id is not None or notification.references
    if not untagged or notification.kind is Kind.OTHER or names_a_message:
        return None
    return f"{notification.kind.value} from {clean_line(notification.from_address or 'nobody')}"


def note_stray(inquiry: Inquiry, notification: Notification) -> bool:
    """Keep the description of a stray with the run, if it is one; say whether it was kept."""
    unclear = stray(notification, inquiry.learned)
    if unclear is None or len(inquiry.run.strays) >= STRAYS_KEPT:
        return False
    inquiry.run.strays.append(unclear)
    return True


def attribute_again(record: ProbeRecord, inquiry: Inquiry) -> bool:
    """Read and attribute all mail of `record` by what is known meanwhile; say whether anything changed.

    What came before the final reply to the probe was read without knowing when that was.
    """
    before = record.returned
    record.returned = tuple(
        replace(mail, notification=_known_by_haste(mail.notification, mail.arrived_at, record)) for mail in before
    )
    # Who reports acceptance does not depend on it; who wrote the rest may.
    for of_acceptance in (True, False):
        record.returned = tuple(
            replace(mail, attributed=_attributed(mail.notification, record, inquiry, mail, mail.reached))
            if (mail.notification.kind in RECEIPTS) is of_acceptance
            else mail
            for mail in record.returned
        )
    changed = record.returned != before
    for mail in record.returned:
        _hear(inquiry, record, mail)
    return changed


def settled_by_naming(mail: ReturnedMail, record: ProbeRecord, inquiry: Inquiry, address: str) -> bool:
    """Say whether the user's word that the host at `address` is the target's would tell who wrote a message."""
    named = Party(addresses=frozenset({address}))
    attributed = attribute(mail.notification, replace(_ground(record, inquiry, mail, mail.reached), named=named))
    return is_theirs(replace(mail, attributed=attributed), record)


def _hear(inquiry: Inquiry, record: ProbeRecord, mail: ReturnedMail) -> None:
    """Note what a message shows of the way back: an answer of its target, a control of any target that is our relay."""
    about = inquiry.target(record.probe.target)
    for target in (about,) if about else inquiry.run.targets:
        inquiry.hear(target, mail)


def _attributed(
    notification: Notification, record: ProbeRecord, inquiry: Inquiry, seen: Arrival | ReturnedMail, reached: Reached
) -> Attributed:
    if is_own(record.probe, notification):
        # Whoever was handed a probe knows its Message-ID; only what still reads as the probe did is the probe.
        unchanged = notification.kind not in REPORTS or record.probe.content == NOTIFICATION.name
        elsewhere = unchanged and reached is Reached.UNKNOWN and bool(notification.delivered_to)
        if record.probe.target is None or (elsewhere and inquiry.learned.tagging is not Tagging.NONE):
            return _OWN_CONTROL
    return attribute(notification, _ground(record, inquiry, seen, reached))


def _ground(record: ProbeRecord, inquiry: Inquiry, seen: Arrival | ReturnedMail, reached: Reached) -> Knowledge:
    """Return on what a message about `record` is attributed, with what was seen of it when it came."""
    at = seen.seen_at if isinstance(seen, Arrival) else seen.arrived_at
    accepted = accepted_before(record, inquiry.target(record.probe.target), inquiry.learned.relay, reached, at)
    signed = signed_by(seen.signatures, record.probe)
    known = knowledge_for(record.probe, inquiry, seen.peer)
    return replace(known, accepted=accepted, verified=seen.verified, signatures=signed)


def unknown_peer(arrival: Arrival, notification: Notification, record: ProbeRecord, inquiry: Inquiry) -> str | None:
    """Return the address of whoever handed a message over to us, or to our relay, where it is nobody's that we know."""
    return stranger(notification, knowledge_for(record.probe, inquiry, arrival.peer))


# What comes through is no answer of anybody's: a control, or a probe whose recipient reads it in our mailbox, or
# forwards it there. One that came to its own reverse-path was sent back.
_OWN_CONTROL = Attributed(
    attribution=Attribution.CATCH,
    evidence=(
        Evidence(
            source="message_id",
            supports=Attribution.CATCH,
            strength=Strength.DECISIVE,
            text="it is our own message, delivered: it carries the Message-ID that we gave it",
        ),
    ),
)


def knowledge_for(probe: Probe, inquiry: Inquiry, peer: Host | None) -> Knowledge:
    """Return the ground on which a notification about `probe`, handed to our catch MX by `peer`, is attributed."""
    run, learned, target = inquiry.run, inquiry.learned, inquiry.target(probe.target)
    relayed = probe.route is Route.RELAY  # else a relay carried the controls at most, and wrote nothing about the probe
    return Knowledge(
        route=probe.route,
        relay=learned.relay if relayed else Party(),
        target=target_party(target) if target else Party(),
        named=named_party(target) if target else Party(),
        catch=learned.catch,
        calibration=learned.calibration if relayed else (),
        recipient=probe.recipients[0].address if probe.recipients else None,
        nobody=bool(probe.recipients) and tested(probe).role is Role.UNKNOWN and probe.shape != "tagged",
        reverse_path=probe.reverse_path,
        peer_host=peer.host if peer else None,
        peer_address=peer.address if peer else None,
        auditor=Party(hosts=host_names(run.auditor_hosts), addresses=frozenset(run.auditor_addresses)),
        authserv_ids=learned.authserv_ids,
        relay_is_target=bool(relayed and target and target.shares_egress_with_relay),
    )
