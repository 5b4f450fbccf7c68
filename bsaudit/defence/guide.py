"""Guides: guides.toml, filled in for one list and one administrator, as text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from textwrap import wrap

import msgspec
from msgspec import Struct, field

# Meant for null senders and postmasters only, which is what its own page asks for.
ZONE = "ips.backscatterer.org"
# The one answer of backscatter lists that is a listing; without it their refusals count as one, too.
LISTED = "127.0.0.2"
RELAYS = "mail.example.org"

EVERYWHERE = (
    "RFC 1123 §5.2.9: null senders must be accepted. Refuse them from listed hosts only: your own bounces come so.",
    "Never on the catch mailbox's own mail exchanger: an audit waits there for exactly such mail (`bsaudit doctor`).",
    "Ask from a resolver of your own: lists refuse to answer public ones.",
    "What ends it for good: sign the reverse-path of outgoing mail (BATV), and refuse bounces to what is not signed.",
)
WIDTH = 100


class Passage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes into one file: `path`, `how` (added or new) and `text`, which is the thing itself."""

    path: str
    how: str
    text: str


class Guide(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one server is told; without a `file` there is nothing that it could be told."""

    title: str
    file: tuple[Passage, ...] = ()
    apply: str = ""
    watch: str = ""
    caveats: tuple[str, ...] = field(default=())


@cache
def guides() -> dict[str, Guide]:
    """Return the guides by the server's name, in the order of the table."""
    text = files(__package__).joinpath("guides.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Guide])


def passages(server: str, *, zone: str = ZONE, relays: Sequence[str] = ()) -> tuple[Passage, ...]:
    """Return what goes into the files of a server, with the list and its own relays filled in."""
    filled = {"zone": zone.rstrip("."), "code": LISTED, "relays": " ".join(relays) or RELAYS}
    return tuple(
        msgspec.structs.replace(one, text=one.text.lstrip("\n").format_map(filled)) for one in guides()[server].file
    )


def told(server: str, *, zone: str = ZONE, relays: Sequence[str] = ()) -> Iterator[str]:
    """Yield the lines that `bsaudit defend` prints: comments around what can be pasted."""
    guide = guides()[server]
    yield f"# {guide.title}"
    for passage in passages(server, zone=zone, relays=relays):
        yield ""
        yield f"# {passage.path} ({passage.how}):"
        yield from passage.text.rstrip("\n").splitlines()
    yield ""
    if guide.apply:
        yield f"# Then: {guide.apply}"
        yield f"# Look: {guide.watch}"
    if not relays and any("{relays}" in one.text for one in guide.file):
        yield f"# {RELAYS} stands for the hosts by which your mail leaves: --relay-host HOST."
    for caveat in (*guide.caveats, *EVERYWHERE):
        yield from wrap(caveat, WIDTH, initial_indent="# - ", subsequent_indent="#   ", break_on_hyphens=False)
