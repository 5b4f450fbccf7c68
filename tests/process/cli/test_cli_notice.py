"""`--notice` of `report` and `explain`: a mail that is written, and never sent."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from pathlib import Path

import pytest

from bsaudit.cli import guard
from bsaudit.report.notice_words.languages import LANGUAGES
from bsaudit.report.notice_words.words import words_of
from tests.support.audits import audited
from tests.support.bounces import WORLD, by_target

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the journal of a run in which two of three targets were guilty."""
    url = f"sqlite:///{tmp_path_factory.mktemp('notice')}/journal.db"
    audited("good", "bad", "qmail", journal_url=url, kinds=("unknown-recipient:random",))
    return url


@pytest.fixture
def bsaudit(
    journal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("BSAUDIT_JOURNAL", journal)

    def call(*args: str) -> tuple[int, str, str]:
        code = guard.run(args)
        said = capsysbinary.readouterr()
        return code, said.out.decode(), said.err.decode()

    return call


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_about_a_target_of_a_run(bsaudit: Run, language: str) -> None:
    code, out, err = bsaudit("report", "--notice", "text", "--notice-for", "bad.test", "--language", language)
    assert (code, err) == (0, "")
    assert out.startswith("To: postmaster@bad.test\nSubject: ")
    for heading in ("happened", "when", "harm", "change", "reproduce", "ask"):
        assert f"\n* {getattr(words_of(language), heading)}\n" in out
    assert "mx.bad.test" in out
    assert "qmail.test" not in out


def test_an_abuse_report_goes_whole_into_its_file_with_what_came_back(bsaudit: Run, tmp_path: Path) -> None:
    code, out, _ = bsaudit("report", "--notice", "arf=new/notice.eml", "--notice-for", "qmail.test")
    assert (code, out) == (0, "")
    message = email.message_from_bytes((tmp_path / "new/notice.eml").read_bytes(), policy=email.policy.default)
    *_, attached = message.iter_parts()  # type: ignore[attr-defined]
    assert attached.get_content_type() == "message/rfc822"
    assert "qmail-send" in attached.get_content().as_string()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--notice", "text"), "several targets sent backscatter: bad.test, qmail.test"),
        (
            ("--notice", "text", "--notice-for", "good.test"),
            "good.test was not shown to send backscatter (it is clean)",
        ),
        (("--notice", "text", "--notice-for", "x.test"), "--notice-for x.test: the run has no such target"),
        (("--notice", "fax"), "'fax' is not one of text, arf"),
        (("--notice", "text="), "this names no file: write text=FILE"),
        (("--notice", "text", "--language", "tlh"), "'tlh' is not one of"),
        (("--notice-for", "bad.test"), "--notice-for says whom a notice is about"),
    ],
)
def test_what_cannot_be_written_says_why(bsaudit: Run, words: tuple[str, ...], said: str) -> None:
    code, out, err = bsaudit("report", *words)
    assert (code, out) == (2, "")
    assert said in err


KNOWN = (
    *("--offline", "--target", WORLD.domain, "--target-host", f"{WORLD.target.name}={WORLD.target.address}"),
    *("--relay-host", f"{WORLD.relay.name}={WORLD.relay.address}"),
    *("--catch-mx", f"{WORLD.catch.name}={WORLD.catch.address}", "--recipient", WORLD.recipient),
)


def test_a_notice_about_one_message(bsaudit: Run, tmp_path: Path) -> None:
    (tmp_path / "bounce.eml").write_bytes(by_target().bounce.raw())
    code, out, err = bsaudit("explain", "bounce.eml", *KNOWN, "--notice", "text")
    assert (code, err) == (0, "")
    assert out.startswith(f"To: postmaster@{WORLD.domain}\n")
    assert WORLD.target.name in out
    code, out, _ = bsaudit("explain", "bounce.eml", *KNOWN, "--notice", "arf", "--language", "ja")
    assert code == 0
    assert "message/feedback-report" in out


def test_a_message_whose_writer_is_not_known_is_no_ground(bsaudit: Run, tmp_path: Path) -> None:
    (tmp_path / "bounce.eml").write_bytes(by_target().bounce.raw())
    code, out, err = bsaudit("explain", "bounce.eml", "--notice", "text")
    assert (code, out) == (2, "")
    assert "not known to be backscatter" in err
    code, out, err = bsaudit("explain", "bounce.eml", "bounce.eml", *KNOWN, "--notice", "text")
    assert (code, out) == (2, "")
    assert "--notice is about one message" in err


@pytest.mark.parametrize("form", ["text", "json", "html", "csv"])
def test_a_redacted_report_names_nobody_and_exits_as_ever(bsaudit: Run, form: str) -> None:
    code, out, _ = bsaudit("report", "--redact", "--format", form)
    assert code == 1
    assert ".invalid" in out
    assert not [name for name in ("bad.test", "qmail.test", "catch.test", "127.77.") if name in out]


def test_a_redacted_message_names_nobody_and_a_redacted_notice_is_refused(bsaudit: Run, tmp_path: Path) -> None:
    (tmp_path / "bounce.eml").write_bytes(by_target().bounce.raw())
    code, out, _ = bsaudit("explain", "bounce.eml", *KNOWN, "--redact")
    assert code == 1
    assert WORLD.domain not in out
    assert "BACKSCATTER" in out
    for words in (("report", "--notice-for", "bad.test"), ("explain", "bounce.eml", *KNOWN)):
        code, out, err = bsaudit(*words, "--notice", "text", "--redact")
        assert (code, out) == (2, "")
        assert "--notice goes without --redact" in err
