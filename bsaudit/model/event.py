"""What an observer is told while a run goes on; the progress display and `--format jsonl` are made of these."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from msgspec import Struct

from bsaudit.model.mail import Submission
from bsaudit.model.probe import Probe, ReturnedMail, Settlement


class RunStarted(Struct, frozen=True, kw_only=True, tag="run_started"):
    run: str
    at: datetime
    targets: tuple[str, ...]


class Phase(Struct, frozen=True, kw_only=True, tag="phase"):
    """A step begins: `name` for programs, `text` for people."""

    run: str
    at: datetime
    name: str
    text: str


class Planned(Struct, frozen=True, kw_only=True, tag="planned"):
    """What is about to be sent to each target, in this order; told before the first of it goes out."""

    run: str
    at: datetime
    probes: tuple[Probe, ...]


class Sending(Struct, frozen=True, kw_only=True, tag="sending"):
    run: str
    at: datetime
    probe: Probe


class Sent(Struct, frozen=True, kw_only=True, tag="sent"):
    run: str
    at: datetime
    probe: Probe
    submission: Submission


class Arrived(Struct, frozen=True, kw_only=True, tag="arrived"):
    """A message came back; `probe` is None for a stray that is nobody's."""

    run: str
    at: datetime
    probe: Probe | None
    returned: ReturnedMail | None


class Settled(Struct, frozen=True, kw_only=True, tag="settled"):
    run: str
    at: datetime
    probe: Probe
    settlement: Settlement


class Waiting(Struct, frozen=True, kw_only=True, tag="waiting"):
    """Repeated about once a second while watching. `left_s` is the longest that the wait can still last."""

    run: str
    at: datetime
    outstanding: tuple[str, ...]  # probe ids
    left_s: float


class Retrying(Struct, frozen=True, kw_only=True, tag="retrying"):
    """Repeated while a check waits until it tries once more, in `left_s` seconds, what `targets` left undecided.

    `run` is the one that did not decide it.
    """

    run: str
    at: datetime
    targets: tuple[str, ...]
    left_s: float


class RunFinished(Struct, frozen=True, kw_only=True, tag="run_finished"):
    run: str
    at: datetime
    complete: bool


Event = RunStarted | Phase | Planned | Sending | Sent | Arrived | Settled | Waiting | Retrying | RunFinished
EVENTS: tuple[str, ...] = tuple(one.__struct_config__.tag for one in get_args(Event))
