"""Received lines → `Hop`.

RFC 5321 §4.4 gives the grammar; no two servers keep to it. So: split off the date, cut the rest at the
clause words (from, by, via, with, id, for) that stand outside comments, then read the client's names and
address out of the from clause by the habits of the servers that write them. What a line does not say, or
says in a way not understood, is None. Pure, linear in the length of the line, never raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv6Address
from typing import overload

from bsaudit.model.notification import Hop
from bsaudit.ndn.dates import parse_date
from bsaudit.text import clean_line

# Longest Received line read: real ones with TLS and authentication comments stay under 1000 characters.
RECEIVED_LIMIT = 2000
# Longest trace read: RFC 5321 §6.3 lets a server suspect a loop after 100.
TRACE_LIMIT = 200

_CLAUSES = frozenset({"from", "by", "via", "with", "id", "for"})
_TOKEN = re.compile(r"[()]|[^\s()]+")
# A comment with two within each other at most (RFC 5322 §3.2.2 nests them without limit), a word, an odd parenthesis
_PIECE = re.compile(r"\(((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+)\)|([^\s()]+)|([()])")
# The client's own word, as qmail, CommuniGate and Yahoo (HELO name) and Exim (helo=name) note it.
_HELO = re.compile(r"\b(?:HELO|EHLO|LHLO)(?:=|\s+)(\S+)", re.IGNORECASE)
_EXIM_PEER = re.compile(r"\[[0-9A-Fa-f:.]+\]:\d+")
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})(?:%\w+)?\]", re.IGNORECASE)
_BARE_ADDRESS = re.compile(r"(?<![\w.:-])([0-9A-Fa-f:]{0,39}[:.][0-9A-Fa-f:.]{1,45})(?:%\w+)?(?![\w.:-])")
# RFC 5321 §4.1.3 (Snum), without leading zeros, which some read as octal
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?!$)|$)){4}")
_IPV4_WITH_PORT = re.compile(r"^([\d.]+):\d+$")
_NAME = re.compile(r"(?:[\w:]+@)?(\w(?:[\w.-]*\w)?)\.?")
_NOBODY = frozenset({"unknown", "unverified", "verified", "local", "helo", "ehlo", "lhlo"})
_GREETINGS = frozenset({"HELO", "EHLO", "LHLO"})
_LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain"})

# A line as Postfix, Sendmail, Exim, qmail and Microsoft write nearly all of theirs: one word in each clause, the
# client's names and address in one comment, if any, behind the greeting where qmail notes it; or but a comment; all of
# it printable, the time behind the last semicolon. Of any other the tokens are looked at, one by one: three times the
# work.
_COMMENTS = r"(?: ?\((?:[ -'*-~]++|\([ -'*-~]*+\))*+\))*+"
_USUAL = re.compile(
    r"(?:\([ -'*-~]*+\)|(?:from ([\w.-]++|\[[\d.]+\])(?: \((?:HELO|EHLO) ([\w.-]++)\))?+"
    r"(?: \((?:(?:([\w.-]+) )?(?:\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\](:\d+)?|([\d.]+))|[\w.-]+)\))?+"
    rf"({_COMMENTS}) )?+by ([\w.:-]++){_COMMENTS}(?: with ([A-Za-z0-9]++(?: SMTPSVC| SMTP Server)?+){_COMMENTS})?+"
    rf"(?: id ([\w.-]++){_COMMENTS})?+(?: for <?([\w.+=@-]++)>?{_COMMENTS})?+);([ -:<-~]++)(?<! )",
    re.ASCII,
)

# The tokens of one clause: plain words, and comments with their parentheses taken off.
_Token = tuple[str, bool]
_Tokens = list[_Token]
_Names = tuple[str | None, str | None, str | None]


class Trace(Sequence[Hop]):
    """The hops of a message's Received values, in the order they stand (newest first).

    A line is read when its hop is asked for, the header that `values` looks in when anything is: reading them all takes
    a third of the time of a message, and most questions are about the newest. Equal to a tuple of the same hops.
    Where `dated` is false, hops have no time.
    """

    __slots__ = ("_dated", "_hops", "_lines", "_values")

    def __init__(self, values: Callable[[], Sequence[str]], *, dated: bool = True) -> None:
        self._dated = dated
        self._values = values
        self._lines: Sequence[str] = ()
        self._hops: list[Hop | None] | None = None

    def _found(self) -> list[Hop | None]:
        """Return the hops as far as they were asked for."""
        if self._hops is None:
            self._lines = self._values()[:TRACE_LIMIT]
            self._values = tuple  # lets go of the message
            self._hops = [None] * len(self._lines)
        return self._hops

    def __len__(self) -> int:
        return len(self._found())

    @overload
    def __getitem__(self, index: int) -> Hop: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Hop, ...]: ...
    def __getitem__(self, index: int | slice) -> Hop | tuple[Hop, ...]:
        if isinstance(index, slice):
            return tuple(self[one] for one in range(*index.indices(len(self))))
        found = self._found() if self._hops is None else self._hops
        hop = found[index]
        if hop is None:
            hop = found[index] = parse_received(self._lines[index], dated=self._dated)
        return hop

    def __iter__(self) -> Iterator[Hop]:
        for index, hop in enumerate(self._found()):
            yield hop or self[index]

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Trace | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def parse_received(value: str, *, dated: bool = True) -> Hop:
    """Return what one Received line (the text after "Received:", folded or not) says of its hop.

    The time only where it is to be `dated`.
    """
    line = value
    hop = _usual(line, dated=dated)
    if hop is None:
        line = clean_line(value, RECEIVED_LIMIT)
        hop = _usual(line, dated=dated) if line is not value else None
    return hop or _other(line, dated=dated)


def _usual(line: str, *, dated: bool) -> Hop | None:
    """Return the hop of a line in the usual form; None where it takes a closer look, or is not clean."""
    match = _USUAL.fullmatch(line) if "  " not in line and len(line) <= RECEIVED_LIMIT else None
    if match is None:
        return None
    client, greeting, rdns, bracketed, port, bare, comments, by, protocol, queue_id, recipient, date = match.groups()
    seen, writer = bracketed or bare, _host(by)
    if port or greeting:  # Exim's, and qmail's: the first word is then what the receiver looked up itself
        if not seen or rdns or (port and (greeting or line[match.start(4) - 1] != "[")):
            return None
        rdns = client
    found = _usual_client(greeting or client, rdns, seen)
    if found is None or writer in _LOOPBACK_NAMES or (protocol and protocol.lower() == "local"):
        return None
    # what was seen of the client may stand in another comment
    if comments and (not seen or _HELO.search(comments)):
        return None
    helo, rdns, address = found
    return Hop(
        helo=helo,
        rdns=rdns,
        address=address,
        by=writer,
        protocol=protocol,
        queue_id=queue_id,
        recipient=recipient,
        at=parse_date(date) if dated else None,
        raw=line,
    )


@lru_cache(maxsize=1 << 12)  # hubs of our own side, and hosts that write again and again
def _usual_client(word: str | None, rdns: str | None, seen: str | None) -> _Names | None:
    """Return (helo, rdns, address) of a from clause in the usual form; None where it takes a closer look."""
    address = canonical_address(seen or word or "")
    # an address that nobody saw is a greeting
    if bool(address) is not bool(seen) or (rdns and rdns.upper() in _GREETINGS):
        return None
    return _host(word), _name(rdns) if rdns else None, address


def _other(line: str, *, dated: bool) -> Hop:
    trace, _, date = line.rpartition(";")
    clauses = _clauses(_tokens(trace or date))
    protocol = _words(clauses.get("with", [])) or None
    helo, rdns, address = _client(tuple(clauses.get("from", ())))
    local = _is_local(protocol)
    return Hop(
        helo=None if local else helo,
        rdns=None if local else rdns,
        address=address,
        by=_writer(clauses.get("by", [])),
        protocol=protocol,
        queue_id=_first_word(clauses.get("id", [])),
        recipient=_first_word(clauses.get("for", [])),
        at=parse_date(date) if trace and dated else None,
        raw=line,
    )


def canonical_address(text: str) -> str | None:
    """Return an IP address in its canonical text form, IPv4-mapped IPv6 as IPv4; None if it is none."""
    text = text.strip().strip("[]").partition("%")[0]
    if text[:5].lower() == "ipv6:":
        text = text[5:]
    # Most of what is asked about is a name: the library's answer to one costs more than the rest of the line.
    if ":" not in text:
        return text if _IPV4.fullmatch(text) else None
    try:
        address = IPv6Address(text)
    except ValueError:
        return None
    return str(address.ipv4_mapped or address)


def _tokens(text: str) -> _Tokens:
    found: _Tokens = []
    for comment, word, odd in _PIECE.findall(text):
        if odd:
            return _tokens_between(text)
        found.append((word, False) if word else (comment, True))
    return found


def _tokens_between(text: str) -> _Tokens:
    """Return the tokens where parentheses do not match, or lie deep in each other."""
    found: _Tokens = []
    depth, start = 0, 0
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece == "(":
            depth += 1
            start = match.end() if depth == 1 else start
        elif piece == ")":
            depth = max(0, depth - 1)
            if depth == 0 and start:
                found.append((text[start : match.start()], True))
                start = 0
        elif depth == 0:
            found.append((piece, False))
    return found


def _clauses(tokens: _Tokens) -> dict[str, _Tokens]:
    """Cut at the clause words. The word after one is its value, even where a client calls itself "by"."""
    clauses: dict[str, _Tokens] = {}
    current: _Tokens | None = None
    for text, comment in tokens:
        word = "" if comment else text.lower()
        if word in _CLAUSES and word not in clauses and current != []:
            current = clauses[word] = []
        elif current is not None:
            current.append((text, comment))
    return clauses


@lru_cache(maxsize=1 << 12)  # hubs of our own side, and hosts that write again and again
def _client(client: tuple[_Token, ...]) -> _Names:
    """Return (helo, rdns, address) of a from clause."""
    return (*_client_names(client), _client_address(client))


def _client_names(client: Sequence[_Token]) -> tuple[str | None, str | None]:
    """Return (helo, rdns) of a from clause."""
    word = _first_word(client)
    comments = [text for text, comment in client if comment]
    for text in comments:
        if said := _HELO.search(text):
            # qmail, Exim: the first word is then what the receiver looked up itself.
            return _host(said.group(1)), _name(word or "")
    for text in comments:
        if _find_address(text):
            # Exim names a client by its verified reverse name, and adds the greeting only where that differs.
            return _host(word), _name(word or "") if _EXIM_PEER.fullmatch(text) else _rdns(text)
    # chasquid: "from [192.0.2.1] (name)"; the name is the client's word.
    if word and canonical_address(word) and comments and (name := _name(comments[0])):
        return name, None
    return _host(word), None


def _rdns(comment: str) -> str | None:
    """Return the name in front of the address in "name [192.0.2.1]"; Sendmail says where it does not resolve back."""
    return None if "may be forged" in comment else _name(comment.partition("[")[0])


@lru_cache(maxsize=1 << 12)
def _name(text: str) -> str | None:
    words = text.split()
    match = _NAME.fullmatch(words[0]) if words else None
    if not match or match.group(1).lower() in _NOBODY or canonical_address(match.group(1)):
        return None
    return match.group(1).lower()


@lru_cache(maxsize=1 << 12)
def _host(word: str | None) -> str | None:
    """Return a host name in lower case without trailing dot, an address literal as the address."""
    if not word or word.lower() in _NOBODY:
        return None
    # "name[192.0.2.1]", without a space: the name is what stands before
    return canonical_address(word) or (word.partition("[")[0] or word).lower().rstrip(".") or None


def _client_address(client: Sequence[_Token]) -> str | None:
    # Comments first: what the receiver saw stands there, the word outside may be the client's claim.
    for text, _ in sorted(client, key=lambda token: not token[1]):
        if not _HELO.fullmatch(text) and (address := _find_address(text)):
            return address
    return None


def _find_address(text: str) -> str | None:
    for match in _BRACKETED.finditer(text):
        if address := canonical_address(match[1]):
            return address
    for match in _BARE_ADDRESS.finditer(_HELO.sub("", text)):
        if address := canonical_address(_IPV4_WITH_PORT.sub(r"\1", match[1])):
            return address
    return None


def _writer(clause: _Tokens) -> str | None:
    """Return the host after "by"; amavisd's "by localhost (name [127.0.0.1])" is called by its name."""
    host = _host(_first_word(clause))
    if host in _LOOPBACK_NAMES and len(clause) > 1 and clause[1][1] and "[" in clause[1][0]:
        return _rdns(clause[1][0]) or host
    return host


def _first_word(clause: Sequence[_Token]) -> str | None:
    for text, comment in clause:
        if not comment:
            return text.strip("<>;,\"'") or None
    return None


def _words(clause: _Tokens) -> str:
    return " ".join(text.rstrip(";") for text, comment in clause if not comment)


def _is_local(protocol: str | None) -> bool:
    """Exim's "from USER by HOST with local" names no client."""
    return protocol is not None and protocol.lower() == "local"
