"""`report --all`: pages of all runs and their index, from a journal to a directory."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from lxml import html as reader

from bsaudit.cli import guard
from tests.support.audits import audited

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('site')}/journal.db"
    for labels in (("bad",), ("good", "bad")):
        audited(*labels, journal_url=url, kinds=("unknown-recipient:random",))
    return url


@pytest.fixture
def bsaudit(journal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("BSAUDIT_JOURNAL", journal)

    def call(*args: str) -> tuple[int, str, str]:
        code = guard.run(args)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def pages(directory: Path) -> dict[str, reader.HtmlElement]:
    return {file.name: reader.document_fromstring(file.read_text()) for file in directory.iterdir()}


@pytest.mark.parametrize("redact", [(), ("--redact",)])
def test_every_target_is_in_the_index_and_every_link_leads_to_a_page(
    bsaudit: Run, tmp_path: Path, redact: tuple[str, ...]
) -> None:
    assert bsaudit("report", "--all", "--format", "html=new/site", *redact) == (0, "", "")
    found = pages(tmp_path / "new/site")
    index = found["index.html"]
    assert {link for link in index.xpath("//a/@href") if not link.startswith("#")} == set(found) - {"index.html"}
    rows = [[cell.text_content().strip() for cell in row.xpath("./td")] for row in index.xpath("//tbody/tr")]
    assert [(row[1], row[2]) for row in rows] == [("BACKSCATTER", "BB"), ("CLEAN", "C")]
    names = [link.text for link in index.xpath("//td[1]/a")]
    if redact:
        everything = "".join(file.read_text() for file in (tmp_path / "new/site").iterdir())
        assert "bad.test" not in everything
        assert all(name.endswith(".invalid") for name in names)
    else:
        assert names == ["bad.test", "good.test"]
    for name, page in found.items():
        assert name == "index.html" or page.xpath("//article//h1")


def test_written_again_it_is_the_same_and_nothing_lies_beside_it(bsaudit: Run, tmp_path: Path) -> None:
    for _ in range(2):
        assert bsaudit("report", "--all", "--format", "html=site")[0] == 0
    assert sorted(name.partition("-")[0] for name in pages(tmp_path / "site")) == ["index.html", "run", "run"]


def test_pages_of_runs_that_are_gone_are_removed_and_nobody_elses(
    bsaudit: Run, journal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{shutil.copy(journal.removeprefix('sqlite:///'), tmp_path)}"
    monkeypatch.setenv("BSAUDIT_JOURNAL", url)
    site = tmp_path / "site"
    assert bsaudit("report", "--all", "--format", "html=site")[0] == 0
    latest, earliest = (one["id"] for one in map(json.loads, bsaudit("runs", "--format", "jsonl")[1].splitlines()))
    ours = (site / f"run-{latest}.html").read_text()
    foreign = {"run-mine.html": "my own", "run-kept.html": f"{ours}\nand a note", "other.html": ours, "run-x.txt": ours}
    for name, text in foreign.items():
        (site / name).write_text(text)
    (site / "run-link.html").symlink_to(site / f"run-{latest}.html")
    (site / "run-dir.html").mkdir()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        database.execute("UPDATE bsaudit_runs SET data = 'x' WHERE id = ?", (earliest,))
        database.commit()
    assert bsaudit("report", "--all", "--format", "html=site")[0] == 4
    assert (site / f"run-{earliest}.html").exists(), "it may be the page of the run that cannot be read"
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        database.execute("DELETE FROM bsaudit_runs WHERE id = ?", (earliest,))
        database.commit()
    assert bsaudit("report", "--all", "--format", "html=site") == (0, "", "")
    left = {path.name for path in site.iterdir()}
    assert left == {"index.html", f"run-{latest}.html", "run-link.html", "run-dir.html", *foreign}


def test_redacted_anew_no_page_of_before_is_left(bsaudit: Run, tmp_path: Path) -> None:
    for redact in ((), ("--redact",), ("--redact",)):
        assert bsaudit("report", "--all", "--format", "html=site", *redact)[0] == 0
    found = pages(tmp_path / "site")
    assert len(found) == 3
    assert "bad.test" not in "".join(file.read_text() for file in (tmp_path / "site").iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--all",), "--all writes pages into a directory"),
        (("--all", "--format", "html"), "Write --format html=DIR."),
        (("--all", "--format", "json=site"), "--all writes pages into a directory"),
        (("--all", "--format", "html=/dev/null/site"), "/dev/null/site is no directory"),
        (("--all", "7f3a", "--format", "html=site"), "--all is about every run"),
    ],
)
def test_what_cannot_be_written_says_why(bsaudit: Run, words: tuple[str, ...], said: str) -> None:
    code, out, err = bsaudit("report", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_an_empty_journal_has_no_pages(bsaudit: Run, tmp_path: Path) -> None:
    code, _, err = bsaudit("report", "--all", "--format", "html=site", "--journal", f"sqlite:///{tmp_path}/none.db")
    assert code == 2
    assert "no audit is in the journal yet" in err
    assert not (tmp_path / "site/index.html").exists()
