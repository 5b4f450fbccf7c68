"""What a verdict is limited to: a verdict that says more than was shown is a wrong one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bsaudit.judge.tried import Tried, closed_note, provider_note, without_closed
from bsaudit.judge.unshown import gap_text, gaps
from bsaudit.model.probe import CountsAs, Difference, Outcome, ProbeRecord
from bsaudit.model.report import Verdict
from bsaudit.model.way_back import Grade, ShownBy, WayBack


def qualification(
    verdict: Verdict,
    records: Sequence[ProbeRecord],
    way_back: WayBack,
    shown: Tried,
    *,
    authenticated: bool | None,
    vouched_by: str | None = None,
    content: str | None = None,
) -> str | None:
    """Return what the verdict on one target holds for only, in words; None: it has no such limit.

    `authenticated` says whether our reverse-path passed SPF, as a forged one seldom does; `content` whose probes show
    what these hosts do with test content, where this target was spared it.
    """
    if verdict is Verdict.BACKSCATTER:
        return _of_guilt(records) if authenticated else None
    if verdict is Verdict.CLEAN:
        return (
            "; ".join(
                [
                    *([content] if content else []),
                    *_of_silence(records, way_back, vouched_by),
                    *provider_note(shown),
                    *closed_note(records, shown),
                    *_open(without_closed(records, shown)),
                ]
            )
            or None
        )
    return None


def _of_guilt(records: Sequence[ProbeRecord]) -> str | None:
    guilty = [r for r in records if r.settlement and r.settlement.counts_as is CountsAs.BACKSCATTER]
    forged = any(record.probe.difference is Difference.UNAUTHENTICATED for record in guilty)
    return "to authenticated reverse-paths" if guilty and not forged else None


def _of_silence(records: Sequence[ProbeRecord], way_back: WayBack, vouched_by: str | None) -> Iterator[str]:
    """Say on what it rests that silence is silence, and that rejection is all there was."""
    if way_back.grade is Grade.NONE:
        yield "a notice sent besides the rejection would not have been seen"
    elif vouched_by is not None and way_back.grade is not Grade.TARGET:
        yield f"that mail reaches the catch mailbox is the word of {vouched_by}"
    elif way_back.shown_by is ShownBy.EARLIER_RUN:
        yield f"that mail reaches the catch mailbox was shown by {way_back.from_}"
    elif way_back.grade is Grade.STRANGERS and any(map(_is_silent, records)):
        yield "that mail reaches the catch mailbox was shown by other hosts than the target's"


def _open(records: Sequence[ProbeRecord]) -> Iterator[str]:
    text = gap_text(gaps(records))
    if text:
        yield text


def _is_silent(record: ProbeRecord) -> bool:
    settled = record.settlement
    return record.probe.control is None and settled is not None and settled.outcome is Outcome.ACCEPTED_SILENTLY
