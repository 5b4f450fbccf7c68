"""The plan in words, printed before the first probe goes out: what, to whom, by which way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from bsaudit.model.mail import Route
from bsaudit.model.probe import Probe
from bsaudit.report import words
from bsaudit.text import clean_line

_WAYS = {Route.RELAY: "by relay", Route.DIRECT: "direct"}


def plan_lines(planned: Iterable[Probe], *, brief: bool = False) -> Iterator[str]:
    """Return the lines of the plan, sanitised: one a target, and unless `brief` one a probe."""
    for target, probes in groupby(planned, key=lambda probe: probe.target):
        yield from _target(clean_line(target or ""), tuple(probes), brief=brief)


def _target(target: str, probes: Sequence[Probe], *, brief: bool) -> Iterator[str]:
    messages = sum(not probe.rcpt_only for probe in probes)
    ways = {probe.route for probe in probes}
    way = " and ".join(way for route, way in _WAYS.items() if route in ways)
    yield f"plan for {target}: {messages} message{'s' * (messages != 1)}, {way}"
    if brief:
        return
    rows = [(_name(probe), _recipients(probe, target), _exchanger(probe)) for probe in probes]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, recipients, exchanger in rows:
        yield f"  {name:{widths[0]}}  {recipients:{widths[1]}}  {exchanger}".rstrip()


def _name(probe: Probe) -> str:
    name = words.label(probe)
    return clean_line(f"{name}, RCPT only" if probe.rcpt_only else name)


def _recipients(probe: Probe, target: str) -> str:
    """Return the recipients, without the domain where it is the target's own."""
    domain = target.rpartition("@")[2]
    return clean_line(", ".join(words.shortened(recipient.address, domain) for recipient in probe.recipients))


def _exchanger(probe: Probe) -> str:
    return "" if probe.mail_exchanger is None else clean_line(f"{probe.mail_exchanger} [{probe.address}]:{probe.port}")
