"""Reading the log of a relay: which host took a message, and what it said. Postfix and Exim. Pure.

A log line is the relay's own record of the SMTP session with the target: as good as having been there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bsaudit.model.mail import LogEntry, LogStatus
from bsaudit.text import clean_line

# A longer line is not one that a mail server writes.
LINE_LIMIT = 8192

# What stands before the program's tag: a time, a host, a container's name. No tag of another program, which ends in a
# colon, and so nothing that a client of the relay says: its greeting may read like a line of the log.
_HEAD = r"(?:<\d{1,3}>)?(?:[\w.:+|-]*[\w.+|-] +){0,6}?"
# postfix/smtp[1]: 4F2A: to=<u@d>, relay=mx.d[192.0.2.1]:25, delay=…, dsn=2.0.0, status=sent (250 2.0.0 Ok)
_POSTFIX = re.compile(
    _HEAD + r"postfix[\w./-]*\[\d+\]: (?P<id>\w+): to=<(?P<to>[^>]{1,320})>,"
    r"(?: orig_to=<[^>]{0,320}>,)? relay=(?P<host>[^\[,\s]+)(?:\[(?P<address>[^\]]+)\])?(?::\d+)?,"
    r".{0,200}? status=(?P<status>sent|deferred|bounced) \((?P<reply>.*)\)"
)
# 2026-11-23 10:00:00 1abcde-000000-AB => u@d R=… T=… H=mx.d [192.0.2.1] … C="250 OK"
_EXIM = re.compile(
    _HEAD + r"(?:exim[\w.-]*(?:\[\d+\])?: +(?:[\d.:+-]+ +){0,3})?(?:\[\d+\] )?"
    r"(?P<id>\w{6}-\w{6,11}-\w{2,4}) (?P<flag>=>|->|\*\*|==) (?P<to>\S{1,320})(?: <[^>]{0,320}>)?(?P<rest>.*)"
)
_EXIM_HOST = re.compile(r" H=(?P<host>\S+)(?: \((?P<helo>[^)]*)\))? \[(?P<address>[^\]]+)\]")
_EXIM_REPLY = re.compile(r' C="(?P<reply>[^"]*)"')
_EXIM_STATUS = {"=>": LogStatus.SENT, "->": LogStatus.SENT, "**": LogStatus.BOUNCED, "==": LogStatus.DEFERRED}


def parse_log(lines: Iterable[str]) -> Iterator[LogEntry]:
    """Return one entry for each delivery to a remote host; other lines say nothing here."""
    for line in lines:
        entry = _postfix(line[:LINE_LIMIT]) or _exim(line[:LINE_LIMIT])
        if entry is not None:
            yield entry


def _postfix(line: str) -> LogEntry | None:
    found = _POSTFIX.match(line)
    if found is None or found["host"] in {"local", "virtual", "none"}:
        return None
    return LogEntry(
        queue_id=found["id"],
        recipient=found["to"],
        status=LogStatus(found["status"]),
        host=found["host"].lower(),
        address=found["address"],
        reply=clean_line(found["reply"]),
    )


def _exim(line: str) -> LogEntry | None:
    found = _EXIM.match(line)
    host = _EXIM_HOST.search(found["rest"]) if found else None
    if found is None or host is None:
        return None
    reply = _EXIM_REPLY.search(found["rest"])
    return LogEntry(
        queue_id=found["id"],
        recipient=found["to"],
        status=_EXIM_STATUS[found["flag"]],
        host=host["host"].lower(),
        address=host["address"],
        reply=clean_line(reply["reply"] if reply else found["rest"]),
    )
