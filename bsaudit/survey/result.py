"""The sums → the document. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bsaudit import __version__
from bsaudit.judge.parties import is_qualified, organisation
from bsaudit.model.report import ToolEntry
from bsaudit.model.survey import (
    Pile,
    Shown,
    SurveyAdvice,
    SurveyCampaign,
    SurveyContact,
    SurveyDay,
    SurveyHost,
    SurveyMailbox,
    SurveyOwn,
    SurveyReport,
    SurveySource,
    SurveyTotals,
)
from bsaudit.survey.doors import DOOR_ADVICE, mail_domains
from bsaudit.survey.own import Own
from bsaudit.survey.tally import HostTally, Tally, largest
from bsaudit.text import amount

# Of networks and subjects a page shows the top; all hosts are there, since somebody may look for one
MOST_SHOWN = 100
# Where DNS lists are asked, and whom "do these things now" names
TOP_HOSTS = 50
_WRITE_TO = 5


def result(
    tally: Tally,
    own: Own,
    mailboxes: Sequence[SurveyMailbox],
    gaps: Sequence[str] = (),
    *,
    interrupted: bool = False,
) -> SurveyReport:
    """Return what was found."""
    hosts = tuple(_host(name, host, tally) for name, host in _ordered(tally.hosts))
    return SurveyReport(
        tool=ToolEntry(name="bsaudit", version=__version__),
        mailboxes=tuple(mailboxes),
        own=SurveyOwn(
            domains=tuple(sorted(own.domains)),
            addresses=tuple(map(str, own.networks)),
            guessed=own.guessed,
            sent=len(own.sent),
        ),
        since=tally.since,
        interrupted=interrupted,
        totals=_totals(tally),
        shown=_counted(tally.shown),
        causes=_counted(tally.causes),
        forged=_counted(tally.forged),
        hosts=hosts,
        sources=tuple(
            SurveySource(network=name, count=one.count, first=one.first, last=one.last)
            for name, one in largest(tally.sources, MOST_SHOWN)
        ),
        campaigns=tuple(
            SurveyCampaign(subject=one.subject, count=one.count, first=one.first, last=one.last)
            for _, one in largest(tally.campaigns, MOST_SHOWN)
        ),
        days=tuple(_days(tally)),
        advice=tuple(_advice(tally, own, hosts)),
        gaps=(*gaps, *_gaps(tally, own)),
    )


def _totals(tally: Tally) -> SurveyTotals:
    return SurveyTotals(
        messages=tally.messages,
        backscatter=tally.piles[Pile.BACKSCATTER],
        own=tally.piles[Pile.OWN],
        cannot_tell=tally.piles[Pile.CANNOT_TELL],
        other=tally.piles[Pile.OTHER],
        forged=tally.forgeries,
        unreadable=tally.unreadable,
        skipped=tally.skipped,
        hosts=sum(host.backscatter > 0 for host in tally.hosts.values()),
        first=tally.notices.first,
        last=tally.notices.last,
    )


def _ordered(hosts: dict[str, HostTally]) -> list[tuple[str, HostTally]]:
    return sorted(hosts.items(), key=lambda row: (-row[1].backscatter, -row[1].count, row[0]))


def _host(name: str, host: HostTally, tally: Tally) -> SurveyHost:
    return SurveyHost(
        host=name,
        addresses=tuple(host.addresses),
        backscatter=host.backscatter,
        cannot_tell=host.count - host.backscatter,
        first=host.first,
        last=host.last,
        causes=_counted(host.causes),
        returned=_counted(host.returned),
        products=_counted(host.products),
        contacts=tuple(_contacts(name, host, tally)),
    )


def _contacts(name: str, host: HostTally, tally: Tally) -> Iterator[SurveyContact]:
    """Yield whom to tell: those whom the notices name, then the roles that every domain with mail has (RFC 2142)."""
    domain = organisation(name) if is_qualified(name) else None
    found = dict.fromkeys(host.contacts, "notice")
    for role in ("postmaster", "abuse") if domain else ():
        found.setdefault(f"{role}@{domain}", "rfc2142")
    for address, source in found.items():
        yield SurveyContact(address=address, scope="domain", source=source, bounces=address in tally.undeliverable)


def _days(tally: Tally) -> Iterator[SurveyDay]:
    for day in sorted(tally.days, key=lambda day: day or ""):
        piles = tally.days[day]
        yield SurveyDay(
            day=day,
            backscatter=piles[Pile.BACKSCATTER],
            own=piles[Pile.OWN],
            cannot_tell=piles[Pile.CANNOT_TELL],
        )


def _advice(tally: Tally, own: Own, hosts: Sequence[SurveyHost]) -> Iterator[SurveyAdvice]:
    """Yield what to do now, the most useful first."""
    if not tally.piles[Pile.BACKSCATTER]:
        return
    domains = mail_domains(own.domains)
    names = " and ".join(domains) or "your domain"
    yield SurveyAdvice(
        id=DOOR_ADVICE,
        text=f"Publish SPF that ends in -all, and DMARC with p=reject, for {names}: servers that look at them refuse "
        "forged mail in the session, and write nothing.",
        command=f"bsaudit defend --domain {domains[0]}" if domains else None,
    )
    yield SurveyAdvice(
        id="defend",
        text="Let your own server refuse notices from hosts that are listed for backscatter; those of all others still "
        'reach you. The lines are for Postfix; "bsaudit defend --help" names the other servers.',
        command="bsaudit defend postfix",
    )
    yield SurveyAdvice(
        id="batv",
        text="Sign your reverse-paths (BATV, or prvs of Exim): a notice to an unsigned address is then none of yours, "
        "and can be refused after RCPT.",
    )
    top = [host.host for host in hosts[:_WRITE_TO] if host.backscatter and host.contacts]
    if top:
        yield SurveyAdvice(
            id="notify",
            text=f"Tell those who send most: {', '.join(top)}. They should refuse what they will not deliver. "
            'With "--notice HOST" a survey writes the mail to one of them.',
        )


def _gaps(tally: Tally, own: Own) -> Iterator[str]:
    if own.guessed:
        yield "what is your own was guessed: name domains, and the hosts or addresses you send by, with --own"
    elif not own.named:
        yield "no host or address that you send by was named: with --own HOST or --own ADDRESS less stays open"
    if (claims := tally.shown[Shown.CLAIM.value]) and not own.networks:
        yield (
            f"in {claims} your names stand only where anybody can write them: with the addresses of your relays "
            "(--own ADDRESS), --sent or --dkim less stays open"
        )
    for what in sorted(tally.full):
        yield f"more {what} than the table holds: the rest is in the totals only"
    if tally.unreadable:
        yield f"{amount(tally.unreadable, 'file')} could not be read"


def _counted(counter: Counter[str]) -> dict[str, int]:
    return dict(counter.most_common())
