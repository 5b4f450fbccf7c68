"""A survey and a report of logs that say something wherever a stranger may have written."""

from __future__ import annotations

from bsaudit.model.logs import LogAdvice, LogCause, LogDay, LogFile, LogReport, LogTotals
from bsaudit.model.published import Published
from bsaudit.model.report import ToolEntry
from bsaudit.model.survey import (
    SurveyAdvice,
    SurveyCampaign,
    SurveyContact,
    SurveyDay,
    SurveyDoor,
    SurveyHost,
    SurveyListing,
    SurveyMailbox,
    SurveyOwn,
    SurveyReport,
    SurveySource,
    SurveyTotals,
)


def a_survey(evil: str) -> SurveyReport:
    """A survey that says `evil` wherever a stranger may have written."""
    return SurveyReport(
        tool=ToolEntry(name="bsaudit", version="0"),
        mailboxes=(SurveyMailbox(mailbox=evil, messages=9, error=evil),),
        own=SurveyOwn(domains=(evil,), guessed=True),
        since="2026-02-01T00:00:00Z",
        interrupted=True,
        totals=SurveyTotals(messages=20, backscatter=8, own=2, cannot_tell=6, other=4, forged=1, hosts=1),
        shown={"claim": 5, "forged": 1, evil: 2},
        causes={evil: 8},
        hosts=(
            SurveyHost(
                host=evil,
                addresses=(evil,),
                backscatter=8,
                cannot_tell=1,
                causes={evil: 8},
                returned={"headers": 8},
                products={evil: 8},
                contacts=(SurveyContact(address=evil, scope="domain", source="notice", bounces=True),),
                listings=tuple(
                    SurveyListing(zone=f"{status}.example", status=status, text=evil)
                    for status in ("listed", "clean", "unknown")
                ),
            ),
            SurveyHost(host="innocent.example", cannot_tell=5),
        ),
        sources=(SurveySource(network="198.51.100.0/24", count=8, first="2026-03-01", last="2026-03-04"),),
        campaigns=(SurveyCampaign(subject=evil, count=8),),
        days=(
            SurveyDay(day=None, cannot_tell=3),
            SurveyDay(day="2026-03-01", backscatter=6, own=2),
            SurveyDay(day="2026-03-04", backscatter=2, cannot_tell=3),
        ),
        doors=(SurveyDoor(domain=evil, spf=Published.OPEN, spf_record=evil, dmarc=Published.NONE, errors=(evil,)),),
        advice=(SurveyAdvice(id="spf-dmarc", text=f"{evil}: publish SPF.", paste=(evil,), command=evil),),
        gaps=(evil,),
    )


def some_logs(evil: str) -> LogReport:
    advice = LogAdvice(product="postfix", setting="a = b", text="Refuse it.", reference="RFC 5321 §3.3")
    return LogReport(
        version="0",
        own=(evil,),
        files=(LogFile(file=evil, lines=7, products=("postfix",)), LogFile(file="x", lines=1, products=())),
        totals=LogTotals(ndn_outside=9, delay_outside=2, undelivered=4, authenticated_or_local=1, backscatter=8),
        days=(LogDay(day=None, ndn_outside=1), LogDay(day="2026-03-01", ndn_outside=8, delay_outside=2)),
        causes=(
            LogCause(kind="ndn", reason="user_unknown", product="postfix", count=9, example=evil, advice=advice),
            LogCause(kind="delay", reason=None, product="postfix", count=2, example="", advice=advice),
        ),
        gaps=(evil,),
    )
