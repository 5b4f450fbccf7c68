"""What a dialect makes of a message, before statuses and reasons are refined. Mutable, and private to `ndn`."""

from __future__ import annotations

from msgspec import Struct, field

from bsaudit.model.notification import Action, Kind, Reason
from bsaudit.ndn.mime import Part


class Claim(Struct):
    """One recipient as the report has it.

    `text` is more prose about it that the status may be refined by, `reason` what the dialect knows better.
    """

    final: str | None = None
    original: str | None = None
    action: Action | None = None
    status: str | None = None
    diagnostic: str | None = None
    diagnostic_type: str | None = None
    remote_mta: str | None = None
    text: str = ""
    reason: Reason | None = None


class Draft(Struct):
    """A reading. `original` is the returned message: a part, or text that begins with its header.

    `form` is the row of `dialects.forms` that read it.
    """

    kind: Kind
    claims: list[Claim] = field(default_factory=list)
    reporting_mta: str | None = None
    received_from_mta: str | None = None
    envid: str | None = None
    family: str | None = None
    form: str | None = None
    prose_host: str | None = None
    original: Part | str | None = None
    prose: str | None = None
    defects: list[str] = field(default_factory=list)
