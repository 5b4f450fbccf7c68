"""Raw text to typed values. Every function raises ValueError in words that complete "--wait: …"."""

from __future__ import annotations

import math
import re
from enum import StrEnum
from typing import Any, Self

import msgspec
from msgspec import Struct

from bsaudit.model.settings import DEFAULT_WAIT_S

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST_S = 36525 * 86400.0
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/([smh]))?")
_SITE = re.compile(r"https?://[\w.:\[\]-]+(?:/[\w.~%/-]*)?")
MAX_PORT = 65535


class TooLongError(ValueError):
    """A duration that no calendar holds."""


class Duration(float):
    """Seconds; written "90", "90s", "15m", "1h30m", "2d"."""

    __slots__ = ()

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Return `raw` (text or a number of seconds) as a duration."""
        text = _number_or_text(raw)
        if not _DURATION.fullmatch(text):
            raise ValueError('not a duration: write "90s", "15m" or "1h30m"')
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
        if seconds > _LONGEST_S:
            raise TooLongError("longer than a hundred years: write 36525d at most")
        return cls(seconds)

    def __str__(self) -> str:
        for unit in "dhm":
            if self and self % _UNITS[unit] == 0:
                return f"{_digits(self / _UNITS[unit])}{unit}"
        return f"{_digits(self)}s"


class Span(Duration):
    """A duration of hours and days, which is written with its unit: who means days is not to wait seconds."""

    __slots__ = ()

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Return `raw` as a duration."""
        if not isinstance(raw, str) or raw.strip().replace(".", "").isdigit():
            raise ValueError('a duration without a unit: write "24h", "45m" or "7d"')
        return super().parse(raw)


class Wait(Duration):
    """A duration, or "auto": the default, and longer where mail seems to be in the relay's queue."""

    __slots__ = ("auto",)
    auto: bool

    def __new__(cls, seconds: float, *, auto: bool = False) -> Self:
        wait = super().__new__(cls, seconds)
        wait.auto = auto
        return wait

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Return `raw` (text or a number of seconds) as a wait."""
        if isinstance(raw, str) and raw.strip().lower() == "auto":
            return cls(DEFAULT_WAIT_S, auto=True)
        return super().parse(raw)

    def __str__(self) -> str:
        return "auto" if self.auto else super().__str__()


class Rate(float):
    """Messages a second; written "1/s", "30/m" or a plain number."""

    __slots__ = ()

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Return `raw` (text or a number) as a rate above zero."""
        match = _RATE.fullmatch(_number_or_text(raw))
        rate = float(match[1]) / _UNITS[match[2] or "s"] if match else 0.0
        if rate <= 0:
            raise ValueError('not a rate above zero: write "1/s" or "30/m"')
        return cls(rate)

    def __str__(self) -> str:
        return f"{_digits(self)}/s"


class HostPort(Struct, frozen=True):
    """A host or address with an optional port: "mx.example.org", "192.0.2.1:2525", "[2001:db8::1]:25"."""

    host: str
    port: int | None = None

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Return `raw` as a host and a port."""
        return cls(*split_host_port(str(raw)))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


class SiteUrl(str):
    """The address of a site: "https://docs.example.net/bsaudit". Its pages are named below it."""

    __slots__ = ()

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Return `raw` without a slash at its end."""
        text = str(raw).strip()
        if not _SITE.fullmatch(text):
            raise ValueError("not the address of a site: write https://docs.example.net/bsaudit")
        return cls(text.rstrip("/"))


def split_host_port(text: str) -> tuple[str, int | None]:
    """Split "host[:port]", where an IPv6 address stands in brackets or, without a port, bare."""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError("an IPv6 address with a port is written [2001:db8::1]:25")
        port = rest[1:] if rest else None
    elif text.count(":") > 1:
        host, port = text, None
    else:
        host, colon, number = text.partition(":")
        port = number if colon else None
    if not host or any(char.isspace() for char in text):
        raise ValueError("no host name in it")
    return host, None if port is None else _port(port)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_PORT):
        raise ValueError(f"a port is a number from 1 to {MAX_PORT}")
    return int(text)


def _number_or_text(raw: object) -> str:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError("not text or a number")  # noqa: TRY004 — a wrong setting is a ValueError, whatever its type
    if isinstance(raw, float) and not math.isfinite(raw):
        raise ValueError("not a finite number")
    return raw.strip().lower() if isinstance(raw, str) else _digits(raw)


def _digits(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def convert(raw: object, bare: Any, typed: Any) -> Any:
    """Return `raw` as the type `typed` of a setting, whose class without constraints is `bare`.

    What is blank names nobody, allows nothing and is no command.
    """
    if bare is str and isinstance(raw, str) and not raw.strip():
        return ""
    if isinstance(bare, type) and issubclass(bare, Duration | Rate | HostPort | SiteUrl):
        return bare.parse(raw)
    try:
        return msgspec.convert(raw, typed, strict=not isinstance(raw, str))
    except msgspec.ValidationError as error:
        raise ValueError(_in_our_words(str(error), bare)) from error


def _in_our_words(message: str, bare: Any) -> str:
    if isinstance(bare, type) and issubclass(bare, StrEnum):
        return "one of " + ", ".join(member.value for member in bare)
    expected = re.match(r"Expected `(\w+)(?: \| null)?`(.*)", message)
    words = {"int": "a whole number", "bool": "true or false", "str": "text", "array": "a list of texts"}
    return f"expected {words.get(expected[1], expected[1])}{_without_path(expected[2])}" if expected else message


def _without_path(text: str) -> str:
    return re.sub(r", got .*| - at `.*`", "", text)
