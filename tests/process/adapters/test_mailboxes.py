"""What comes into a mailbox while it is surveyed: read now or by the next survey, never twice, never lost."""

from __future__ import annotations

from pathlib import Path

from bsaudit.adapters.mailboxes import Mailbox
from tests.support.mailboxes import BACKSCATTER, NEWSLETTER, OWN, mbox


def messages(box: Mailbox) -> int:
    return sum(piece.messages for piece in box.pieces())


def test_what_is_added_to_an_mbox_meanwhile_is_for_the_next(tmp_path: Path) -> None:
    file = tmp_path / "bounces"
    file.write_bytes(mbox(OWN))
    box = Mailbox(str(file))
    file.write_bytes(mbox(OWN, BACKSCATTER, NEWSLETTER))
    assert messages(box) == 1
    assert messages(Mailbox(str(file), box.mark(whole=True))) == 2


def test_what_comes_into_a_maildir_meanwhile_is_for_the_next(tmp_path: Path) -> None:
    cur, new = tmp_path / "cur", tmp_path / "new"
    for folder in (cur, new):
        folder.mkdir()
    (new / "1.a").write_bytes(OWN)
    box = Mailbox(str(tmp_path))
    assert messages(box) == 1
    (new / "2.b").write_bytes(OWN)
    second = Mailbox(str(tmp_path), box.mark(whole=True))
    assert [piece.item for piece in second.pieces()] == [str(new / "2.b")]
    assert messages(Mailbox(str(tmp_path), second.mark(whole=True))) == 0


def test_what_moves_before_it_is_opened_is_for_the_next(tmp_path: Path) -> None:
    for name in ("cur", "new"):
        (tmp_path / name).mkdir()
    first = tmp_path / "new" / "1.a"
    first.write_bytes(OWN)
    box = Mailbox(str(tmp_path))
    assert messages(box) == 1
    first.rename(tmp_path / "cur" / "1.a:2,S")
    box.note(0, unread=str(first))
    assert messages(Mailbox(str(tmp_path), box.mark(whole=True))) == 1
