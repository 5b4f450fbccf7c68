"""Small logs in the words of each product, and reading them."""

# ruff: noqa: E501 -- lines of logs are long
from __future__ import annotations

from datetime import UTC, datetime

from bsaudit.logs.reading import Reading
from bsaudit.logs.result import result
from bsaudit.logs.tally import Tally
from bsaudit.model.logs import LogFile, LogReport

WRITTEN = datetime(
    2026, 3, 2, tzinfo=UTC
).timestamp()  # when the file was last written to, unless a test says otherwise
LATER = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


def report(
    *logs: str | bytes,
    own: tuple[str, ...] = ("ours.example",),
    since: float | None = None,
    at: float = WRITTEN,
    now: float = LATER,
) -> LogReport:
    """Return what is found in logs, each a file."""
    reading = Reading(Tally(own, since), now)
    files = []
    for log in logs:
        raw = log.encode() if isinstance(log, str) else log
        reading.begin(at)
        reading.read(raw.removesuffix(b"\n").split(b"\n") if raw else [])
        files.append(LogFile(file="log", lines=reading.lines, products=tuple(reading.products)))
    reading.finish()
    return result(reading.tally, reading.clock, files, since, ())


def postfix(text: str, *, stamp: str = "Mar  1 10:00:00 mx ", name: str = "postfix") -> str:
    """Return a log from lines "daemon ID: …"."""
    lines = [line.strip().partition(" ") for line in text.strip().splitlines()]
    return "".join(f"{stamp}{name}/{daemon}[77]: {said}\n" for daemon, _, said in lines)


def dialogue(text: str, head: str = "") -> str:
    """Return a log from indented lines, each with a head."""
    return "".join(f"{head}{line.strip()}\n" for line in text.strip().splitlines())


ARRIVED = """
    smtpd AAAA1: client=unknown[203.0.113.9]
    cleanup AAAA1: message-id=<1@far.example>
    qmgr AAAA1: from=<eve@far.example>, size=200, nrcpt=1 (queue active)
"""
FAILED = """
    smtp AAAA1: to=<x@ours.example>, relay=store[192.0.2.3]:25, delay=1, dsn=5.1.1, status=bounced (host store[192.0.2.3] said: 550 5.1.1 <x@ours.example>: User unknown (in reply to RCPT TO command))
"""
NAMED = "bounce AAAA1: sender non-delivery notification: BBBB2\n"
WRITTEN_ID = "cleanup BBBB2: message-id=<20260301100000.BBBB2@mx.ours.example>\n"
TAKEN = "qmgr BBBB2: from=<>, size=3000, nrcpt=1 (queue active)\n"
GONE = "qmgr AAAA1: removed\n"
SENT = """
    smtp BBBB2: to=<eve@far.example>, relay=mx.far.example[198.51.100.4]:25, delay=1, dsn=2.0.0, status=sent (250 ok)
    qmgr BBBB2: removed
"""


def lines(*parts: str) -> str:
    """Return one Postfix log from such parts."""
    return postfix("\n".join(line for part in parts for line in part.strip().splitlines()))


BOUNCE = lines(ARRIVED, FAILED, WRITTEN_ID, NAMED, TAKEN, GONE, SENT)


SIEVE = """
    pickup BBBB2: uid=1000 from=<{sender}>
    cleanup BBBB2: message-id=<dovecot-sieve-1-0@mx.ours.example>
    qmgr BBBB2: from=<{sender}>, size=3000, nrcpt=1 (queue active)
"""


def absence_note(sender: str = "", *, late: bool = False) -> str:
    """Return what Dovecot and Postfix log of one; `late`: Dovecot speaks after the queue manager."""
    said = "sieve: msgid=<1@x>: vacation action: sent vacation response to <eve@far.example>"
    note = f"Mar  1 10:00:00 mx dovecot[9]: lmtp(away@ours.example)<6><q>: {said}\n"
    log = lines(SIEVE.format(sender=sender)) + note * (not late) + lines(SENT.replace("qmgr BBBB2: removed", ""))
    return log + note * late + lines("qmgr BBBB2: removed")


AMAVIS = "Mar  1 10:00:01 mx amavis[5]: (01-02) "
# amavis hands its notices to Postfix
FILTERED = (
    f"{AMAVIS}DSN: NOTIFICATION: Action:failed, LOCAL 554 Spam, spam level 21.3, <eve@far.example> -> <x@ours.example>\n"
    + lines("smtpd BBBB2: client=localhost[127.0.0.1]", "cleanup BBBB2: message-id=<SS1@mx>", TAKEN)
    + f"{AMAVIS}SEND from <> -> <eve@far.example>,ENVID=1 250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 Ok: queued as BBBB2\n"
    + f"{AMAVIS}Blocked SPAM {{BouncedInbound}}, <eve@far.example> -> <x@ours.example>, Queue-ID: AAAA1, size: 1\n"
    + lines(SENT)
)
