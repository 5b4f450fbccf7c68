"""`bsaudit survey`, the installed command: mailboxes of every kind, and what is none."""

from __future__ import annotations

import csv
import gzip
import json
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import BARE, run
from tests.support.dns import SERVFAIL, Zone, dns_thread
from tests.support.installed import COMMAND
from tests.support.mailboxes import BACKSCATTER, BOT_HOP, NEWSLETTER, OWN, OWN_DOMAIN, OWN_HOST, mbox, notice, original

OWNED = ("--own", OWN_DOMAIN, "--own", OWN_HOST)
BOT = notice(original(BOT_HOP.replace(f"{OWN_HOST} (", "pc (")))
MAIL = (OWN, BOT, BACKSCATTER, NEWSLETTER)
COUNTS = {"messages": 4, "backscatter": 1, "own": 1, "cannot_tell": 1, "other": 1}


def survey(folder: Path, *words: str, stdin: bytes = b"") -> Any:
    done = run("survey", *OWNED, "--format", "json", *words, cwd=folder, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def counts(document: Any) -> dict[str, int]:
    return {name: document["totals"][name] for name in COUNTS}


def maildir(folder: Path, *messages: bytes) -> None:
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    for number, raw in enumerate(messages):
        (folder / ("cur" if number % 2 else "new") / f"178000000{number}.M1P1.host").write_bytes(raw)


def test_an_mbox_plain_and_compressed_and_on_standard_input(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    (tmp_path / "bounces.gz").write_bytes(gzip.compress(mbox(*MAIL)))
    assert counts(survey(tmp_path, "bounces")) == COUNTS
    assert counts(survey(tmp_path, "bounces.gz")) == COUNTS
    assert counts(survey(tmp_path, "-", stdin=mbox(*MAIL))) == COUNTS


def test_a_maildir_and_a_directory_of_messages_one_of_them_compressed(tmp_path: Path) -> None:
    maildir(tmp_path / "Maildir", *MAIL[:3], gzip.compress(NEWSLETTER))
    assert counts(survey(tmp_path, "Maildir")) == COUNTS
    (tmp_path / "eml").mkdir()
    for number, raw in enumerate(MAIL):
        (tmp_path / "eml" / f"{number}.eml").write_bytes(raw)
    assert counts(survey(tmp_path, "eml")) == COUNTS


def test_several_mailboxes_are_counted_together_and_told_apart(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(OWN)
    (tmp_path / "two").write_bytes(mbox(BOT, BOT))
    found = survey(tmp_path, "one.eml", "two")
    assert [(box["mailbox"], box["messages"]) for box in found["mailboxes"]] == [("one.eml", 1), ("two", 2)]
    assert found["totals"]["backscatter"] == 2


def test_many_processes_say_what_one_says(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL) * 150)
    one, two = (survey(tmp_path, "bounces", "--jobs", number) for number in ("1", "2"))
    assert one == two
    assert one["totals"]["backscatter"] == 150


def test_what_is_own_is_guessed_and_said(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    done = run("survey", "bounces", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"Your own (guessed): {OWN_DOMAIN}" in done.stdout.decode()
    assert "--own" in done.stdout.decode()


def test_the_sent_folder_shows_what_is_own(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(mbox(b"From: ann@ann.example\nMessage-ID: <1@pc>\n\nHi\n"))
    (tmp_path / "bounces").write_bytes(mbox(BOT))
    found = survey(tmp_path, "--sent", "sent", "bounces")
    assert (found["totals"]["own"], found["own"]["sent"], found["shown"]) == (1, 1, {"sent_folder": 1})


def test_the_folders_of_a_maildir_are_named_as_unread(tmp_path: Path) -> None:
    """The bounces lie where a filter put them: that there are none in the rest is no good news."""
    maildir(tmp_path / "Maildir")
    maildir(tmp_path / "Maildir" / ".Junk", *MAIL)
    gaps = survey(tmp_path, "Maildir")["gaps"]
    assert gaps[:2] == ["Maildir: the folders below it were not read (.Junk): name them, too", "Maildir: empty"]
    (tmp_path / "eml" / "old").mkdir(parents=True)
    (tmp_path / "eml" / "1.eml").write_bytes(MAIL[0])
    assert survey(tmp_path, "eml")["gaps"][0] == "eml: the folders below it were not read (old): name them, too"


def test_a_folder_of_folders_is_no_empty_mailbox(tmp_path: Path) -> None:
    maildir(tmp_path / "mail" / "INBOX", *MAIL)
    done = run("survey", *OWNED, "mail", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "mail: neither a Maildir nor a directory of messages" in done.stderr.decode()
    (tmp_path / "empty").mkdir()
    assert survey(tmp_path, "empty")["gaps"][0] == "empty: empty"


@pytest.mark.parametrize("own", [OWNED, ()])
def test_a_folder_of_others_mail_is_no_sent_folder(tmp_path: Path, own: Sequence[str]) -> None:
    """Whose Inbox is taken for what was sent seems to have sent nothing: answers to own mail would accuse."""
    (tmp_path / "inbox").write_bytes(mbox(NEWSLETTER, NEWSLETTER, b"From: ann@ann.example\nMessage-ID: <1@pc>\n\nHi\n"))
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    done = run("survey", *own, "--sent", "inbox", "bounces", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "--sent inbox: 2 of 3 messages not from your domains" in done.stderr.decode()


def test_a_sent_folder_that_cannot_be_read_whole_shows_nothing(tmp_path: Path) -> None:
    """Else the answer to a message in the part that is missing would be called backscatter."""
    sent = mbox(*(f"From: ann@ann.example\nTo: u{number}@x.example\n\nHi\n".encode() for number in range(200)))
    (tmp_path / "sent.gz").write_bytes(gzip.compress(sent, compresslevel=0)[:-3000])
    (tmp_path / "bounces").write_bytes(mbox(notice(original(message_id="<1@pc.example>"))))
    done = run("survey", *OWNED, "--sent", "sent.gz", "bounces", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "--sent sent.gz: compressed with gzip, and damaged or cut off" in done.stderr.decode()


def test_since(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    assert survey(tmp_path, "--since", "2026-06-02", "bounces")["totals"]["skipped"] == 4
    assert survey(tmp_path, "--since", "2026-05-31", "bounces")["totals"]["skipped"] == 0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "no message"),
        ("mail.zip", b"PK\x03\x04" + bytes(200), "zip archive"),
        ("cut.gz", gzip.compress(mbox(*MAIL) * 50)[:400], "cut off"),
        ("missing", None, "No such file"),
    ],
)
def test_what_is_no_mailbox_is_an_error(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = run("survey", *OWNED, name, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert name in done.stderr.decode()
    assert len(done.stderr.splitlines()) <= 2


def test_an_empty_mailbox_is_none_of_a_problem(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    maildir(tmp_path / "Maildir")
    found = survey(tmp_path, "empty", "Maildir")
    assert found["totals"]["messages"] == 0
    assert {"empty: empty", "Maildir: empty"} <= set(found["gaps"])


def test_one_bad_mailbox_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(mbox(*MAIL))
    done = run("survey", *OWNED, "--format", "json", "missing", "good", cwd=tmp_path)
    assert done.returncode == 2
    assert counts(json.loads(done.stdout)) == COUNTS
    assert b"missing: No such file" in done.stderr


def test_a_locked_mailbox_is_read_and_told(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    (tmp_path / "bounces.lock").touch()
    found = survey(tmp_path, "bounces")
    assert counts(found) == COUNTS
    assert any("locked" in gap for gap in found["gaps"])


def test_jsonl_tells_of_every_message_and_ends_with_the_sums(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    done = run("survey", *OWNED, "--format", "jsonl", "bounces", cwd=tmp_path)
    *lines, last = map(json.loads, done.stdout.splitlines())
    assert [(one["index"], one["pile"]) for one in lines] == [
        (0, "own"),
        (1, "backscatter"),
        (2, "cannot_tell"),
        (3, "other"),
    ]
    assert {one["record"] for one in lines} == {"message"}
    assert (last["record"], counts(last["survey"])) == ("survey", COUNTS)


def test_csv_has_a_row_for_each_host(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL, BOT))
    done = run("survey", *OWNED, "--format", "csv", "bounces", cwd=tmp_path)
    (row,) = csv.DictReader(done.stdout.decode().splitlines())
    assert (row["host"], row["backscatter"], row["cannot_tell"]) == ("mx.dest.example", "2", "1")
    assert (row["causes"], row["contacts"]) == ("user-unknown:3", "postmaster@dest.example abuse@dest.example")


LISTS: Zone = {
    "2.0.0.127.ips.backscatterer.org": {"A": ["127.0.0.2"]},
    "44.2.0.192.ips.backscatterer.org": {"A": ["127.0.0.2"], "TXT": ['"seen"']},
    "2.0.0.127.backscatter.spameatingmonkey.net": {"A": ["127.0.0.2"]},
    "2.0.0.127.bl.spamcop.net": SERVFAIL,
    "dest.example.contacts.abuse.net": {"TXT": ['"mailabuse@dest.example, <b@c.example>"', '"a b@c <x@y"']},
    "44.2.0.192.abuse-contacts.abusix.zone": {"TXT": ['"noc@provider.example"']},
}


def test_lists_and_contacts_are_asked_only_where_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    with dns_thread(LISTS) as resolver:
        found = survey(tmp_path, "bounces", "--listings", "--resolver", resolver)
    (host,) = found["hosts"]
    assert {one["zone"]: one["status"] for one in host["listings"]} == {
        "ips.backscatterer.org": "listed",
        "backscatter.spameatingmonkey.net": "clean",
        "bl.spamcop.net": "unknown",
    }
    assert [gap.partition(" ")[0] for gap in found["gaps"] if "said nothing" in gap] == ["bl.spamcop.net"]
    scopes = {one["address"]: (one["scope"], one["source"]) for one in host["contacts"]}
    assert scopes["mailabuse@dest.example"] == ("domain", "abuse.net")
    assert scopes["noc@provider.example"] == ("network", "abusix")
    assert survey(tmp_path, "bounces")["hosts"][0]["listings"] is None


SHUT: Zone = {
    OWN_DOMAIN: {"TXT": ['"v=spf1 mx -all"'], "MX": ["10 mx.ann.example."]},
    f"_dmarc.{OWN_DOMAIN}": {"TXT": ['"v=DMARC1; p=reject"']},
}
OPEN: Zone = {OWN_DOMAIN: {"TXT": ['"v=spf1 include:esp.example ~all"'], "MX": ["0 ."]}}
DOORS = {
    "shut": (SHUT, ("good", "good", False), None, ()),
    "open": (OPEN, ("soft", "none", True), f"{OWN_DOMAIN} has an SPF record that only marks", ("_dmarc.",)),
    "dmarc unknown": (
        {**SHUT, f"_dmarc.{OWN_DOMAIN}": SERVFAIL},
        ("good", "unknown", False),
        f"See whether {OWN_DOMAIN} publishes",
        (),
    ),
    "nothing known": ({OWN_DOMAIN: SERVFAIL}, ("unknown", "none", None), f"{OWN_DOMAIN} has no DMARC", ("_dmarc.",)),
    "no such domain": ({}, ("unknown", "unknown", None), f"See whether {OWN_DOMAIN} publishes", ()),
}


@pytest.mark.parametrize("name", DOORS)
def test_what_to_do_now_is_what_the_own_domain_does_not_publish(tmp_path: Path, name: str) -> None:
    zone, published, said, pasted = DOORS[name]
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    with dns_thread(zone) as resolver:
        found = survey(tmp_path, "bounces", "--door", "--resolver", resolver)
    (door,) = found["doors"]  # of the own host nothing is asked
    assert (door["domain"], door["spf"], door["dmarc"], door["null_mx"]) == (OWN_DOMAIN, *published)
    unknown = [gap for gap in found["gaps"] if gap.startswith(f"what {OWN_DOMAIN} publishes is not known")]
    assert bool(unknown) is bool(door["errors"]) is ("unknown" in published)
    advice = [one for one in found["advice"] if one["id"] == "spf-dmarc"]
    assert [one["text"].startswith(said) for one in advice] == ([True] if said else [])
    assert all(one["command"] == f"bsaudit defend --domain {OWN_DOMAIN}" for one in advice)
    lines = [line for one in advice for line in one["paste"]]
    assert len(lines) == len(pasted)
    assert all(map(str.startswith, lines, pasted))


def test_nobody_is_asked_about_the_own_domain_unless_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    found = survey(tmp_path, "bounces")
    assert found["doors"] is None
    advice = {one["id"]: one for one in found["advice"]}
    assert advice["spf-dmarc"]["command"] == f"bsaudit defend --domain {OWN_DOMAIN}"
    assert advice["defend"]["command"] == "bsaudit defend postfix"


def test_lines_to_publish_can_be_copied_from_the_text(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    with dns_thread({OWN_DOMAIN: {"MX": ["10 mx.ann.example."]}}) as resolver:
        done = run("survey", *OWNED, "bounces", "--door", "--resolver", resolver, cwd=tmp_path)
    lines = list(map(str.strip, done.stdout.decode().splitlines()))
    assert f'{OWN_DOMAIN}. IN TXT "v=spf1 mx -all"' in lines
    assert f'_dmarc.{OWN_DOMAIN}. IN TXT "v=DMARC1; p=reject; rua=mailto:postmaster@{OWN_DOMAIN}"' in lines


def test_where_no_domain_was_named_none_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    done = run("survey", "--own", OWN_HOST, "--door", "--format", "json", "bounces", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert found["doors"] == []
    assert any("no own domain was named" in gap for gap in found["gaps"])


def since_last(folder: Path, *words: str) -> int:
    env = {**BARE, "XDG_STATE_HOME": str(folder / "state")}
    done = run("survey", *OWNED, "--format", "json", "--since", "last", *words, cwd=folder, env=env)
    assert done.returncode == 0, done.stderr
    return int(json.loads(done.stdout)["totals"]["messages"])


def test_since_last_reads_only_what_was_added_to_an_mbox(tmp_path: Path) -> None:
    box = tmp_path / "bounces"
    box.write_bytes(mbox(*MAIL))
    read = [since_last(tmp_path, "bounces"), since_last(tmp_path, "bounces")]
    with box.open("ab") as stream:
        stream.write(mbox(BOT, OWN))
    read.append(since_last(tmp_path, "bounces"))
    box.rename(tmp_path / "bounces.1")  # rotated
    box.write_bytes(mbox(NEWSLETTER, *MAIL, *MAIL))
    read.append(since_last(tmp_path, "bounces"))
    assert read == [4, 0, 2, 9]


def test_since_last_reads_only_what_came_into_a_maildir(tmp_path: Path) -> None:
    folder = tmp_path / "Maildir"
    maildir(folder, *MAIL)
    read = [since_last(tmp_path, "Maildir"), since_last(tmp_path, "Maildir")]
    seen = next((folder / "new").iterdir())
    seen.rename(folder / "cur" / f"{seen.name}:2,S")  # somebody has read it
    (folder / "new" / "1790000000.M1P1.host").write_bytes(BOT)
    read.append(since_last(tmp_path, "Maildir"))
    assert read == [4, 0, 1]


def test_a_message_that_is_being_delivered_is_counted_once_and_hides_none_behind_it(tmp_path: Path) -> None:
    box, whole = tmp_path / "bounces", mbox(*MAIL, BOT)
    box.write_bytes(whole[: -len(BOT) // 2])
    read = [since_last(tmp_path, "bounces")]
    box.write_bytes(whole + mbox(OWN, BACKSCATTER))
    read += [since_last(tmp_path, "bounces"), since_last(tmp_path, "bounces")]
    assert read == [5, 2, 0]


def test_what_a_survey_could_not_tell_is_still_new_to_the_next(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(*MAIL))
    words = ("survey", *OWNED, "--format", "json", "--since", "last", "bounces")
    with Path("/dev/full").open("wb") as full:
        env = {**BARE, "XDG_STATE_HOME": str(tmp_path / "state")}
        assert subprocess.run([COMMAND, *words], cwd=tmp_path, stdout=full, env=env, check=False).returncode != 0
    assert [since_last(tmp_path, "bounces"), since_last(tmp_path, "bounces")] == [4, 0]


def test_an_interrupted_survey_prints_what_it_read(tmp_path: Path) -> None:
    write = ("--pile", "own", "--write", "own.mbox")
    words = ("survey", *OWNED, "--jobs", "1", "--format", "jsonl", *write, "-")
    with subprocess.Popen([COMMAND, *words], cwd=tmp_path, stdin=-1, stdout=-1, env=BARE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(mbox(*MAIL) * 10)
        process.stdin.flush()
        begun = [process.stdout.readline() for _ in range(9)]
        process.send_signal(signal.SIGINT)
        last = json.loads(process.stdout.read().splitlines()[-1])
        assert process.wait(30) == 130
    assert last["survey"]["interrupted"]
    assert len(begun) <= last["survey"]["totals"]["messages"] <= 40
    written = (tmp_path / "own.mbox").read_bytes().count(b"From MAILER-DAEMON ")
    assert written == last["survey"]["totals"]["own"]


@pytest.mark.parametrize(
    "words", [(), ("--own", "nonsense", "x"), ("--since", "never", "x"), ("--format", "sarif", "x")]
)
def test_wrong_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert run("survey", *words, cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("url", "password", "said"),
    [
        ("imaps://ann@imap.nowhere.invalid/INBOX", "x", "the mailbox's host imap.nowhere.invalid is unknown"),
        ("imaps://ann@127.0.0.1:1/INBOX", "x", "127.0.0.1:1 refuses the connection"),
        ("imaps://ann@imap.example.org/INBOX", "", "no password for ann at imap.example.org"),
        ("imaps://imap.example.org/INBOX", "x", "MAILBOX: no user name in it"),
        ("imaps://ann:secret@imap.example.org/INBOX", "x", "the mailbox URL holds a password"),
    ],
)
def test_errors_of_imap_speak_of_the_mailbox_that_is_surveyed(
    tmp_path: Path, url: str, password: str, said: str
) -> None:
    done = run("survey", *OWNED, url, cwd=tmp_path, env={**BARE, "BSAUDIT_CATCH_PASSWORD": password})
    told = done.stderr.decode()
    assert done.returncode in {2, 4}
    assert said in told
    assert "--catch:" not in told
    assert "catch mailbox" not in told
    assert "secret" not in told


def test_a_mailbox_that_is_cut_off_says_so_and_what_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "cut.gz").write_bytes(gzip.compress(mbox(*MAIL) * 200, compresslevel=0)[:-3000])
    (tmp_path / "notes").mkdir()
    for name in ("notes.txt", "notes/notes.txt"):
        (tmp_path / name).write_text("bread, butter\n")
    done = run("survey", *OWNED, "cut.gz", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Open: cut.gz: compressed with gzip, and damaged or cut off" in done.stdout.decode()
    done = run("survey", *OWNED, "notes.txt", "notes", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    for name in ("notes.txt", "notes"):
        assert f"{name}: no message, it has no header\n  Name an mbox, a Maildir" in done.stderr.decode()


def test_options_are_not_parted_at_a_lines_end(tmp_path: Path) -> None:
    (tmp_path / "bounces").write_bytes(mbox(BOT))
    assert '"--notice HOST"' in " ".join(run("survey", *OWNED, "bounces", cwd=tmp_path).stdout.decode().split())
