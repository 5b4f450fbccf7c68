"""Bytes (kept as latin-1 text) → what a person reads. Nothing here can fail on content."""

from __future__ import annotations

import binascii
import codecs
import re

from bsaudit.ndn.words import SPOKEN

# Longest body that is decoded for reading: prose is short, and base64 of a payload is nobody's prose.
DECODE_WINDOW = 128 * 1024
# Charsets whose names mail gets wrong, or that Python calls otherwise.
_CHARSETS = {
    "utf8": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-8-i": "iso-8859-8",
    "x-gbk": "gb18030",
    "cp-850": "cp850",
    "unicode-1-1-utf-7": "utf-7",
}
# What programs write that do not know, whatever the language
_DEFAULTS = frozenset(
    {
        "",
        "us-ascii",
        "ascii",
        "unknown-8bit",
        "x-unknown",
        "x-user-defined",
        "iso-8859-1",
        "latin1",
        "windows-1252",
        "cp1252",
    }
)
# Text codecs that are no charsets of mail; punycode and idna take quadratic time.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})
_WORD = re.compile(r"=\?([\w.:\-]{1,40})(?:\*[\w\-]{0,20})?\?([bBqQ])\?([^?\s]{0,2000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")
_BASE64_ALPHABET = re.compile(r"[^A-Za-z0-9+/]+")
# Charsets that mail systems write without saying so, or saying Latin-1: tried in this order
_UNDECLARED = (
    "gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874",
)  # fmt: skip
# Latin-1 has a letter with an accent here and there; other alphabets have nothing but letters beyond ASCII
_FOREIGN = re.compile(rb"[\x80-\xff]{4}")
# As much of a text as tells its charset
_GUESS_WINDOW = 4000


def as_text(raw: str, charset: str = "") -> str:
    """Decode latin-1 text as `charset`, or as UTF-8 where that fits, else leave it latin-1."""
    data = raw.encode("latin-1", "replace")
    if not charset or charset.lower() in {"us-ascii", "utf-8"}:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return _guessed(data) if not charset else data.decode("utf-8", "replace")
    return _by_charset(data, charset)


def decoded_body(body: str, encoding: str, charset: str) -> str:
    """Undo Content-Transfer-Encoding and charset of a body, as far as `DECODE_WINDOW`."""
    body = body[:DECODE_WINDOW]
    if encoding.startswith("base64"):
        data = from_base64(body)
    elif encoding.startswith("quoted-printable"):
        data = binascii.a2b_qp(body.encode("latin-1", "replace"))
    else:
        data = body.encode("latin-1", "replace")
    return _lf(_by_charset(data, charset))


def from_base64(text: str) -> bytes:
    """Decode base64 that may be broken anywhere: foreign characters are skipped, a cut end is dropped."""
    letters = _BASE64_ALPHABET.sub("", text.partition("=")[0] if "=" in text else text)
    letters = letters[: len(letters) // 4 * 4] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))


def decoded_words(value: str) -> str:
    """Undo the encoded words of a header field (RFC 2047 §6.2)."""
    if "=?" not in value:
        return value
    return _WORD.sub(_decoded_word, _BETWEEN_WORDS.sub(r"\1\2", value))


def _decoded_word(match: re.Match[str]) -> str:
    charset, encoding, text = match.groups()
    quoted = encoding in "qQ"
    data = binascii.a2b_qp(text.encode("latin-1", "replace"), header=True) if quoted else from_base64(text)
    return _by_charset(data, charset)


def _by_charset(data: bytes, charset: str) -> str:
    name = charset.strip().strip("\"'").lower()
    if name in _DEFAULTS:
        return data.decode("iso2022_jp_ext", "replace") if b"\x1b$" in data else _guessed(data)
    try:
        info = codecs.lookup(_CHARSETS.get(name, name))
        # A codec that is no charset (hex, zlib, rot13 …) must not be reachable from a message: some inflate.
        if info.name in _NO_CHARSETS or not info._is_text_encoding:  # noqa: SLF001
            return data.decode("latin-1")
        return data.decode(info.name, "replace")
    except (LookupError, ValueError):
        return data.decode("latin-1")


def _guessed(data: bytes) -> str:
    """Decode what does not say in which charset it is, or only seems to: the first in which a mail system speaks."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if _FOREIGN.search(data, 0, _GUESS_WINDOW):
        for charset in _UNDECLARED:
            try:
                text = data.decode(charset)
            except UnicodeDecodeError:
                continue
            if SPOKEN.found_in(text[:_GUESS_WINDOW].casefold()):
                return text
    return data.decode("cp1252", "replace")


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
