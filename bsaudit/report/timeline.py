"""What became of one probe, in the order in which it happened: sent, accepted, answered, or silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from bsaudit.durations import duration
from bsaudit.judge.wording import AT_STAGE, host_in_words, quoted
from bsaudit.model.mail import ReplySource
from bsaudit.model.notification import Kind
from bsaudit.model.probe import CountsAs, Outcome
from bsaudit.model.report import NotificationEntry, ProbeEntry
from bsaudit.report import words
from bsaudit.report.messages import KINDS
from bsaudit.report.section import TONE_OF, Tone

_SHOWN_BY = {
    "session": "its final reply in our own session",
    "dsn": "a delivery status notification",
    "log": "the relay's log",
    "mailbox": "the recipient's own mailbox",
}
_NEVER = datetime.max.replace(tzinfo=UTC)
RECEIPTS = frozenset({Kind.RELAYED, Kind.SUCCESS})


class Moment(Struct, frozen=True, kw_only=True):
    """One thing that happened. `since` is how long after the probe was sent."""

    at: datetime | None
    what: str
    since: str = ""
    tone: Tone = Tone.PLAIN

    @property
    def clock(self) -> str:
        return f"{self.at:%H:%M:%S}" if self.at else ""


def timeline(probe: ProbeEntry) -> tuple[Moment, ...]:
    """Return what is known of when; nothing of a probe that was not sent."""
    if probe.state in words.NEVER_SENT:
        return ()
    sent, *rest = _moments(probe)
    # Our clock tells milliseconds, that of whoever accepted only seconds: nothing comes before the sending.
    rest.sort(key=lambda one: (one.at is None, one.at or _NEVER))
    return (sent, *(_since(one, probe.submitted_at) for one in (*rest, *_ending(probe))))


def _since(moment: Moment, sent: datetime | None) -> Moment:
    if sent is None or moment.at is None or moment.at <= sent:
        return moment
    after = f"+{duration((moment.at - sent).total_seconds())}"
    return Moment(at=moment.at, what=moment.what, since=after, tone=moment.tone)


def _moments(probe: ProbeEntry) -> Iterator[Moment]:
    sent = "perhaps sent" if probe.state == words.MAYBE_SENT else "sent"
    to = f"to {probe.mail_exchanger}" if probe.mail_exchanger else "to the relay"
    yield Moment(at=probe.submitted_at, what=f"{sent} {to}, for {words.addresses(probe)}")
    if probe.accepted is not None:
        shown = _SHOWN_BY.get(probe.accepted.shown_by, probe.accepted.shown_by)
        yield Moment(at=probe.accepted.at, what=f"accepted by the target, as {shown} shows")
    for one in probe.notifications:
        yield Moment(at=one.arrived_at, what=_answer(one), tone=_tone(one, probe))


def _answer(one: NotificationEntry) -> str:
    by = host_in_words(one.written_by, claimed=one.written_by_claimed)
    return f"{KINDS[one.kind]} came" + (f", written by {by}" if by else "")


def _tone(one: NotificationEntry, probe: ProbeEntry) -> Tone:
    if one.attribution.is_target_side and one.kind not in RECEIPTS:
        return TONE_OF[probe.counts_as]
    return Tone.PLAIN


def _ending(probe: ProbeEntry) -> Iterator[Moment]:
    """Tell what ended it where no message did: a refusal, or that nothing came."""
    if probe.reply is not None and probe.outcome in {Outcome.REJECTED, Outcome.MASKED, Outcome.DEFERRED}:
        by = " as a notification quotes it" if probe.reply.source is ReplySource.NOTIFICATION else ""
        at = f" {AT_STAGE[probe.stage]}" if probe.stage else ""
        what = f"{words.OUTCOME[probe.outcome]}{at}: {quoted(probe.reply)}{by}"
        yield Moment(at=None, what=what, tone=TONE_OF[probe.counts_as])
    elif probe.outcome is Outcome.ACCEPTED_SILENTLY and probe.counts_as is CountsAs.GOOD:
        yield _silence(probe)
    elif probe.outcome in {Outcome.UNRESOLVED, Outcome.UNREACHABLE, Outcome.REFUSED_BY_RELAY}:
        yield Moment(at=None, what=words.OUTCOME[probe.outcome], tone=TONE_OF[probe.counts_as])


def _silence(probe: ProbeEntry) -> Moment:
    if probe.seconds is None:
        return Moment(at=None, what="nothing came back", tone=Tone.GOOD)
    until = probe.submitted_at + timedelta(seconds=probe.seconds) if probe.submitted_at else None
    return Moment(at=until, what=f"nothing had come back in {duration(probe.seconds)}", tone=Tone.GOOD)
