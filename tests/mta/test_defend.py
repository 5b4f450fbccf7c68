"""What `bsaudit defend` prints, in real servers: exactly notices of the listed host are refused, marked or filed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bsaudit.defence.guide import guides
from tests.mta import defended, lab, network
from tests.mta.places import CATCH_MX, RESOLVER

pytestmark = [pytest.mark.mta, pytest.mark.timeout(300)]

# Who speaks, as whom, to which servers; then a probe of the recipient alone, as a callout does it.
CLIENT = """
import json, smtplib, sys
server, addresses, senders, recipient, message = json.loads(sys.stdin.read())
said = []
for address in addresses:
    for sender in senders:
        with smtplib.SMTP(server, 25, "client.example", timeout=30, source_address=(address, 0)) as smtp:
            smtp.ehlo()
            smtp.mail(sender)
            at_rcpt, _ = smtp.rcpt(recipient)
            try:
                at_data, text = smtp.data(message)
            except smtplib.SMTPDataError as error:
                at_data, text = error.smtp_code, error.smtp_error
            said.append([address, sender, at_rcpt, at_data, text.decode("utf-8", "replace")])
print(json.dumps(said))
"""
SENDERS = ("", "postmaster@stranger.example", "user@stranger.example")
NOTICE = """Received: from stranger.example (stranger.example [{address}])
 by mx.defended.example with ESMTP id 4Xy; Sun, 29 Nov 2026 08:00:00 +0000
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@stranger.example>
To: somebody@defended.example
Subject: Undelivered Mail Returned to Sender
Date: Sun, 29 Nov 2026 08:00:00 +0000
Message-ID: <4Xy@stranger.example>
MIME-Version: 1.0
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

<nobody@stranger.example>: unknown user
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; stranger.example

Final-Recipient: rfc822; nobody@stranger.example
Action: failed
Status: 5.1.1
--b
Content-Type: text/rfc822-headers

Received: from spammer.example (unknown [203.0.113.77])
 by stranger.example with ESMTP id 4Xx; Sun, 29 Nov 2026 07:59:00 +0000
From: somebody@defended.example
To: nobody@stranger.example
Subject: cheap watches
Message-ID: <1@spammer.example>

--b--
"""
LETTER = "From: user@stranger.example\nSubject: hi\n\nhi\n"


@pytest.fixture(scope="module")
def clients(ground: lab.Lab) -> Iterator[lab.Lab]:
    """The laboratory, one host of which speaks from an address for each answer of the list."""
    device = json.loads(_ran(ground, "ip", "-j", "route", "get", RESOLVER))[0]["dev"]
    for address in defended.SAID:
        _ran(ground, "ip", "addr", "add", f"{address}/24", "dev", device)
    yield ground
    for address in defended.SAID:
        _ran(ground, "ip", "addr", "del", f"{address}/24", "dev", device)


def _ran(ground: lab.Lab, *command: str, **options: Any) -> str:
    done = ground.run_in_network(CATCH_MX, list(command), **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("host", defended.SERVERS, ids=lambda host: host.name)
def test_exactly_notices_of_the_listed_host_are_refused_and_no_callout(clients: lab.Lab, host: Any) -> None:
    message = NOTICE[NOTICE.index("From:") :]
    order = [network.address(host.name), list(defended.SAID), SENDERS, f"alice@{host.domains[0]}", message]
    said = json.loads(_ran(clients, sys.executable, "-c", CLIENT, input=json.dumps(order), timeout=240))
    assert {at_rcpt for _, _, at_rcpt, _, _ in said} == {250}, said
    refused = {(address, sender): text for address, sender, _, code, text in said if code >= 500}
    assert set(refused) == {(defended.LISTED, sender) for sender in SENDERS[:2]}, said
    taken = [code for address, sender, _, code, _ in said if (address, sender) not in refused]
    assert taken == [250] * (len(said) - 2)
    assert all(defended.LISTED in text and "backscatterer.org" in text for text in refused.values()), refused


@pytest.mark.parametrize("sender", SENDERS[:2])
@pytest.mark.parametrize("address", defended.SAID)
def test_spamassassin_marks_the_listed_host_alone_and_sieve_files_it(
    ground: lab.Lab, address: str, sender: str
) -> None:
    host = defended.FILTERS.name
    notice = NOTICE.format(address=address).replace("Return-Path: <>", f"Return-Path: <{sender}>")
    marked = ground.run(host, ["spamassassin", "-x", "-t"], input=notice)
    assert marked.returncode == 0, marked.stderr
    listed = address == defended.LISTED
    header = marked.stdout.partition("\n\n")[0]
    assert ("BACKSCATTER_LISTED" in header) is listed, header
    assert "ANY_BOUNCE_MESSAGE" in header
    command = "cat >/srv/marked.eml && runuser -u nobody -- sieve-test /srv/backscatter.sieve /srv/marked.eml"
    filed = ground.run(host, ["sh", "-c", command], input=marked.stdout)
    assert filed.returncode == 0, filed.stderr
    assert ("store message in folder: Backscatter" in filed.stdout) is listed, filed.stdout


def test_spamassassin_leaves_a_letter_of_the_listed_host_alone(ground: lab.Lab) -> None:
    letter = (
        NOTICE.format(address=defended.LISTED).partition("\n")[0] + "\nFrom: a@b.example\nSubject: hello\n\nhello\n"
    )
    told = ground.run(defended.FILTERS.name, ["spamassassin", "-x", "-t"], input=letter)
    assert "BACKSCATTER_LISTED" not in told.stdout


@pytest.mark.parametrize("address", defended.SAID)
def test_rspamd_marks_notices_of_the_listed_host_alone(ground: lab.Lab, address: str) -> None:
    found = {}
    for sender in SENDERS:
        letter = LETTER if sender.startswith("user") else NOTICE[NOTICE.index("From:") :]
        asked = ["curl", "-s", "-H", f"IP: {address}", "-H", f"From: <{sender}>", "--data-binary", "@-"]
        told = ground.run(defended.FILTERS.name, [*asked, "http://127.0.0.1:11333/checkv2"], input=letter)
        found[sender] = "BACKSCATTER_LISTED" in json.loads(told.stdout)["symbols"]
    listed = address == defended.LISTED
    assert found == {"": listed, "postmaster@stranger.example": listed, "user@stranger.example": False}


def test_every_guide_that_has_a_file_for_a_server_is_tried_here() -> None:
    tried = {"postfix", "exim", "haraka", "spamassassin", "rspamd", "sieve"}
    by_hand = {"gmail", "outlook"}  # rules of a web page, where no test can click
    assert {name for name, guide in guides().items() if guide.file} == tried | by_hand
