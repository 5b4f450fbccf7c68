"""A notice about one host of a survey: its backscatter alone, and one of it that shows who wrote. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from itertools import takewhile

from bsaudit.errors import UsageError
from bsaudit.judge.explain import explained
from bsaudit.judge.grounds import Grounds, SurveyGrounds, grounds_of_host, grounds_of_message
from bsaudit.judge.parties import organisation
from bsaudit.model.knowledge import Knowledge, Party
from bsaudit.model.mail import Route
from bsaudit.model.notification import Notification
from bsaudit.model.survey import Pile, Seen, SurveyReport
from bsaudit.ndn import read
from bsaudit.survey.journey import is_outside, kin
from bsaudit.survey.own import Own
from bsaudit.survey.tally import Span, cause_of
from bsaudit.survey.writer import is_kin_by_greeting, writer
from bsaudit.text import clean_line

# Attribution costs more than reading; where so many do not show who wrote them, the next does not either
MOST_TRIED = 50
# A header of which more is shown than this is somebody's trick
HEADER_LINES = 60
_MBOX = re.compile(rb"\AFrom [^\n]*\n")  # the mbox's line, no field of the message's
_REMEDY = "docs/attribution.md says what shows it."


Fit = Callable[[Seen, bytes], str | None]


def anything(_seen: Seen, _raw: bytes) -> str | None:
    return None


class HostNotice:
    """Collects what one host wrote, message by message.

    `fit` tells why a message cannot be the one that is shown, None where it can: of those that can, the newest is, if
    `newest`, else the first.
    """

    def __init__(self, host: str, own: Own, fit: Fit = anything, *, newest: bool = False) -> None:
        self.host = host.strip().lower().rstrip(".")
        self.raw = b""
        self._own = own
        self._fit, self._newest, self._at = fit, newest, ""
        self._span = Span()
        self._causes: Counter[str] = Counter()
        self._piles: Counter[Pile] = Counter()
        self._forged = self._tried = 0
        self._grounds: Grounds | None = None
        self._why = self._unfit = ""

    def add(self, seen: Seen, raw: bytes) -> None:
        """Count a message of the period that is surveyed."""
        if seen.host != self.host:
            return
        self._piles[seen.pile] += 1
        self._forged += bool(seen.forged)
        if seen.pile is not Pile.BACKSCATTER:
            return
        self._span.add(seen.at)
        self._causes[cause_of(seen)] += 1
        wanted = self._grounds is None or (self._newest and (seen.at or "") > self._at)
        if wanted and self._tried < MOST_TRIED:
            self._try(seen, _MBOX.sub(b"", raw, count=1))

    def _try(self, seen: Seen, raw: bytes) -> None:
        unfit = self._fit(seen, raw)
        if unfit is not None:
            self._unfit = unfit
            return
        try:
            self._grounds = _grounds(raw, seen, self.host, self._own)
        except UsageError as error:
            self._tried += 1
            self._why = error.message
        else:
            self.raw, self._at = raw, seen.at or ""

    def grounds(self, report: SurveyReport) -> Grounds:
        """Return what the notice rests on. Raises UsageError where nobody may be told."""
        if self._grounds is None:
            raise self._refusal()
        row = next((host for host in report.hosts if host.host == self.host), None)
        return grounds_of_host(
            self._grounds,
            SurveyGrounds(
                notices=self._span.count,
                first=self._span.first,
                last=self._span.last,
                causes=dict(self._causes.most_common()),
                contacts=row.contacts if row else (),
                header=_header(self.raw),
            ),
        )

    def _refusal(self) -> UsageError:
        name = clean_line(self.host)
        if not self._piles:
            return UsageError(
                f"no notice: {name} is not among the hosts of this survey",
                remedy="Name one as the survey does: without --notice it lists them.",
            )
        if self._unfit and not self._why:
            return UsageError(f"no notice: none of its notices ({self._span.count}) can be submitted: {self._unfit}")
        if self._span.count:
            return UsageError(
                f"no notice: of none of its notices ({self._span.count}) it is decisively or strongly shown that "
                f"{name} wrote it ({self._why.removeprefix('no notice: ')})",
                remedy=_REMEDY,
            )
        if self._forged:
            return UsageError(f"no notice: what names {name} is forged, and no mail system wrote it")
        told = ", ".join(f"{count} {pile.value}" for pile, count in self._piles.items())
        return UsageError(f"no notice: nothing that {name} wrote is known to be backscatter ({told})")


def _grounds(raw: bytes, seen: Seen, host: str, own: Own) -> Grounds:
    """Return what one notice shows of its writer. Raises UsageError where that is too little."""
    notification = read(raw)
    known = _knowledge(notification, host, own)
    told = explained(
        notification,
        known,
        sha256=hashlib.sha256(raw).hexdigest(),
        file=f"{seen.file} ({seen.index})",
    )
    found = grounds_of_message(told, notification, known.target)
    for named in (notification.reporting_mta, told.notification.written_by.host):
        if named and not kin(named.lower(), host):
            raise UsageError(f"no notice: {clean_line(named)} is named as the writer of what {host} handed over")
    return found


def _knowledge(notification: Notification, host: str, own: Own) -> Knowledge:
    """Return what is known: the host is tried as the writer, and what took it in was our own side.

    Its addresses are not told: that a host has one is to be seen by our side's line.
    """
    peer = writer(notification, own, lambda: None).peer
    inner = list(takewhile(lambda hop: hop is not peer, notification.trace)) if peer else []
    if any(is_outside(hop.address) and not own.address(hop.address) and is_kin_by_greeting(hop) for hop in inner):
        raise UsageError(
            f"no notice: whether your own side wrote the line that shows {clean_line(host)} rests on a greeting alone"
        )
    hosts = (hop.by for hop in (*inner, peer) if hop and hop.by)
    domain = organisation(host)
    return Knowledge(
        route=Route.DIRECT,
        target=Party(hosts=frozenset({host}), domains=frozenset({domain} if domain else ())),
        catch=Party(
            hosts=frozenset(hosts),
            addresses=frozenset(hop.address for hop in inner if hop.address),
            domains=own.domains,
        ),
    )


def _header(raw: bytes) -> tuple[str, ...]:
    """Return the lines of a message's header."""
    lines = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
    return tuple(lines[:HEADER_LINES])
