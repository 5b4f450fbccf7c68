"""The plan in words, printed before the first probe goes out: what, to whom, by which way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bsaudit.model.event import Planned
from bsaudit.model.mail import Route
from bsaudit.model.probe import Probe
from bsaudit.report import words
from bsaudit.text import clean_line


def plan_lines(event: Planned) -> Iterator[str]:
    """Return the lines of the plan, sanitised: one a target, one a probe."""
    for target, probes in groupby(event.probes, key=lambda probe: probe.target):
        yield from _target(clean_line(target or ""), tuple(probes))


def _target(target: str, probes: Sequence[Probe]) -> Iterator[str]:
    messages = sum(not probe.rcpt_only for probe in probes)
    yield f"plan for {target}: {messages} message{'s' * (messages != 1)}"
    rows = [(_name(probe), clean_line(_recipients(probe)), clean_line(_way(probe))) for probe in probes]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, recipients, way in rows:
        yield f"  {name:{widths[0]}}  {recipients:{widths[1]}}  {way}"


def _name(probe: Probe) -> str:
    name = f"control {probe.control}" if probe.control else words.label(probe)
    return f"{name} at RCPT only" if probe.rcpt_only else name


def _recipients(probe: Probe) -> str:
    return ", ".join(recipient.address for recipient in probe.recipients)


def _way(probe: Probe) -> str:
    if probe.route is Route.RELAY or probe.mail_exchanger is None:
        return f"by route {probe.route}"
    return f"direct to {probe.mail_exchanger} [{probe.address}]:{probe.port}"
