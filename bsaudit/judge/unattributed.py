"""What came back from somebody whom we cannot name: what is said of it. Pure."""

from __future__ import annotations

from bsaudit.judge.case import Case
from bsaudit.judge.learn import target_party
from bsaudit.judge.parties import share_a_host
from bsaudit.judge.theirs import why_of_another
from bsaudit.model.mail import Route
from bsaudit.model.probe import ReturnedMail


def who_cannot_be_told(case: Case, mail: ReturnedMail) -> str:
    """Say what came back, and from where, as far as that was seen."""
    peer = mail.attributed.handed_over_by
    whence = f" from {peer.short}" if peer.short else ""
    text = f"a {mail.notification.kind.value} came back{whence}, but "
    another = why_of_another(mail, case.record)
    return text + (another or "who wrote it cannot be told" + _why_not(case))


def _why_not(case: Case) -> str:
    """Say what of our own making stands in the way; another relay or another catch mailbox would tell."""
    if share_a_host(case.learned.catch, target_party(case.target)):
        return ": our own side takes mail on a host of the target's"
    if case.record.probe.route is Route.RELAY and case.target.shares_egress_with_relay:
        return ": relay and target share hosts"
    return ""
