"""What a notice to an operator may rest on, and where there is none: nobody is told of what was not proven. Pure.

A notice names a host. So it rests on one that the target's side is known by decisive or strong evidence to have
written what came back, and says nothing that was not shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from bsaudit.errors import UsageError
from bsaudit.judge.advice import advise_on
from bsaudit.judge.advice_table import Problem
from bsaudit.judge.explain import Explained
from bsaudit.judge.naming import is_own_word
from bsaudit.judge.parties import organisation
from bsaudit.judge.problem import problem_of_cause, problem_of_entry, problem_of_notice
from bsaudit.model.knowledge import Party
from bsaudit.model.notification import Evidence, Notification, Strength
from bsaudit.model.probe import CountsAs, Role
from bsaudit.model.report import Advice, Example, NotificationEntry, ProbeEntry, Report, TargetEntry, Verdict
from bsaudit.model.survey import SurveyContact
from bsaudit.probe.catalogue import content_of_shape
from bsaudit.text import clean_line

# A finding that names no host which would be known as the target's: nobody is told of it as of his.
NOT_THEIRS = "contradicted-notice"
# The beginning of a notice says who writes and why.
LINES_SHOWN = 8
_GOOD = frozenset({Strength.DECISIVE, Strength.STRONG})
_PASSED_ON = frozenset({Role.FORWARDER, Role.LIST})


class RunGrounds(Struct, frozen=True, kw_only=True):
    """What was sent, in which run, and by whose permission."""

    id: str
    started_at: datetime
    sent: int
    authorized_by: str | None
    only_own_senders: bool  # nobody's address but our own stood as a sender, and nothing was passed on
    contact: str | None


class SurveyGrounds(Struct, frozen=True, kw_only=True):
    """What a host wrote, by a survey: its backscatter alone. `header` is that of the one that is shown."""

    notices: int
    first: str | None
    last: str | None
    causes: dict[str, int]
    contacts: tuple[SurveyContact, ...]
    header: tuple[str, ...]


class Grounds(Struct, frozen=True, kw_only=True):
    """All that a notice says, before it is said in a language. `proof` is of the target's side alone, strongest first.

    `run` and `example` are None of a message that came to somebody without one; `survey` is of many. `test_content`:
    what came back is about a message that looks like abuse, so no more than its header is passed on. `outcomes` are
    those of its guilty probes.
    """

    domain: str
    host: str
    notice: NotificationEntry
    proof: tuple[Evidence, ...]
    problems: tuple[Problem, ...]
    advice: tuple[Advice, ...]
    first_lines: tuple[str, ...]
    outcomes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    run: RunGrounds | None = None
    example: Example | None = None
    survey: SurveyGrounds | None = None
    test_content: bool = False


def notifiable(report: Report) -> list[TargetEntry]:
    """Return the targets of a report that there is something to say to."""
    return [target for target in report.targets if target.not_audited is None and target.verdict is Verdict.BACKSCATTER]


def grounds_of(target: TargetEntry, report: Report) -> Grounds:
    """Return what a notice to a target's operator rests on. Raises UsageError where it rests on too little."""
    name = clean_line(target.target)
    if target not in notifiable(report):
        verdict = "not audited" if target.not_audited else target.verdict.value
        raise UsageError(f"no notice: {name} was not shown to send backscatter (it is {verdict})")
    example, run = target.example, report.run
    probe = None if example is None else next((one for one in _probes(target, report) if one.id == example.probe), None)
    if example is None or probe is None or run is None:
        raise UsageError(f"no notice: nothing of what came back from {name} can be shown")
    notice = next(one for one in probe.notifications if one.attribution.is_target_side)
    guilty = [one for one in _probes(target, report) if one.counts_as is CountsAs.BACKSCATTER]
    return Grounds(
        domain=target.domain,
        host=_accused(notice, _party_of(target)) or example.host.address or name,
        notice=notice,
        proof=_proof(notice, name),
        problems=tuple(dict.fromkeys(map(problem_of_entry, guilty))),
        advice=target.advice,
        first_lines=example.notification.first_lines,
        outcomes=tuple(dict.fromkeys(one.outcome.value for one in guilty)),
        findings=tuple(one.id for one in target.findings if one.id != NOT_THEIRS),
        run=RunGrounds(
            id=run.id,
            started_at=run.started_at,
            sent=target.messages_sent,
            authorized_by=run.authorized_by,
            only_own_senders=not any(one.role in _PASSED_ON for probe in target.probes for one in probe.recipients),
            contact=run.contact,
        ),
        example=example,
        test_content=content_of_shape(probe.kind, probe.shape).needs_consent,
    )


def grounds_of_message(explained: Explained, notification: Notification, target: Party) -> Grounds:
    """Return what a notice about one message of `target`'s rests on. Raises UsageError where it rests on too little."""
    notice = explained.notification
    name = clean_line(explained.file or "the message")
    if explained.backscatter is not True:
        told = "not backscatter" if explained.backscatter is False else "not known to be backscatter"
        raise UsageError(
            f"no notice: {name} is {told}",
            remedy="Say what is known of the original: --target, --target-host, --relay-host, --catch-mx.",
        )
    proof, problem = _proof(notice, name), problem_of_notice(notice)
    host = _accused(notice, target)
    if not host:
        raise UsageError(f"no notice: {name} does not show by which host it was written")
    return Grounds(
        domain=_domain_of(target, notice.written_by.host),
        host=host,
        notice=notice,
        proof=proof,
        problems=(problem,),
        advice=advise_on(notification, notice.written_by.host, problem),
        first_lines=tuple(line for line in notification.prose.splitlines() if line.strip())[:LINES_SHOWN],
    )


def _domain_of(target: Party, writer: str | None) -> str:
    """Return whose operator is told, by what was known beforehand. Raises UsageError where nobody said it.

    The recipients that a notice names are its writer's words: he would have a stranger told of it.
    """
    hosts = [writer.lower()] if writer and writer.lower() in target.hosts else sorted(target.hosts)
    known = [*sorted(target.domains), *(organisation(host) or host for host in hosts)]
    if not known:
        raise UsageError("no notice: nobody said whose that host is", remedy="Say it: --target DOMAIN.")
    return known[0]


def grounds_of_host(one: Grounds, survey: SurveyGrounds) -> Grounds:
    """Return what a notice about all that a host wrote rests on, by one of its notices."""
    host = one.notice.written_by.host or one.host
    problems = filter(None, map(problem_of_cause, survey.causes))
    return replace(
        one,
        domain=organisation(host) or one.domain,
        problems=tuple(dict.fromkeys((*one.problems, *problems))),
        survey=survey,
        test_content=True,  # it returns what spammers sent
    )


def _probes(target: TargetEntry, report: Report) -> Iterator[ProbeEntry]:
    yield from target.probes
    yield from (one for one in (report.run.controls if report.run else ()) if one.target == target.target)


def _proof(notice: NotificationEntry, name: str) -> tuple[Evidence, ...]:
    """Return what says that the target's side wrote a notice. Raises UsageError where that is only likely."""
    found = [one for one in notice.evidence if one.supports.is_target_side and one.strength in _GOOD]
    if not found:
        raise UsageError(
            f"no notice: who wrote what came back from {name} is neither decisively nor strongly shown",
            remedy="docs/attribution.md says what shows it.",
        )
    return tuple(sorted(found, key=lambda one: one.strength is not Strength.DECISIVE))


def _accused(notice: NotificationEntry, target: Party) -> str:
    """Return the host that a notice names: who wrote, or who handed it over where that name is his own word alone.

    A guilty server that calls itself by a stranger's name would have the stranger named as the source of it.
    """
    writer = notice.written_by
    if not writer.short or is_own_word(writer, target):
        writer = notice.handed_over_by
    return writer.full


def _party_of(target: TargetEntry) -> Party:
    return Party(hosts=frozenset(mx.host.lower() for mx in target.mail_exchangers), domains=frozenset({target.domain}))
