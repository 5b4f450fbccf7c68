"""What the own domains publish → what to do about it now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from bsaudit.defence.door import Door
from bsaudit.model.published import Published
from bsaudit.model.survey import SurveyAdvice, SurveyDoor, SurveyReport
from bsaudit.probe.spelling import is_domain
from bsaudit.survey.own import is_host
from bsaudit.text import clean_line

DOOR_ADVICE = "spf-dmarc"
_SPF = {
    Published.NONE: "has no SPF record: publish one that names all that sends its mail and ends in -all",
    Published.SEVERAL: "has several SPF records, which counts as none: make one of them that ends in -all",
    Published.OPEN: "has an SPF record that refuses nothing: let it end in -all",
    Published.SOFT: "has an SPF record that only marks forged mail (~all): let it end in -all",
    Published.ELSEWHERE: "leaves its SPF to another record (redirect=): see that this one ends in -all",
}
_DMARC = {
    Published.NONE: "has no DMARC record: publish one with p=reject",
    Published.SEVERAL: "has several DMARC records, which counts as none: leave one with p=reject",
    Published.OPEN: "has a DMARC record that only watches: let it say p=reject",
    Published.SOFT: "has a DMARC record that has forged mail filed as spam: let it say p=reject",
}


def mail_domains(own: Iterable[str]) -> list[str]:
    """Return the own domains that mail is sent from: of a host there is no telling who is in charge of its zone.

    What is guessed may be a stranger's word: what is no domain goes into no command.
    """
    return [name for name in sorted(own) if is_domain(name) and not is_host(name)]


def having_seen(report: SurveyReport, doors: Sequence[Door]) -> SurveyReport:
    """Return the report with what the domains publish: advice is then on what is missing, and no other."""
    general = [one for one in report.advice if one.id == DOOR_ADVICE]
    others = [one for one in report.advice if one.id != DOOR_ADVICE]
    advised = [one for door in doors for one in _advice(door)] if general else []
    gaps = () if doors else ("no own domain was named whose SPF and DMARC could be looked at: name it with --own",)
    return replace(
        report,
        doors=tuple(map(_entry, doors)),
        advice=(*(advised if doors else general), *others),
        gaps=(*report.gaps, *gaps, *(gap for door in doors for gap in _unknown(door))),
    )


def _entry(door: Door) -> SurveyDoor:
    spf, dmarc = door.spf, door.dmarc
    return SurveyDoor(
        domain=door.domain,
        spf=spf.published,
        spf_record=None if spf.text is None else clean_line(spf.text),
        dmarc=dmarc.published,
        dmarc_record=None if dmarc.text is None else clean_line(dmarc.text),
        null_mx=door.null_mx,
        errors=tuple(map(clean_line, door.errors)),
    )


def _advice(door: Door) -> Iterator[SurveyAdvice]:
    """Yield what is missing; what is unknown is to be looked up again, and is not called missing."""
    command = f"bsaudit defend --domain {door.domain}"
    missing = [words for words in (_SPF.get(door.spf.published), _DMARC.get(door.dmarc.published)) if words]
    if missing:
        text = f"{door.domain} {', and '.join(missing)}. Servers that look at them refuse forged mail in the session, "
        text += "and write nothing."
        yield SurveyAdvice(id=DOOR_ADVICE, text=text, paste=tuple(_paste(door)), command=command)
    elif Published.UNKNOWN in {door.spf.published, door.dmarc.published}:
        text = f"See whether {door.domain} publishes SPF that ends in -all, and DMARC with p=reject: DNS did not say."
        yield SurveyAdvice(id=DOOR_ADVICE, text=text, command=command)


def _paste(door: Door) -> Iterator[str]:
    """Yield the records that are not there at all: what is there is its owner's to change."""
    if door.null_mx and door.spf.published is Published.NONE and door.dmarc.published is Published.NONE:
        yield from door.silent_lines()
        return
    if door.spf.published is Published.NONE:
        yield door.spf_line()
    if door.dmarc.published is Published.NONE:
        yield door.dmarc_line()


def _unknown(door: Door) -> Iterator[str]:
    return (f"what {door.domain} publishes is not known: {clean_line(error)}" for error in dict.fromkeys(door.errors))
