"""What goes out looks like a person's mail, carries our addresses only, and the test strings that it promises."""

from __future__ import annotations

import email
import io
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.model.notification import Kind
from bsaudit.ndn import read
from bsaudit.probe.catalogue import CATALOGUE, CONTENTS
from bsaudit.probe.compose import compose
from bsaudit.probe.content import LIST_POST
from bsaudit.probe.letter import Signature
from bsaudit.probe.strings import GTUBE, eicar
from tests.support.tokened import probe

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SIGN = Signature(
    run_id="1a2b3c4d", authorized_by="A. Admin", contact="me@work.example", about_url="https://work.example/tests"
)
HUSHING = ("auto-submitted", "precedence", "list-id", "list-unsubscribe", "x-auto-response-suppress")


def message(content: str, **more: Any) -> tuple[bytes, EmailMessage]:
    raw = compose(replace(probe(), content=content), at=NOW, sign=SIGN, **more)
    return raw, email.message_from_bytes(raw, policy=SMTP)


def attachments(parsed: EmailMessage) -> list[bytes]:
    return [part.get_payload(decode=True) for part in parsed.walk() if part.get_filename()]


# What looks like a person's mail; a rule is the user's own message, and notifications are none of a person.
LETTERS = sorted(set(CONTENTS) - {"rule", "returned-plain", "returned-content"})


@pytest.mark.parametrize("content", sorted({*LETTERS, "rule"} - {"list"}))
def test_no_probe_hushes_the_bounce_that_it_is_there_to_provoke(content: str) -> None:
    _, parsed = message(content, rules=("Subject: invoice\n\npay now\n",))
    assert not [name for name in HUSHING if name in parsed]


def test_only_the_list_probe_looks_like_bulk_mail() -> None:
    _, parsed = message("list")
    assert parsed["List-Id"]
    assert [shape.content for row in CATALOGUE for shape in row.shapes].count(LIST_POST) == 1


@pytest.mark.parametrize("content", LETTERS)
def test_every_message_is_well_formed_and_says_what_it_is(content: str) -> None:
    raw, parsed = message(content)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998  # RFC 5322 §2.1.1
    assert not parsed.defects
    body = parsed.get_body(("plain",)).get_content()
    assert "A. Admin" in body
    assert "bsaudit" in body
    assert parsed["To"] == "nobody@acme.example"
    assert parsed["From"] == probe().from_address


def test_the_virus_is_the_whole_file_alone_and_in_archives() -> None:
    assert attachments(message("eicar")[1]) == [eicar()]
    (archive,) = attachments(message("eicar-zip")[1])
    assert zipfile.ZipFile(io.BytesIO(archive)).read("eicar.com") == eicar()
    (nested,) = attachments(message("eicar-nested")[1])
    inner = zipfile.ZipFile(io.BytesIO(nested)).read("eicar_com.zip")
    assert zipfile.ZipFile(io.BytesIO(inner)).read("eicar.com") == eicar()
    assert len(eicar()) == 68


def test_gtube_stands_on_a_line_of_its_own() -> None:
    assert GTUBE.encode() in message("gtube")[0].split(b"\r\n")


def test_the_ndn_control_reads_as_a_bounce_that_returns_spam_and_virus() -> None:
    raw = compose(replace(probe(), content="returned-content", reverse_path=""), at=NOW)
    notification = read(raw)
    assert notification.kind is Kind.NDN
    assert notification.returned_payload
    assert GTUBE.encode() in raw


def test_a_notification_to_a_target_names_nobody_but_us_and_is_known_by_its_author() -> None:
    """Who answers From instead of the null reverse-path must be seen; the target's own name is not ours to use."""
    one = replace(probe(), content="returned-plain", reverse_path="", target="acme.example")
    parsed = email.message_from_bytes(compose(one, at=NOW, sign=replace(SIGN, authorized_by="the owner")), policy=SMTP)
    assert parsed["From"].addresses[0].addr_spec == one.from_address
    text = compose(one, at=NOW, sign=replace(SIGN, authorized_by="the owner")).decode()
    assert "the owner" in text
    assert text.count("acme.example") == 2  # in To, and where it can opt out


@pytest.mark.parametrize("local_part", ["a..b", ".a", "a."])
def test_a_notification_can_be_written_in_the_name_of_any_address_of_ours(local_part: str) -> None:
    """Some providers gave out such addresses; the direct route ended with a traceback."""
    one = replace(probe(), content="returned-plain", reverse_path="", target="acme.example")
    raw = compose(replace(one, from_address=f"{local_part}+b1@inbox.example"), at=NOW, sign=SIGN)
    assert f"From: Mail Delivery System <{local_part}+b1@inbox.example>\r\n".encode() in raw


def test_an_oversize_message_is_as_large_as_it_has_to_be() -> None:
    assert 100_000 <= len(message("oversize", octets=100_000)[0]) < 101_000


def test_a_rule_keeps_its_own_headers_but_nobody_elses_address() -> None:
    header = "From: ceo@bank.example\nTo: victim@other.example\nCc: x@other.example\nX-Mark: 42\nSubject: invoice"
    rule = f"{header}\n\npay now\n"
    raw, parsed = message("rule", rules=(rule,))
    assert parsed["X-Mark"] == "42"
    assert parsed["Subject"] == "invoice"
    assert b"other.example" not in raw
    assert b"bank.example" not in raw
    assert parsed["To"] == "nobody@acme.example"


def test_a_snippet_of_a_body_is_a_rule_too() -> None:
    _, parsed = message("rule", rules=("just these words",))
    assert "just these words" in parsed.get_content()


@pytest.mark.parametrize("content", sorted(set(CONTENTS) - {"returned-content"}))
def test_every_probe_says_whose_it_is_and_how_to_opt_out_but_not_in_the_subject(content: str) -> None:
    one = replace(probe(), content=content, target="acme.example")
    raw = compose(one, at=NOW, sign=SIGN, rules=("Subject: invoice\n\npay now\n",))
    parsed = email.message_from_bytes(raw, policy=SMTP)
    told = parsed["X-Bsaudit"] or "".join(
        part.get_content() for part in parsed.walk() if part.get_content_type() == "text/plain"
    )
    wanted = ("bsaudit", "1a2b3c4d", "A. Admin", "me@work.example", "https://work.example/tests")
    assert [word for word in (*wanted, '_bsaudit.acme.example  "v=bsaudit1; deny"') if word not in told] == []
    assert not [word for word in wanted if word in parsed["Subject"]]
    assert ("X-Bsaudit" in parsed) is (content == "rule")  # elsewhere a field of ours would tell filters


def test_a_rules_message_ends_as_the_file_does() -> None:
    one = replace(probe(), content="rule", target="acme.example")
    sign = replace(SIGN, authorized_by="Ä\r\nBcc: third@party.example" + "x" * 3000)
    raw = compose(one, at=NOW, sign=sign, rules=("Subject: invoice\n\npay now\n",))
    assert raw.endswith(b"\r\n\r\npay now\r\n")
    assert "Bcc" not in email.message_from_bytes(raw, policy=SMTP)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.partition(b"\r\n\r\n")[0].isascii()


def test_our_own_controls_name_nobody_who_allowed_a_target() -> None:
    assert b"deny" not in compose(probe(), at=NOW, sign=SIGN)
