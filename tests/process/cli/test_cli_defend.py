"""`bsaudit defend`: what is printed, and what a domain publishes, asked of real DNS."""

from __future__ import annotations

import pytest

from bsaudit.cli import guard
from tests.support.dns import SERVFAIL, Zone, dns_thread

ZONE: Zone = {
    "open.test": {"MX": ["20 b.open.test.", "10 a.open.test."]},
    "shut.test": {"TXT": ['"v=spf1 " "-all"'], "MX": ["0 ."]},
    "_dmarc.shut.test": {"TXT": ['"v=DMARC1; p=reject"']},
    "news.shut.test": {"TXT": ['"v=spf1 -all"']},
    "_dmarc.soft.test": {"TXT": ['"v=DMARC1; p=reject; sp=quarantine"']},
    "news.soft.test": {"TXT": ['"v=spf1 -all"']},
    "news.open.test": {"TXT": ['"v=spf1 -all"']},
    "news.broken.test": {"TXT": ['"v=spf1 -all"']},
    "_dmarc.news.broken.test": {"A": ["127.0.0.1"]},
    "_dmarc.broken.test": SERVFAIL,
    "broken.test": SERVFAIL,
}


def asked(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = guard.run(["defend", *args])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_what_is_printed_can_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = asked(capsys, "postfix", "--zone", "bl.mirror.test")
    assert code == 0
    pasted = [line for line in out.splitlines() if line and not line.startswith("#")]
    assert pasted[1] == "backscatter = reject_rbl_client bl.mirror.test=127.0.0.2"
    assert len(pasted) == 3


def test_the_own_door_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    with dns_thread(ZONE) as resolver:
        code, out, _ = asked(capsys, "--domain", "open.test", "--resolver", resolver)
        assert (code, "SPF: none" in out, "DMARC: none" in out) == (0, True, True)
        assert "MX: a.open.test, b.open.test" in out
        code, out, _ = asked(capsys, "--domain", "shut.test", "--resolver", resolver)
        assert (code, out.count("(good")) == (0, 2)
        assert "MX: ." in out
        code, out, err = asked(capsys, "--domain", "no.test", "--resolver", resolver)
        assert (code, out) == (2, "")
        assert "NXDOMAIN" in err


@pytest.mark.parametrize(
    ("domain", "told"),
    [
        ("news.shut.test", "DMARC: of shut.test: v=DMARC1; p=reject (good)"),
        ("news.soft.test", "DMARC: of soft.test: v=DMARC1; p=reject; sp=quarantine (soft"),
        ("news.open.test", "DMARC: none"),
        ("news.broken.test", "unknown: "),
    ],
)
def test_a_name_without_a_dmarc_record_has_that_of_its_organisation(
    domain: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """RFC 7489 §6.6.3: where that cannot be looked up, nothing is known."""
    with dns_thread(ZONE) as resolver:
        code, out, _ = asked(capsys, "--domain", domain, "--resolver", resolver)
    assert told in out
    assert ("unknown" in told) == (code != 0)
    assert ("DMARC: none" in out) == (told == "DMARC: none")


def test_what_cannot_be_looked_up_is_not_called_missing(capsys: pytest.CaptureFixture[str]) -> None:
    with dns_thread(ZONE) as resolver:
        code, out, _ = asked(capsys, "--domain", "broken.test", "--resolver", resolver)
    assert code == 4
    assert "unknown: " in out
    assert "SPF: none" not in out


@pytest.mark.parametrize("args", [(), ("postfux",), ("postfix", "--zone", "a b"), ("--domain", "<x>")])
def test_mistakes_are_told_and_nothing_is_printed(args: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(capsys, *args)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) <= 2
