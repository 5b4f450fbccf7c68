"""What a verdict is limited to: a verdict that says more than was shown is a wrong one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bsaudit.judge.theirs import named_hosts, rests_on_word
from bsaudit.judge.tried import Tried, address_note, closed_note, provider_note, without_closed
from bsaudit.judge.unshown import gap_text, gaps
from bsaudit.judge.verdict import is_guilty
from bsaudit.model.probe import Difference, Outcome, ProbeRecord
from bsaudit.model.queue import QueueWatch
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
    queue: QueueWatch | None = None,
) -> str | None:
    """Return what the verdict on one target holds for only, in words; None: it has no such limit.

    `authenticated` says whether our reverse-path passed SPF, as a forged one seldom does; `content` whose probes show
    what these hosts do with test content, where this target was spared it.
    """
    if verdict is Verdict.BACKSCATTER:
        return "; ".join([*(_of_guilt(records) if authenticated else ()), *_of_word(records)]) or None
    if verdict is Verdict.CLEAN:
        return (
            "; ".join(
                [
                    *([content] if content else []),
                    *_of_silence(records, way_back, vouched_by),
                    *_by_queue(queue),
                    *provider_note(shown),
                    *address_note(records, shown),
                    *closed_note(records, shown),
                    *_open(without_closed(records, shown)),
                ]
            )
            or None
        )
    return None


def _of_guilt(records: Sequence[ProbeRecord]) -> Iterator[str]:
    if not any(record.probe.difference is Difference.UNAUTHENTICATED for record in filter(is_guilty, records)):
        yield "seen with senders that pass SPF, not shown with forged-looking ones"


def _of_word(records: Sequence[ProbeRecord]) -> Iterator[str]:
    """Say that nothing but the user's word ties to the target whoever sent what came back, where that is so of all."""
    guilty = list(filter(is_guilty, records))
    if guilty and all(map(rests_on_word, guilty)):
        hosts = dict.fromkeys(host for record in guilty for host in named_hosts(record))
        yield f"that {', '.join(hosts)} is the target's is the word of whoever ran this audit (--target-host)"


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


def _by_queue(queue: QueueWatch | None) -> Iterator[str]:
    if queue is not None and queue.empty:
        yield f"that nothing more will come is shown by the target's queue, as {queue.program} printed it"
        if queue.ours_at is None:
            yield "that it is this target's is the word of whoever named it: no message of ours was seen in it"


def _open(records: Sequence[ProbeRecord]) -> Iterator[str]:
    text = gap_text(gaps(records))
    if text:
        yield text


def _is_silent(record: ProbeRecord) -> bool:
    settled = record.settlement
    return record.probe.control is None and settled is not None and settled.outcome is Outcome.ACCEPTED_SILENTLY
