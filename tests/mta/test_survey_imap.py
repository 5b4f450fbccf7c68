"""`bsaudit survey` over a real Dovecot: nothing is marked as read, what was read is not read again."""

from __future__ import annotations

import asyncio
import gc
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.adapters.catch import imap_session
from bsaudit.adapters.catch.imap_session import Session
from bsaudit.adapters.mailbox_imap import BATCH, ImapFolder
from bsaudit.model.settings import CatchKind, CatchSettings, Secret, Tls
from tests.support.commands import BARE, Done, run
from tests.support.dovecot import Dovecot
from tests.support.faults import Do, Fault, faulty
from tests.support.mailboxes import BACKSCATTER, NEWSLETTER, OWN, OWN_DOMAIN, OWN_HOST

pytestmark = pytest.mark.mta
MESSAGES = (OWN, BACKSCATTER, NEWSLETTER)
ROUNDS = 60  # several batches


def fill(dovecot: Dovecot, rounds: int, folder: str = "INBOX") -> None:
    client = dovecot.client()
    for raw in MESSAGES * rounds:
        assert client.append(folder, "", "", raw.replace(b"\n", b"\r\n"))[0] == "OK"
    client.logout()


def settings(dovecot: Dovecot) -> CatchSettings:
    return CatchSettings(
        kind=CatchKind.IMAP,
        host="127.0.0.1",
        port=dovecot.tls_port,
        tls=Tls.IMPLICIT,
        user=dovecot.user,
        password=Secret("secret"),
    )


def survey(dovecot: Dovecot, cwd: Path, *words: str, password: str = "secret") -> Done:
    env = {**BARE, "BSAUDIT_CATCH_PASSWORD": password, "XDG_STATE_HOME": str(cwd / "state")}
    url = f"imaps://{dovecot.user}@127.0.0.1:{dovecot.tls_port}/INBOX,Spamverdacht"
    options = ("--own", OWN_DOMAIN, "--own", OWN_HOST, "--ca-file", str(dovecot.authority.file), "--format", "json")
    return run("survey", *options, *words, url, cwd=cwd, env=env)


def found(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def unseen(dovecot: Dovecot, folder: str = "INBOX") -> int:
    client = dovecot.client()
    client.select(folder, readonly=True)
    count = len(client.search(None, "UNSEEN")[1][0].split())
    client.logout()
    return count


def test_every_message_of_every_folder_is_read_and_none_marked(dovecot: Dovecot, tmp_path: Path) -> None:
    fill(dovecot, ROUNDS)
    fill(dovecot, 1, "Spamverdacht")
    report = found(survey(dovecot, tmp_path, "--jobs", "2"))
    totals = report["totals"]
    assert (totals["messages"], totals["own"], totals["other"]) == (3 * ROUNDS + 3, ROUNDS + 1, ROUNDS + 1)
    assert [box["messages"] for box in report["mailboxes"]] == [3 * ROUNDS, 3]
    assert (unseen(dovecot), unseen(dovecot, "Spamverdacht")) == (3 * ROUNDS, 3)


def test_since_last_reads_only_what_is_new(dovecot: Dovecot, tmp_path: Path) -> None:
    fill(dovecot, 2)
    counts = [found(survey(dovecot, tmp_path, "--since", "last"))["totals"]["messages"] for _ in range(2)]
    fill(dovecot, 1)
    counts.append(found(survey(dovecot, tmp_path, "--since", "last"))["totals"]["messages"])
    assert counts == [6, 0, 3]


def test_the_uids_of_a_pile_are_told_per_folder_and_fetch_that_pile(dovecot: Dovecot, tmp_path: Path) -> None:
    fill(dovecot, 2)
    fill(dovecot, 1, "Spamverdacht")
    url = f"imaps://{dovecot.user}@127.0.0.1:{dovecot.tls_port}/INBOX,Spamverdacht"
    env = {**BARE, "BSAUDIT_CATCH_PASSWORD": "secret"}
    words = (
        "survey",
        "--own",
        OWN_DOMAIN,
        "--own",
        OWN_HOST,
        "--ca-file",
        str(dovecot.authority.file),
        "--pile",
        "own",
    )
    done = run(*words, "--write", "uids", url, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    rows = [row.split("\t") for row in done.stdout.decode().splitlines()]
    assert [(name.rpartition("/")[2], uids) for name, _, uids in rows] == [("INBOX", "1,4"), ("Spamverdacht", "1")]
    client = dovecot.client()
    client.select("INBOX", readonly=True)
    assert client.response("UIDVALIDITY")[1] == [rows[0][1].encode()]
    client.logout()
    assert run(*words, "--write", "own.uids", "--quiet", url, cwd=tmp_path, env=env).stdout.startswith(b"9 messages")
    assert (tmp_path / "own.uids").read_bytes() == done.stdout
    assert run(*words, "--write", "own.mbox", url, cwd=tmp_path, env=env).returncode == 0
    assert (tmp_path / "own.mbox").read_bytes().count(b"\nReturn-Path: <>\n") == 3
    assert unseen(dovecot) == 6


def test_without_own_the_login_and_the_addressees_are_taken(dovecot: Dovecot, tmp_path: Path) -> None:
    fill(dovecot, 1)
    env = {**BARE, "BSAUDIT_CATCH_PASSWORD": "secret"}
    url = f"imaps://{dovecot.user}@127.0.0.1:{dovecot.tls_port}"
    done = run("survey", "--ca-file", str(dovecot.authority.file), url, cwd=tmp_path, env=env)
    assert f"Your own (guessed): {OWN_DOMAIN}".encode() in done.stdout, done.stderr


def test_a_wrong_password_is_told_in_one_line(dovecot: Dovecot, tmp_path: Path) -> None:
    done = survey(dovecot, tmp_path, password="wrong")
    assert done.returncode == 4
    assert b"refuses the login" in done.stderr
    assert b"wrong" not in done.stderr


def test_a_connection_that_breaks_is_made_anew_and_nothing_is_read_twice(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(dovecot, ROUNDS)
    breaks = iter((False, True, True, False, True))
    fetch = Session.fetch

    def fragile(session: Session, *words: Any) -> Any:
        if next(breaks, False):
            session.cut()  # as a server that restarts does it
        return fetch(session, *words)

    monkeypatch.setattr(Session, "fetch", fragile)
    folder = ImapFolder(settings(dovecot), "INBOX", ca_file=str(dovecot.authority.file), insecure=False)
    uids = [piece.item.index for piece in folder.pieces() if not isinstance(piece.item, str)]
    assert len(uids) == 3 * ROUNDS
    assert uids == sorted(set(uids))
    assert unseen(dovecot) == 3 * ROUNDS


def test_a_folder_of_more_than_a_line_can_name_is_read_in_ranges(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(dovecot, 3)
    monkeypatch.setattr(imap_session, "UIDS_AT_ONCE", 2)
    words: dict[str, Any] = {"ca_file": str(dovecot.authority.file), "insecure": False}
    assert len(list(ImapFolder(settings(dovecot), "INBOX", **words).pieces())) == 9
    client = dovecot.client()
    client.select("INBOX")
    client.store("4:9", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()  # the last message's UID is now below the last range
    assert len(list(ImapFolder(settings(dovecot), "INBOX", **words).pieces())) == 3


def test_a_survey_that_was_cut_off_goes_on_where_it_was(dovecot: Dovecot) -> None:
    fill(dovecot, ROUNDS)
    words: dict[str, Any] = {"ca_file": str(dovecot.authority.file), "insecure": False}
    folder = ImapFolder(settings(dovecot), "INBOX", **words)
    pieces = folder.pieces()
    for _ in range(BATCH + 7):
        item = next(pieces).item
        assert not isinstance(item, str)
        folder.note(item.index)
    pieces.close()
    mark = folder.mark(whole=False)
    following = ImapFolder(settings(dovecot), "INBOX", **words, known=mark)
    rest = [piece.item.index for piece in following.pieces() if not isinstance(piece.item, str)]
    assert rest == list(range(item.index + 1, 3 * ROUNDS + 1))


def test_a_connection_that_breaks_before_it_reads_is_closed_and_made_anew(dovecot: Dovecot) -> None:
    fill(dovecot, ROUNDS)

    async def read() -> int:
        # The first opens the folder for the survey.
        async with faulty("127.0.0.1", dovecot.port, Fault(rb"\S+ EXAMINE", Do.CUT, nth=2)) as proxy:
            plain = replace(settings(dovecot), port=proxy.port, tls=Tls.NONE)
            folder = await asyncio.to_thread(ImapFolder, plain, "INBOX", ca_file=None, insecure=False)
            count = len(await asyncio.to_thread(list, folder.pieces()))
            assert proxy.hits == 1
            return count

    assert asyncio.run(read()) == 3 * ROUNDS
    gc.collect()  # what was left open is a warning, and that an error


def test_new_uids_mean_that_all_is_read_again(dovecot: Dovecot) -> None:
    fill(dovecot, 1)
    words: dict[str, Any] = {"ca_file": str(dovecot.authority.file), "insecure": False}
    folder = ImapFolder(settings(dovecot), "INBOX", **words, known=b'{"validity":1,"following":3}')
    assert len(list(folder.pieces())) == folder.total == 3
    assert any("UIDVALIDITY" in gap for gap in folder.gaps)
