"""Nothing that arrives may raise, hang or fill the memory. The long tier is benchmarks/fuzz_reader.py."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.judge.entry import notification_entry
from bsaudit.judge.explain import UNATTRIBUTED
from bsaudit.model.notification import Notification
from bsaudit.ndn import read
from bsaudit.ndn.decode import decoded_words, from_base64
from bsaudit.ndn.lookup import Words
from tests.support.notifications import SAMPLES
from tests.support.samples import samples

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
import fuzz_reader

SLOW_S = 1.0  # of CPU: test machines are busy


def survive(raw: bytes) -> Notification:
    """Read, turn into the report's entry, encode: the way of every arrival."""
    begun = time.process_time()
    note = read(raw)
    msgspec.json.encode(notification_entry(note, UNATTRIBUTED))
    assert time.process_time() - begun < SLOW_S
    return note


# Made one by one, in its test: as parameters all of them would stay, 300 MB in each process of a test run.
MONSTERS = {monster.name: monster for monster in fuzz_reader.monsters() if monster.octets < 4_000_000}


@pytest.mark.parametrize("name", [pytest.param(name, id=name[:40]) for name in MONSTERS])
def test_monsters(name: str) -> None:
    survive(MONSTERS[name].made())


def test_truncated_and_mutated_samples() -> None:
    rng = random.Random(20260601)
    for text, *_ in SAMPLES.values():
        raw = text.encode()
        for point in range(0, len(raw), 97):
            survive(raw[:point])
            survive(fuzz_reader.mutated(raw[: point + 1], rng))


@given(st.binary(max_size=3000))
@samples(2)
def test_any_bytes(raw: bytes) -> None:
    survive(raw)


PIECES = st.sampled_from(
    [text.encode() for text, *_ in SAMPLES.values()]
    + fuzz_reader.SNIPPETS
    + [b"--=_x\n", b"\n\n", b"Content-Type: multipart/mixed; boundary=b\n\n"]
)


@given(st.lists(PIECES, max_size=6))
@samples(1.5)
def test_any_pieces_of_mail(pieces: list[bytes]) -> None:
    survive(b"".join(pieces))


@given(st.text(max_size=300))
def test_encoded_words_never_raise(value: str) -> None:
    decoded_words("=?" + value + "?=")
    from_base64(value)


def test_a_codec_that_is_no_charset_is_not_reached() -> None:
    """zlib would inflate a message without bounds, idna and punycode take quadratic time."""
    raw = b"From: MAILER-DAEMON@x\nSubject: Undelivered\nContent-Type: text/plain; charset=zlib_codec\n\nx\x9cK\xad(\n"
    assert survive(raw).prose.startswith("x")


@given(
    st.lists(st.text(alphabet="abcdé ", min_size=1, max_size=8), max_size=20), st.text(alphabet="abcdé ", max_size=60)
)
def test_looking_up_words_finds_what_stands_where_a_word_begins(words: list[str], text: str) -> None:
    found = Words(words).found_in(text)
    assert found or not any(word.strip() and f" {word.lstrip()}" in f" {text}" for word in words if word[0] != " ")
    assert not found or any(word in text for word in words)
