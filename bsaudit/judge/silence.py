"""What silence after acceptance needs before it means anything: docs/way-back.md has the reasons. Pure."""

from __future__ import annotations

from datetime import datetime

from bsaudit.durations import duration
from bsaudit.judge.case import Case, settled
from bsaudit.judge.lost import why_lost
from bsaudit.judge.questions import tested
from bsaudit.judge.target_queue import emptied, quiet_until
from bsaudit.judge.wording import at_time
from bsaudit.model.mail import Route, Submission
from bsaudit.model.probe import Acceptance, Outcome, Probe, Role, Settlement
from bsaudit.model.way_back import Grade, ShownBy
from bsaudit.probe.catalogue import content_of
from bsaudit.probe.content import OVERSIZE_LIMIT, Tries

_ACCEPTED = "accepted, and nothing came back; but "
IN_QUEUE = f"{_ACCEPTED}the target's own queue was not empty since, so a bounce may yet come (--wait)"


def doubt_silence(case: Case, since: datetime | None = None) -> str | None:
    """Say why it proves nothing that nothing came back for a probe; None where it does prove something.

    `since` is when its acceptance was known, from when the quiet time counts.
    """
    took = case.learned.catch_seconds
    if took is not None and took > case.grace_s:
        return (
            f"accepted, and nothing came back within {duration(case.grace_s)}; but our own message took "
            f"{duration(took)} to reach the catch mailbox, so a bounce may be on its way (--grace)"
        )
    why = (
        why_lost(case)
        or _why_nobody_listened(case, since)
        or _why_our_side_may_not_hear(case)
        or _why_it_may_not_have_come(case)
        or _why_no_way_back(case)
    )
    return _ACCEPTED + why if why else None


def silent(case: Case, acceptance: Acceptance, since: datetime) -> Settlement:
    """Return what an accepted probe showed of which nothing came back, and why nothing more is to come."""
    seconds = (quiet_until(case, since) - since).total_seconds()
    took = f"accepted{at_time(acceptance.at)}, {_fate(case)}"
    text = f"{took}and nothing came back within {duration(seconds)}"
    if emptied(case, since) is not None:
        text += ", after which the target's own queue was empty"
    return settled(Outcome.ACCEPTED_SILENTLY, text, accepted=acceptance, seconds=seconds)


def _fate(case: Case) -> str:
    """Say what became of a message where the valid recipient's mailbox can be read."""
    submission = case.record.submission
    if submission is not None and submission.delivered_at is not None:
        return "delivered to the valid recipient, "
    if case.delivers and content_of(case.record.probe).tries is Tries.CONTENT:
        return "kept from the valid recipient, whom the ordinary message had reached, "
    return ""


def _why_our_side_may_not_hear(case: Case) -> str | None:
    if not case.learned.ndn_arrives:
        return "the NDN control did not arrive either, so silence proves nothing"
    if content_of(case.record.probe).needs_consent and not case.learned.content_arrives:
        return "an NDN that returns such content does not reach the catch mailbox"
    if case.record.probe.route is Route.RELAY and not case.learned.trustworthy:
        return "the relay rewrites the reverse-path, so a bounce may go elsewhere"
    return None


def _why_nobody_listened(case: Case, since: datetime | None) -> str | None:
    """Say that our own catch MX was away in the quiet time: who was not answered then may come again much later."""
    submission = case.record.submission
    if submission is None:
        return None
    ends = quiet_until(case, since or submission.finished_at)
    for sleep in case.asleep:
        if submission.finished_at <= sleep.until and sleep.since <= ends:
            return f"nothing of ours ran until {sleep.until:%H:%M:%S}, so our own catch MX took no mail meanwhile"
    return None


def _why_it_may_not_have_come(case: Case) -> str | None:
    """Say why the target may not have got what was to be tried."""
    probe, learned, content = case.record.probe, case.learned, content_of(case.record.probe)
    if content.tries is Tries.SIZE and not _was_oversize(case.record.submission):
        return "it announces no size limit, or one too large to be exceeded"
    if probe.route is not Route.RELAY:
        return None
    if learned.altered:
        return f"the relay {learned.altered}"
    if content.needs_consent and (probe.content, probe.rule) not in learned.intact:
        return "nothing shows that the relay passes such content on as it is"
    return None


def _was_oversize(submission: Submission | None) -> bool:
    """Say whether the message exceeded what the server takes: RFC 1870 §4, where 0 means no fixed limit."""
    return submission is not None and 0 < (submission.size_limit or 0) <= OVERSIZE_LIMIT


def _why_no_way_back(case: Case) -> str | None:
    if case.way_back.grade is not Grade.TARGET:
        if case.learned.astray:
            return f"the catch domain has a mail exchanger that does not lead to our catch MX: {case.learned.astray}"
        why = _why_the_target_must_show_it(case) or _why_strangers_must(case)
        if why:
            return why
    return _why_not_to_the_end(case)


def _why_not_to_the_end(case: Case) -> str | None:
    if case.still_open is False:
        return "when the quiet time was over, our own side took no mail any more"
    if case.still_open is None and not case.vouched and not _was_heard_since(case):
        return "the run did not come to its end, where it looks whether our own side still takes mail"
    return None


def _was_heard_since(case: Case) -> bool:
    """Say whether the target's own mail reached us after it had taken this probe."""
    submission, way = case.record.submission, case.way_back
    if way.grade is not Grade.TARGET or way.at is None or submission is None:
        return False
    return way.shown_by is not ShownBy.EARLIER_RUN and way.at >= submission.finished_at


def _why_the_target_must_show_it(case: Case) -> str | None:
    if is_for_nobody(case.record.probe):
        # RFC 5321 §6.1 obliges whoever took it to write: that this server's mail reaches us has to be shown.
        return "it is for nobody, and nothing shows that mail from the host that took it reaches us"
    if case.vouched:
        return None
    if case.inside:
        return "the target has addresses of a private network, and nothing shows that its mail reaches us"
    if case.secluded:
        return f"{case.secluded}, and nothing shows that mail from the host that took it reaches us"
    return None


def _why_strangers_must(case: Case) -> str | None:
    if case.way_back.grade is Grade.NONE:
        return "nothing shows that a stranger's notification reaches the catch mailbox"
    return None


def is_for_nobody(probe: Probe) -> bool:
    """Say whether somebody has to write about it: one who does not exist was accepted.

    Not from <>, to whom nobody may write (RFC 5321 §6.1), nor where a tag may lead to the valid user.
    """
    return tested(probe).role is Role.UNKNOWN and bool(probe.reverse_path) and probe.shape != "tagged"
