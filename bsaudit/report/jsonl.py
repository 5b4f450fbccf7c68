"""JSON lines: one event, run or message a line. A stream of events ends with "report", which holds the whole report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from bsaudit.judge.entry import returned_entry
from bsaudit.model.event import Event
from bsaudit.model.probe import Probe, ReturnedMail
from bsaudit.model.report import SCHEMA_VERSION, Report
from bsaudit.model.run import RunLine
from bsaudit.report import json
from bsaudit.report.formats import Look, Messages
from bsaudit.report.plain import plain, timestamp


def line(event: Event) -> bytes:
    """Return one event as a line of JSON with its line break."""
    fields = {name: _short(value) for name, value in msgspec.structs.asdict(event).items()}
    run, at = fields.pop("run"), fields.pop("at")
    return _line(event.__struct_config__.tag, run, at, fields)


def last(report: Report, look: Look) -> bytes:
    """Return the line that ends the stream. `run` is null where no run was begun."""
    run = report.run.id if report.run else None
    return _ENCODE(_head("report", run, look.now) | {"report": msgspec.Raw(json.compact(report))}) + b"\n"


def runs(lines: Sequence[RunLine], _look: Look) -> bytes:
    return b"".join(msgspec.json.encode({"schema_version": SCHEMA_VERSION} | plain(line)) + b"\n" for line in lines)


def _line(event: object, run: str | None, at: datetime, fields: dict[str, Any]) -> bytes:
    return _ENCODE(_head(event, run, at) | plain(fields)) + b"\n"


def _head(event: object, run: str | None, at: datetime) -> dict[str, Any]:
    return {"schema_version": SCHEMA_VERSION, "event": event, "run": run, "at": timestamp(at)}


def _short(value: Any) -> Any:
    """Leave out of an event what the report at the end tells better."""
    if isinstance(value, Probe):
        return _probe(value)
    if isinstance(value, ReturnedMail):
        return returned_entry(value)
    if isinstance(value, tuple):
        return [_short(part) for part in value]
    return value


def _probe(probe: Probe) -> dict[str, Any]:
    names = ("id", "kind", "shape", "control", "target", "mail_exchanger", "recipients", "reverse_path", "message_id")
    return {name: getattr(probe, name) for name in (*names, "envid")}


_ENCODE = msgspec.json.Encoder().encode
MESSAGES = Messages(lambda told, _: _ENCODE(told) + b"\n", lambda told: _ENCODE(told) + b"\n", brief=True)
