"""Where raw mail is kept: readable by its owner alone, never through a link, never over something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bsaudit.adapters.keep import keep


def test_it_is_its_owners_alone_also_in_a_directory_that_is_open_to_all(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keep(tmp_path / "a.eml", b"mail")
    finally:
        os.umask(before)
    assert (tmp_path / "a.eml").stat().st_mode & 0o777 == 0o600


def test_a_link_is_not_followed_wherever_it_leads(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"keep me")
    for name, to in (("a.eml", "precious"), ("b.eml", "nowhere")):
        (tmp_path / name).symlink_to(tmp_path / to)
        with pytest.raises(FileExistsError):
            keep(tmp_path / name, b"mail")
    assert (tmp_path / "precious").read_bytes() == b"keep me"
    assert not (tmp_path / "nowhere").exists()


def test_the_same_message_again_is_kept_already_and_another_file_is_not_overwritten(tmp_path: Path) -> None:
    keep(tmp_path / "a.eml", b"mail")
    keep(tmp_path / "a.eml", b"mail")
    with pytest.raises(FileExistsError):
        keep(tmp_path / "a.eml", b"other mail")
    assert (tmp_path / "a.eml").read_bytes() == b"mail"
