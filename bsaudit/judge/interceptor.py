"""Does somebody answer in place of the hosts that we connect to? Networks send port 25 through proxies. Pure.

Then the direct route proves nothing: what is accepted, refused or bounced may be that proxy's doing. It is seen where
our own mail exchangers and the target's greet by one name that belongs to neither, where our own mail came through a
host that is not ours, or where strangers reach our own catch MX and we meet somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bsaudit.judge.learn import Learned
from bsaudit.judge.parties import is_qualified, organisation
from bsaudit.judge.way_back import is_hidden_from_us
from bsaudit.model.mail import Route
from bsaudit.model.probe import ProbeRecord
from bsaudit.model.run import Entrance, RunRecord


def find_interceptor(run: RunRecord, learned: Learned, records: Sequence[ProbeRecord]) -> str | None:
    """Return the name of whoever answers for our own side and for the target of `records` alike, if somebody does."""
    if is_hidden_from_us(run, learned.strangers):
        return next(entrance.greeting for entrance in run.entrances if entrance.ours is False)
    for entrance in run.entrances:
        name = greeted_as(entrance.greeting)
        if name is None or entrance.ours or is_kin(name, entrance.host):
            continue
        if entrance.address in learned.passed_on or name in _names_heard(records, entrance):
            return name
    return None


def greeted_as(greeting: str | None) -> str | None:
    """Return the name that a greeting begins with (RFC 5321 §4.2), if it is one that can be told apart."""
    name = next(iter((greeting or "").lower().split()), "").rstrip(".")
    return name if is_qualified(name) else None


def _names_heard(records: Sequence[ProbeRecord], entrance: Entrance) -> Iterator[str]:
    for record in records:
        probe, submission = record.probe, record.submission
        if probe.route is Route.DIRECT and probe.address != entrance.address and submission and submission.transcript:
            name = greeted_as(submission.transcript[0].text)
            if name and not is_kin(name, probe.mail_exchanger or ""):
                yield name


def is_kin(name: str, host: str) -> bool:
    """Say whether a greeting's name is the host's own, or of its organisation."""
    own = organisation(name)
    return name == host.lower().rstrip(".") or (own is not None and own == organisation(host))
