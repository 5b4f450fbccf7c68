"""Lines a second of processor time of `bsaudit logs`: `python benchmarks/logs.py [LINES]`.

Side by side with pflogsumm, where it is installed.

The log of a busy gateway: seven lines a message, one in twenty bounces, half of these bounces undeliverable themselves.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

BOUNCE_EVERY = 20


def _numbered(block_of: Callable[[int], Iterator[str]], lines: int) -> Iterator[str]:
    """Yield whole blocks, numbered from 1, until there are as many lines."""
    written = number = 0
    while written < lines:
        number += 1
        block = list(block_of(number))
        yield from block
        written += len(block)


def postfix(lines: int) -> Iterator[str]:
    return _numbered(_postfix, lines)


def _postfix(number: int) -> Iterator[str]:
    second = number // 20
    day, time = 1 + second // 86400, f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
    at, pid, one, two = (
        f"Mar {day:2} {time} mx1 postfix",
        1200 + number // 100 % 40,
        f"{number:010X}",
        f"{number:08X}FF",
    )
    sender, client = f"user{number}@host{number % 997}.example", f"mail{number % 97}.example[198.51.100.{number % 250}]"
    yield f"{at}/smtpd[{pid}]: connect from {client}"
    yield f"{at}/smtpd[{pid}]: {one}: client={client}"
    yield f"{at}/cleanup[{pid}]: {one}: message-id=<{number}.abc@host{number % 997}.example>"
    yield f"{at}/qmgr[900]: {one}: from=<{sender}>, size=2140, nrcpt=1 (queue active)"
    yield f"{at}/smtpd[{pid}]: disconnect from {client} ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5"
    to = f"{at}/smtp[{pid}]: {one}: to=<rcpt{number}@example.com>, relay=store.example.com[192.0.2.25]:25, delay=0.31, "
    to += "delays=0.31/0.01/0.02/0.04, "
    if number % BOUNCE_EVERY:
        yield to + f"dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {number:X})"
    else:
        said = f"550 5.1.1 <rcpt{number}@example.com>: User unknown (in reply to RCPT TO command)"
        yield to + f"dsn=5.1.1, status=bounced (host store.example.com[192.0.2.25] said: {said})"
        yield f"{at}/cleanup[{pid}]: {two}: message-id=<20260301000000.{two}@mx1>"
        yield f"{at}/bounce[{pid}]: {one}: sender non-delivery notification: {two}"
        yield f"{at}/qmgr[900]: {two}: from=<>, size=4321, nrcpt=1 (queue active)"
        if number % (2 * BOUNCE_EVERY):
            yield f"{at}/smtp[{pid}]: {two}: to=<{sender}>, relay=mx[198.51.100.7]:25, delay=1, status=sent (250 ok)"
            yield f"{at}/qmgr[900]: {two}: removed"
    yield f"{at}/qmgr[900]: {one}: removed"


def exim(lines: int) -> Iterator[str]:
    return _numbered(_exim, lines)


def _exim(number: int) -> Iterator[str]:
    second = number // 20
    at = f"2026-03-{1 + second // 86400:02} {second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
    one, two = f"1wAAAA-{number:06X}-0A", f"1wAAAA-{number:06X}-0B"
    sender, address = f"user{number}@host{number % 997}.example", f"rcpt{number}@example.com"
    host = "R=inner T=remote_smtp H=store.example.com [192.0.2.25]"
    client = f"H=mail.example [198.51.100.{number % 250}]"
    yield f"{at} {one} <= {sender} {client} P=esmtps X=TLS1.3:AES CV=no S=3001 id={number}@x"
    if number % BOUNCE_EVERY:
        yield f'{at} {one} => {address} {host} C="250 ok"'
    else:
        said = f"SMTP error from remote mail server after RCPT TO:<{address}>: 550 5.1.1 User unknown"
        yield f"{at} {one} ** {address} {host}: {said}"
        yield f"{at} {two} <= <> R={one} U=Debian-exim P=local S=2100"
        yield f'{at} {two} => {sender} R=dnslookup T=remote_smtp H=mx.example [198.51.100.7] C="250 ok"'
        yield f"{at} {two} Completed"
    yield f"{at} {one} Completed"


def seconds(*command: str) -> float:
    """Return the processor time of a command: others may be at work here, too."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    bsaudit = str(Path(sys.executable).with_name("bsaudit"))
    start = seconds(bsaudit, "--version")
    logs: dict[str, Callable[[int], Iterator[str]]] = {"postfix": postfix, "exim": exim}
    with tempfile.TemporaryDirectory() as folder:
        for name, written in logs.items():
            log = Path(folder) / f"{name}.log"
            with log.open("w") as out:
                count = sum(1 for line in written(lines) if out.write(line + "\n"))
            took = seconds(bsaudit, "logs", "--own", "example.com", "--format", "json", str(log))
            print(f"{name}: {count} lines in {took:.2f} CPU s: {count / (took - start) / 1e6:.2f} million lines/s")
            other = shutil.which("pflogsumm")
            if other and name == "postfix":
                theirs = seconds(other, str(log))
                print(f"pflogsumm: {theirs:.2f} CPU s: {theirs / (took - start):.1f} times as long")


if __name__ == "__main__":
    main()
