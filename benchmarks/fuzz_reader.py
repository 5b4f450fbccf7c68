#!/usr/bin/env python3
"""Mutated and hostile mail through the reader: no exception, nothing above a second, no memory blow-up.

    fuzz_reader.py [--seed N] [--points 50] [--mutations 20] [--files N] CORPUS_DIR

Every file is truncated at `--points` places and each truncation mutated `--mutations` times; then pairs of files are
concatenated, and the monsters of `monsters()` are read. Deterministic by seed. Minutes to an hour: the long tier.
"""

# ruff: noqa: E501 — tables of hostile snippets

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from bsaudit.judge.entry import notification_entry
from bsaudit.judge.explain import UNATTRIBUTED
from bsaudit.ndn import read

SLOW_S = 1.0  # of CPU
MEMORY_MB = 400  # the monsters themselves take 100 MB and more
NESTED = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"

SNIPPETS = [
    b"\n--", b"\n\n", b"\r", b"\r\n", b"\0", b"\xff\xfe", b"=?utf-8?B?", b"=?x?q?=?=", b"<", b">", b"@", b":", b";", b'"', b"\\", b"(",
    b"Content-Type: multipart/report; boundary=", b"Content-Transfer-Encoding: base64\n", b"Content-Type: message/delivery-status\n\n",
    b"Final-Recipient: rfc822;", b"Status: 99999999999999999999.1.1\n", b"Received: from " + b"(" * 300, b"\x1b$B", b" " * 2000, b"\t" * 999,
    b"550 5.1.1 ", b"-" * 400, b"> " * 300, b"a@" * 500, b"=" * 999, b"\xe2\x80\xae", b"&#1114112;", b"<!--", b"charset=hex", b"charset=zlib_codec",
]  # fmt: skip


def mutated(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(6):
            case 0:
                out[at:at] = rng.choice(SNIPPETS)
            case 1:
                del out[at : at + rng.randint(1, 60)]
            case 2:
                out[at : at + 1] = bytes([rng.randrange(256)])
            case 3:
                piece = out[at : at + rng.randint(1, 400)]
                out[at:at] = piece * rng.randint(1, 5)
            case 4:
                out = bytearray(out.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\n", b"\n "]), rng.randint(1, 30)))
            case _:
                other = rng.randrange(len(out) + 1)
                out[at : at + 200], out[other : other + 200] = out[other : other + 200], out[at : at + 200]
    return bytes(out)


class Monster(Struct, frozen=True):
    """A message of pieces, each so many times: not yet made, since together they would fill the memory."""

    name: str
    pieces: tuple[tuple[bytes, int], ...]

    @property
    def octets(self) -> int:
        return sum(len(piece) * times for piece, times in self.pieces)

    def made(self) -> bytes:
        return b"".join(piece * times for piece, times in self.pieces)


def monsters() -> Iterator[Monster]:
    return (
        Monster(name, tuple((part, 1) if isinstance(part, bytes) else part for part in parts))
        for name, *parts in _rows()
    )


def _rows() -> Iterator[tuple]:
    """Name a monster and its pieces; one that stands there once is given without its number."""
    dsn = b"From: MAILER-DAEMON@a.example\nSubject: Undelivered\nContent-Type: multipart/report; boundary=b\n\n--b\n"
    report = b"Content-Type: message/delivery-status\n\n"
    yield "10,000 nested multiparts", b"".join(NESTED % (n, n) for n in range(10_000))
    yield "10,000 multiparts of one boundary", (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", 10_000)
    yield "100 MB line", b"Subject: failure notice\nFrom: MAILER-DAEMON@x\n\n", (b"a", 100_000_000)
    yield "100 MB header line", b"Subject: ", (b"a", 100_000_000)
    yield "1,000,000 headers", (b"X-A: b\n", 1_000_000), b"\nbody"
    yield "1,000,000 folded lines", b"X-A: b\n", (b" c\n", 1_000_000), b"\nbody"
    yield "1,000,000 Received", (b"Received: from a by b; x\n", 1_000_000)
    yield "1,000,000 parts", dsn, (b"\n--b\n", 1_000_000)
    yield "100,000 recipients", dsn, report, (b"Final-Recipient: rfc822;a@b.example\nStatus: 5.1.1\n\n", 100_000)
    for letter in [b"<", b"@", b"a@", b"a@b.c ", b"(", b"-", b"- ", b" ", b"\t", b"\n ", b"\n\n", b'"', b"\\", b"=?", b"=?a?b?", b"550 ", b"5.1.1 ",
                   b"<a@b>:\n", b">", b"> ", b"&", b"&lt;", b"<br", b"<p>", b"<style>", b"<head><title>", b"Received:\n", b"1", b"x-", b"\xff", b"\x1b$B", b"a:", b"by ", b"\r"]:  # fmt: skip
        head = b"From: MAILER-DAEMON@x.example\nSubject: Mail delivery failed\n"
        block = (letter, 3_000_000 // len(letter))
        yield f"{letter!r} as body", head, b"\nfailed to deliver to\n", block
        yield f"{letter!r} as html", head, b"Content-Type: text/html\n\n<html>undelivered ", block
        yield f"{letter!r} as header", head, b"Subject: ", block, b"\nReceived: ", block, b"\n\nx"
        yield f"{letter!r} as content type", head, b"Content-Type: multipart/report; boundary=", block, b"\n\n", block
        yield f"{letter!r} as report", dsn, report, block
    for charset in [
        "hex",
        "zlib_codec",
        "rot13",
        "idna",
        "punycode",
        "unicode_escape",
        "utf-7",
        "undefined",
        "mbcs",
        "utf-16",
        "x" * 9999,
        "\udcff",
    ]:
        name = charset.encode("utf-8", "surrogateescape")
        for encoding in (b"base64", b"quoted-printable", b"8bit", b"x-uuencode"):
            body = b"eJztwTEBAAAAwqD1T20MH6AAAAAA\x80\xff=FF=" * 50
            yield f"charset {charset[:20]!r} {encoding!r}", (
                b"From: =?" + name + b"?q?=80=ff?=\nSubject: =?" + name + b"?B?/////w==?=\nContent-Type: text/plain; charset="
                + name + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + body
            )  # fmt: skip


def check(what: str, data: bytes) -> list[str]:
    begun = time.process_time()  # other work on the machine does not count
    try:
        notification_entry(read(data), UNATTRIBUTED)
    except Exception:  # noqa: BLE001 — this is what is looked for
        return [f"{what}: {traceback.format_exc(limit=-3)}"]
    took = time.process_time() - begun
    return [f"{what}: {took:.2f} s"] if took > SLOW_S else []


def cases(files: list[bytes], rng: random.Random, points: int, mutations: int) -> Iterator[tuple[str, bytes]]:
    for index, data in enumerate(files):
        for point in range(points):
            cut = data[: len(data) * (point + 1) // points]
            yield f"file {index} cut at {len(cut)}", cut
            for turn in range(mutations):
                yield f"file {index} cut at {len(cut)} mutation {turn}", mutated(cut, rng)
    for _ in range(len(files)):
        yield "pair", rng.choice(files) + rng.choice(files)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--mutations", type=int, default=20)
    parser.add_argument("--files", type=int, default=0, help="only so many files")
    parser.add_argument("--save", type=Path, help="write what failed here")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    paths = sorted(path for path in options.corpus.glob("*/*/*") if path.is_file())
    if options.files:
        paths = rng.sample(paths, options.files)
    files = [path.read_bytes() for path in paths]
    found: list[str] = []
    count = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for monster in monsters():
        found += check(monster.name, monster.made())
        count += 1
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    if peak > MEMORY_MB:
        found.append(f"memory: {peak} MB more than before")
    print(f"monsters: {count}, peak +{peak} MB, {len(found)} findings", flush=True)
    for what, data in cases(files, rng, options.points, options.mutations):
        wrong = check(what, data)
        if wrong and options.save:
            (options.save / f"case{len(found)}.eml").write_bytes(data)
        found += wrong
        count += 1
    for one in found[:50]:
        print(one)
    print(f"{count} messages, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
