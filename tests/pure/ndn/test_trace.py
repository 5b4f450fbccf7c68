"""Received lines of the servers of the world, as each of them writes them."""

# ruff: noqa: E501, ISC004 - the lines stand as servers write them

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bsaudit.model.notification import Hop
from bsaudit.ndn.trace import (
    RECEIVED_LIMIT,
    TRACE_LIMIT,
    Trace,
    _other,
    _tokens,
    _tokens_between,
    _usual,
    canonical_address,
    parse_received,
)

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
DATE = "Mon, 2 Mar 2026 13:00:00 +0100"

# (server, line, helo, rdns, address, by, protocol, id, for)
LINES = [
    (
        "Postfix",
        f"from claimed.example (seen.example [192.0.2.7]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))"
        f" by mx.example.net (Postfix) with ESMTPS id 4F00BA2 for <who@example.net>; {DATE} (CET)",
        ("claimed.example", "seen.example", "192.0.2.7", "mx.example.net", "ESMTPS", "4F00BA2", "who@example.net"),
    ),
    (
        "Postfix, no reverse name",
        f"from claimed.example (unknown [IPv6:2001:DB8:0::7])\r\n\tby mx.example.net (Postfix) with ESMTP id 1; {DATE}",
        ("claimed.example", None, "2001:db8::7", "mx.example.net", "ESMTP", "1", None),
    ),
    (
        "address with a port",
        f"from claimed.example (192.0.2.7:41234) by mx.example.net (tmail) with ESMTP id 1; {DATE}",
        ("claimed.example", None, "192.0.2.7", "mx.example.net", "ESMTP", "1", None),
    ),
    (
        "address with a port in brackets",
        f"from claimed.example ([192.0.2.7:41234]) by mx.example.net with ESMTP id 1; {DATE}",
        ("claimed.example", None, "192.0.2.7", "mx.example.net", "ESMTP", "1", None),
    ),
    (
        "no space before the address",
        f"from claimed.example[192.0.2.7] by mx.example.net with SMTP id 1; {DATE}",
        ("claimed.example", None, "192.0.2.7", "mx.example.net", "SMTP", "1", None),
    ),
    (
        "Postfix, local birth",
        f"by mx.example.net (Postfix, from userid 33) id 77A; {DATE}",
        (None, None, None, "mx.example.net", None, "77A", None),
    ),
    (
        "Exim",
        f"from seen.example ([192.0.2.7]:41234 helo=claimed.example)\n by mx.example.net with esmtps (TLS1.3) (Exim 4.96)"
        f" (envelope-from <a@b.example>) id 1abc-00-11 for who@example.net; {DATE}",
        ("claimed.example", "seen.example", "192.0.2.7", "mx.example.net", "esmtps", "1abc-00-11", "who@example.net"),
    ),
    (
        "Exim, no reverse name",
        f"from [192.0.2.7] (port=41234 helo=claimed.example) by mx.example.net with esmtp (Exim 4.96) id 1; {DATE}",
        ("claimed.example", None, "192.0.2.7", "mx.example.net", "esmtp", "1", None),
    ),
    (
        "Exim, helo is the reverse name",
        f"from claimed.example ([192.0.2.7]:25) by mx.example.net with esmtp (Exim 4.96) id 1; {DATE}",
        ("claimed.example", "claimed.example", "192.0.2.7", "mx.example.net", "esmtp", "1", None),
    ),
    (
        "Exim, local: the word is a user",
        f"from Debian-exim by mx.example.net with local (Exim 4.96) id 1-2-3 for a@b.example; {DATE}",
        (None, None, None, "mx.example.net", "local", "1-2-3", "a@b.example"),
    ),
    (
        "Sendmail",
        f"from claimed.example (seen.example [192.0.2.7]) by mx.example.net"
        f" (8.17.1/8.17.1/Debian-2) with ESMTP id 62AN9; {DATE}",
        ("claimed.example", "seen.example", "192.0.2.7", "mx.example.net", "ESMTP", "62AN9", None),
    ),
    (
        "Sendmail, the reverse name does not resolve back",
        f"from claimed.example (seen.example [192.0.2.7] (may be forged)) by mx.example.net (8.17.1/8.17.1) id A; {DATE}",
        ("claimed.example", None, "192.0.2.7", "mx.example.net", None, "A", None),
    ),
    (
        "Sendmail, ident",
        f"from claimed.example (IDENT:joe@seen.example [192.0.2.7]) by mx.example.net (8.9.3/8.9.3) id A; {DATE}",
        ("claimed.example", "seen.example", "192.0.2.7", "mx.example.net", None, "A", None),
    ),
    (
        "Sendmail, own birth",
        f"from localhost (localhost) by mx.example.net (8.17.1/8.17.1) id 62AN9; {DATE}",
        ("localhost", None, None, "mx.example.net", None, "62AN9", None),
    ),
    (
        "qmail",
        "from unknown (HELO claimed.example) (192.0.2.7) by mx.example.net with SMTP; 2 Mar 2026 12:00:00 -0000",
        ("claimed.example", None, "192.0.2.7", "mx.example.net", "SMTP", None, None),
    ),
    (
        "qmail, reverse name and ident",
        "from seen.example (HELO claimed.example) (joe@192.0.2.7)\n  by mx.example.net with SMTP; 2 Mar 2026 12:00:00 -0000",
        ("claimed.example", "seen.example", "192.0.2.7", "mx.example.net", "SMTP", None, None),
    ),
    (
        "qmail, invoked",
        "(qmail 4711 invoked for bounce); 2 Mar 2026 12:00:00 -0000",
        (None, None, None, None, None, None, None),
    ),
    (
        "Courier",
        f"from claimed.example (seen.example [::ffff:192.0.2.7])\n  by mx.example.net with ESMTP\n  id 00A.B.C; {DATE}",
        ("claimed.example", "seen.example", "192.0.2.7", "mx.example.net", "ESMTP", "00A.B.C", None),
    ),
    (
        "Courier, own birth",
        f"from localhost (localhost [127.0.0.1])\n  (ftp://ftp.isi.edu/in-notes/rfc1894.txt)\n  by mx.example.net with dsn id 1; {DATE}",
        ("localhost", "localhost", "127.0.0.1", "mx.example.net", "dsn", "1", None),
    ),
    (
        "OpenSMTPD: a semicolon in the middle",
        f"from [192.0.2.99] (seen.example [192.0.2.7]);\n\tby mx.example.net (OpenSMTPD) with ESMTP id 1f;\n\tfor <w@x.example>;\n\t{DATE}",
        ("192.0.2.99", "seen.example", "192.0.2.7", "mx.example.net", "ESMTP", "1f", "w@x.example"),
    ),
    (
        "Exchange",
        f"from EDGE01.example.net (192.0.2.7) by MBX02.example.net (10.0.0.2) with Microsoft SMTP Server"
        f" (version=TLS1_2, cipher=X) id 15.2.1; {DATE}",
        ("edge01.example.net", None, "192.0.2.7", "mbx02.example.net", "Microsoft SMTP Server", "15.2.1", None),
    ),
    (
        "Exchange, zone in the address",
        f"from MBX02.example.net ([fe80::1%12]) by EDGE01.example.net ([fe80::2%3]) with mapi id 15; {DATE}",
        ("mbx02.example.net", None, "fe80::1", "edge01.example.net", "mapi", "15", None),
    ),
    (
        "Haraka",
        f"from claimed.example (seen.example [192.0.2.7])\n\tby mx.example.net (Haraka) with ESMTP id 0A-1.1\n\tenvelope-from <>;\n\t{DATE}",
        ("claimed.example", "seen.example", "192.0.2.7", "mx.example.net", "ESMTP", "0A-1.1", None),
    ),
    (
        "chasquid",
        f'from [192.0.2.7] (claimed.example)\nby mx.example.net (chasquid) with ESMTPS\n(envelope-from "a@b.example")\n; {DATE}',
        ("claimed.example", None, "192.0.2.7", "mx.example.net", "ESMTPS", None, None),
    ),
    (
        "Google",
        f"from claimed.example (seen.example. [192.0.2.7]) by mx.google.example with ESMTPS id a1-2si3.4"
        f" for <w@x.example> (version=TLS1_3 cipher=Y bits=256/256); {DATE}",
        ("claimed.example", "seen.example", "192.0.2.7", "mx.google.example", "ESMTPS", "a1-2si3.4", "w@x.example"),
    ),
    (
        "Google, inside",
        f"by 2002:a05:6402:1e:: with SMTP id d30csp1; {DATE}",
        (None, None, None, "2002:a05:6402:1e::", "SMTP", "d30csp1", None),
    ),
    (
        "Yahoo",
        f"from 192.0.2.7 (EHLO claimed.example) (192.0.2.7) by mta1.example.net with SMTPS; {DATE}",
        ("claimed.example", None, "192.0.2.7", "mta1.example.net", "SMTPS", None, None),
    ),
    (
        "CommuniGate",
        f"from [192.0.2.7] (account joe HELO claimed.example) by mx.example.net (CommuniGate Pro SMTP 6) with ESMTP id 9; {DATE}",
        ("claimed.example", None, "192.0.2.7", "mx.example.net", "ESMTP", "9", None),
    ),
    (
        "amavis names itself in the comment",
        f"from mx.example.net ([127.0.0.1]) by localhost (mx.example.net [127.0.0.1]) (amavisd-new, port 10024) with ESMTP id x; {DATE}",
        ("mx.example.net", None, "127.0.0.1", "mx.example.net", "ESMTP", "x", None),
    ),
    (
        "Dovecot LMTP",
        f"from front.example.net ([192.0.2.7]) by store.example.net with LMTP id vE (envelope-from <a@b.example>) for <w@x.example>; {DATE}",
        ("front.example.net", None, "192.0.2.7", "store.example.net", "LMTP", "vE", "w@x.example"),
    ),
    (
        "a client that calls itself by a clause word",
        f"from by (seen.example [192.0.2.7]) by mx.example.net (Postfix) with ESMTP id 1; {DATE}",
        ("by", "seen.example", "192.0.2.7", "mx.example.net", "ESMTP", "1", None),
    ),
    (
        "a client that forges the receiver in a comment",
        f"from x (by evil.example [192.0.2.7]) by mx.example.net (Postfix) with ESMTP id 1; {DATE}",
        ("x", "by", "192.0.2.7", "mx.example.net", "ESMTP", "1", None),
    ),
]


def told(hop: Hop) -> tuple[str | None, ...]:
    return (hop.helo, hop.rdns, hop.address, hop.by, hop.protocol, hop.queue_id, hop.recipient)


@pytest.mark.parametrize(("line", "expected"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_each_server_is_understood(line: str, expected: tuple[str | None, ...]) -> None:
    hop = parse_received(line)
    assert told(hop) == expected
    assert hop.at == NOON


def test_folding_does_not_matter_and_raw_is_one_clean_line() -> None:
    folded = "from a.example\r\n\t(b.example [192.0.2.1])\r\n   by c.example;\r\n Mon, 2 Mar 2026 12:00:00 +0000\x1b[2J"
    hop = parse_received(folded)
    assert told(hop)[:4] == ("a.example", "b.example", "192.0.2.1", "c.example")
    assert "\n" not in hop.raw
    assert "\x1b" not in hop.raw


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 32 Mar 2026 12:00:00 +0000", "2 Mar 2026 12:00:00 +9999", "31 Dec 9999 23:59 -2300"]
)
def test_a_date_that_cannot_be_read_is_none(date: str) -> None:
    hop = parse_received(f"from a.example by c.example; {date}")
    assert (hop.by, hop.at) == ("c.example", None)


def test_a_line_without_date_still_names_its_writer() -> None:
    assert parse_received("from a.example (b.example [192.0.2.1]) by c.example with LMTP id 5").by == "c.example"


def test_a_trace_keeps_its_order_and_ends() -> None:
    trace = Trace(lambda: [f"by h{n}.example; {DATE}" for n in range(2 * TRACE_LIMIT)])
    assert [hop.by for hop in trace[:2]] == ["h0.example", "h1.example"]
    assert len(trace) == TRACE_LIMIT
    assert trace[-1].by == f"h{TRACE_LIMIT - 1}.example"
    assert trace == tuple(trace)
    assert hash(trace) == hash(tuple(trace))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("[192.0.2.1]", "192.0.2.1"),
        ("IPv6:2001:DB8::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("192.0.2.1.example", None),
        ("192.0.2", None),
        ("", None),
    ],
)
def test_addresses_have_one_form(text: str, canonical: str | None) -> None:
    assert canonical_address(text) == canonical


@given(
    st.ip_addresses()
    | st.lists(st.sampled_from(["0", "1", "01", "9", "99", "255", "256"]), min_size=3, max_size=5).map(".".join)
)
def test_addresses_are_read_as_the_library_reads_them(text: object) -> None:
    try:
        address = ip_address(str(text))
    except ValueError:
        expected = None
    else:
        expected = str(getattr(address, "ipv4_mapped", None) or address)
    assert canonical_address(str(text)) == expected


FRAGMENTS = [
    "from",
    "by",
    "with",
    "id",
    "for",
    "(",
    ")",
    "[",
    "]",
    "192.0.2.1",
    "::1",
    "HELO ",
    "helo=",
    ";",
    "a.example",
    "<",
    ">",
    "@",
    "\r\n\t",
    "%",
]


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=60).map(" ".join))
def test_nothing_makes_it_raise(line: str) -> None:
    hop = parse_received(line)
    assert len(hop.raw) <= RECEIVED_LIMIT


@pytest.mark.timeout(5)
@pytest.mark.parametrize("piece", ["(", "[", "HELO ", "1:", "by ", "a.", "((x)", "from (EHLO "])
def test_a_long_line_costs_no_more_than_its_length(piece: str) -> None:
    for _ in range(20):
        parse_received("from " + piece * 50_000)


WORDS = st.sampled_from(
    [
        "a.example",
        "B.example.",
        "from",
        "by",
        "with",
        "unknown",
        "localhost",
        "192.0.2.7",
        "[192.0.2.7]",
        "h[1]",
        "local",
        "HELO",
        "Microsoft SMTP Server",
        "cafe.example",
    ]
)
COMMENTS = st.sampled_from(
    [
        "",
        " (Postfix)",
        " (a (b) c)",
        " (HELO c.example)",
        " (helo=c.example)",
        " (d.example [192.0.2.9])",
        " ((",
        " ()",
        "(5.0.1)",
    ]
)
SEEN = st.sampled_from(["192.0.2.7", "999.1.1.1", "IPv6:2001:db8::7", "::ffff:192.0.2.7", "192.0.2.7:25", "a.example"])
DATES = st.sampled_from(
    ["; Mon, 1 Jun 2026 12:00:00 +0000", ";Mon, 1 Jun 2026 12:00:00 +0000 (UTC)", "; ", "; a\t", ";é", ""]
)


CLIENTS = st.sampled_from(
    [
        *(" ({rdns} [{seen}])", " ([{seen}])", " ({rdns} {seen})", " ({seen})", " ({rdns})", "({seen})", ""),
        *(" ([{seen}]:2525)", " ({rdns} [{seen}]:2525)", " ([{seen}]:2525 helo={rdns})"),
        *(
            " (HELO {rdns}) ({seen})",
            " (EHLO {rdns}) (a.example [{seen}])",
            " (HELO {rdns}) ([{seen}]:25)",
            " (HELO {rdns})",
        ),
    ]
)


@given(st.tuples(*[WORDS] * 6), st.tuples(*[COMMENTS] * 5), SEEN, CLIENTS, DATES)
def test_a_usual_line_is_read_as_at_a_closer_look(
    words: tuple[str, ...], comments: tuple[str, ...], seen: str, form: str, date: str
) -> None:
    helo, rdns, by, protocol, number, to = words
    client = form.format(rdns=rdns, seen=seen)
    line = (
        f"from {helo}{client}{comments[0]} by {by}{comments[1]} with {protocol}{comments[2]} id {number}{comments[3]}"
        f" for <{to}>{comments[4]}"
    )
    for part in (line, line.partition(" for ")[0], line.partition(" with ")[0], line[line.index(" by ") + 1 :]):
        usual = _usual(part + date, dated=True)
        assert usual is None or usual == _other(part + date, dated=True)


@given(st.lists(st.sampled_from(["(", ")", "(c)", "()", "word", " ", "\t"]), max_size=20).map("".join))
def test_matching_parentheses_are_parted_at_one_look_as_at_a_closer_one(text: str) -> None:
    assert _tokens(text) == _tokens_between(text)


def test_nearly_all_that_postfix_exim_and_qmail_write_is_usual() -> None:
    for line in (LINES[0][1], LINES[5][1], EXIM_WITH_PORT, QMAIL, QMAIL_WITHIN):
        usual = _usual(line, dated=True)
        assert usual is not None
        assert usual == _other(line, dated=True)
    hop = parse_received(EXIM_WITH_PORT)
    assert (hop.helo, hop.rdns, hop.address) == ("a.example", "a.example", "192.0.2.7")
    hop = parse_received(QMAIL)
    assert (hop.helo, hop.rdns, hop.address) == ("c.example", "a.example", "192.0.2.7")


QMAIL = "from a.example (HELO c.example) (192.0.2.7) by b.example with SMTP; 1 Jun 2026 12:00:00 -0000"
QMAIL_WITHIN = "(qmail 182 invoked by uid 1003); 1 Jun 2026 12:00:00 -0000"
# With log_selector = +incoming_port
EXIM_WITH_PORT = (
    "from a.example ([192.0.2.7]:2525) by b.example with esmtp (Exim 4.96) (envelope-from <c@d.example>) "
    "id 1xVQWw-000027-2U for e@b.example; Mon, 1 Jun 2026 12:00:00 +0000"
)


def test_times_are_left_out_where_nobody_asks() -> None:
    line = LINES[0][1]
    (dated,), (undated,) = Trace(lambda: [line]), Trace(lambda: [line], dated=False)
    assert (dated.at, undated.at) == (NOON, None)
    assert parse_received(line, dated=False).address == dated.address
