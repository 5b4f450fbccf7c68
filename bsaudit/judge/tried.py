"""Which of a target's mail exchangers answered, and what is left open where some did not. Pure.

A backup may do what the primary refuses to. Each host of the target's own organisation, and of several, has to answer
for itself; of one provider's set, any host answers for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from bsaudit.judge.case import PERMANENT, TRANSIENT
from bsaudit.judge.naming import names_target
from bsaudit.judge.parties import organisation
from bsaudit.judge.questions import tested
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import LogStatus, MailExchanger, Route, Stage
from bsaudit.model.notification import Action, Attribution, RecipientReport
from bsaudit.model.probe import Control, Outcome, ProbeRecord, ReturnedMail, Role
from bsaudit.model.report import ExchangerEntry
from bsaudit.model.run import TargetRecord

_AT_THE_RECIPIENT = frozenset({Stage.RCPT, Stage.DATA, Stage.END_OF_DATA})


class Tried(Struct, frozen=True, kw_only=True):
    """The mail exchangers of a target by whether they answered; `one_suffices` where they are one provider's.

    Those that are `closed` refuse every connection, while others do not: they take no mail ("nolisting").
    """

    answered: tuple[MailExchanger, ...] = ()
    closed: tuple[MailExchanger, ...] = ()
    silent: tuple[MailExchanger, ...] = ()
    one_suffices: bool = False

    @property
    def open(self) -> tuple[MailExchanger, ...]:
        """Those that a clean verdict would have to know about."""
        if self.one_suffices and self.answered:
            return ()
        return tuple(mx for mx in self.silent if mx not in self.closed)


def tried(target: TargetRecord, records: Sequence[ProbeRecord]) -> Tried:
    """Return which mail exchangers of `target` answered about somebody who does not exist, if that was asked at all."""
    probes = [record for record in records if record.probe.control in {None, Control.ASKED}]
    asked = [record for record in probes if tested(record.probe).role is Role.UNKNOWN] or probes
    answered = tuple(mx for mx in target.mail_exchangers if any(_answered(mx, record, target) for record in asked))
    return Tried(
        answered=answered,
        closed=_closed(target, records) if answered else (),
        silent=tuple(mx for mx in target.mail_exchangers if mx not in answered),
        one_suffices=_is_one_providers(target),
    )


# A host that refuses a connection once may be starting anew.
_TWICE = 2


def _closed(target: TargetRecord, records: Sequence[ProbeRecord]) -> tuple[MailExchanger, ...]:
    """Return those that refused every connection, from a place from which another host was reached."""
    direct = [(r.probe.mail_exchanger, r.submission) for r in records if r.probe.route is Route.DIRECT and r.submission]
    if not any(submission.reply for _, submission in direct):
        return ()
    refused = Counter({mx.host: 0 for mx in target.mail_exchangers})
    for host, submission in direct:
        refused[host or ""] += submission.closed or -len(direct)  # once reached, it listens
    return tuple(mx for mx in target.mail_exchangers if refused[mx.host] >= _TWICE)


def without_closed(records: Sequence[ProbeRecord], shown: Tried) -> list[ProbeRecord]:
    """Return the probes that went to hosts that take mail."""
    closed = {mx.host for mx in shown.closed}
    return [record for record in records if record.probe.mail_exchanger not in closed]


def closed_note(records: Sequence[ProbeRecord], shown: Tried) -> Iterator[str]:
    """Say which hosts take no mail, and what was therefore not tried."""
    if not shown.closed:
        return
    tried_at = {_name(record) for record in without_closed(records, shown)}
    lost = [_name(record) for record in records if record.probe.control is None and _name(record) not in tried_at]
    also = f"; not tried elsewhere: {', '.join(dict.fromkeys(lost))}" if lost else ""
    yield f"{_names(shown.closed)} refused each connection, and so takes no mail{also}"


def _name(record: ProbeRecord) -> str:
    return f"{record.probe.kind}:{record.probe.shape}" if record.probe.control is None else ""


def exchanger_entries(target: TargetRecord, shown: Tried) -> tuple[ExchangerEntry, ...]:
    """Return the mail exchangers as the report shows them."""
    return tuple(
        ExchangerEntry(
            host=mx.host,
            preference=mx.preference,
            addresses=mx.addresses,
            port=mx.port,
            tried=mx in shown.answered,
            reason=None if mx in shown.answered else _why_not(mx, shown),
        )
        for mx in target.mail_exchangers
    )


def clean_so_far(shown: Tried) -> str | None:
    """Say what is open, in the words that head a verdict, if anything is."""
    if not shown.open:
        return None
    at = _names(shown.answered)
    return f"clean so far{f' at {at}' if at else ''}; {_names(shown.open)} not tried"


def provider_note(shown: Tried) -> Iterator[str]:
    """Say what one host of a provider's answered for."""
    if shown.one_suffices and shown.answered and shown.silent:
        yield f"{_names(shown.answered)} answered for {_names(shown.silent)}, which are the same provider's"


def address_note(records: Sequence[ProbeRecord], shown: Tried) -> Iterator[str]:
    """Say which hosts have addresses that nobody saw answer: each may be a machine of its own, and an old one."""
    heard = {record.probe.address for record in records if _heard_the_recipient(record)}
    heard |= {record.submission.log.address for record in records if record.submission and record.submission.log}
    partly = [mx for mx in shown.answered if len(mx.addresses) > 1 and not heard.issuperset(mx.addresses)]
    if partly and not shown.one_suffices:
        yield f"not each address of {_names(partly)} was seen to answer, and each may be another machine's"


def _names(exchangers: Iterable[MailExchanger]) -> str:
    return ", ".join(dict.fromkeys(mx.host for mx in exchangers))


def _why_not(mx: MailExchanger, shown: Tried) -> str:
    if mx in shown.closed:
        return "it refuses connections"
    return "no probe was answered by it" if mx.addresses else "it has no address"


def _answered(mx: MailExchanger, record: ProbeRecord, target: TargetRecord) -> bool:
    if record.probe.control is Control.ASKED:  # what it does with mail that it takes was not tried
        refused = record.settlement is not None and record.settlement.outcome is Outcome.REJECTED
        return record.probe.mail_exchanger == mx.host and refused
    if record.probe.route is Route.DIRECT:
        return record.probe.mail_exchanger == mx.host and _heard_the_recipient(record)
    names = list(_named(record))
    if len(target.mail_exchangers) == 1:  # then it was this one, whatever it is called, and whoever saw it accept
        return bool(names) or (record.settlement is not None and record.settlement.accepted is not None)
    return _is_named(mx, names)


def may_have_taken(record: ProbeRecord, target: TargetRecord) -> tuple[MailExchanger, ...]:
    """Return the mail exchanger that a probe went to, as we or the relay saw it; where nobody saw it, all of them."""
    if record.probe.route is Route.DIRECT:
        names = [record.probe.mail_exchanger] if record.probe.mail_exchanger else []
    else:
        names = list(_named_by_relay(record))
    return tuple(mx for mx in target.mail_exchangers if _is_named(mx, names)) or target.mail_exchangers


def _is_named(mx: MailExchanger, names: Iterable[str]) -> bool:
    known = Party(hosts=frozenset({mx.host.lower()}), addresses=frozenset(mx.addresses))
    return any(names_target(name, known) for name in names)


def _heard_the_recipient(record: ProbeRecord) -> bool:
    submission = record.submission
    return submission is not None and (bool(submission.recipient_replies) or submission.stage in _AT_THE_RECIPIENT)


def _named(record: ProbeRecord) -> Iterator[str]:
    """Return which host took or refused the message, as the relay, its log or the writer itself says."""
    for mail in record.returned:
        if mail.attributed.attribution.is_target_side:
            yield from _quoted(mail)
            writers = (mail.attributed.written_by, mail.attributed.handed_over_by)
            yield from (name for host in writers for name in (host.host, host.address) if name)
    yield from _named_by_relay(record)


def _named_by_relay(record: ProbeRecord) -> Iterator[str]:
    """Return which host took or refused the message, as the relay reports it, or its log."""
    for mail in record.returned:
        if mail.attributed.attribution is Attribution.RELAY:
            yield from _quoted(mail)
    log = record.submission.log if record.submission else None
    if log is not None and log.status is not LogStatus.DEFERRED:
        yield from filter(None, (log.host, log.address))


def _quoted(mail: ReturnedMail) -> Iterator[str]:
    reports = filter(_is_an_answer, mail.notification.recipients)
    return (report.remote_mta for report in reports if report.remote_mta)


def _is_an_answer(report: RecipientReport) -> bool:
    """Say whether a host decided: "later" (RFC 5321 §4.2.1, 4yz) is no answer."""
    later = report.reply_code is not None and TRANSIENT <= report.reply_code < PERMANENT
    return report.action is not Action.DELAYED and not later


def _is_one_providers(target: TargetRecord) -> bool:
    """Say whether all mail exchangers are one organisation's, and not the target's own."""
    owners = {organisation(mx.host) for mx in target.mail_exchangers}
    return len(owners) == 1 and None not in owners and organisation(target.domain) not in owners
