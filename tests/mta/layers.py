"""Debian packages unpacked into directories of their own, to be laid over the root as overlayfs layers.

MTA packages exclude one another, and none of them should be installed on the machine that tests: each set is
downloaded with what it depends on, unpacked without running maintainer scripts, and kept in the user's cache.
`python -m tests.mta.layers` makes all of them, with nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LAYERS: dict[str, tuple[str, ...]] = {
    "postfix": ("postfix",),
    "exim": ("exim4-daemon-heavy",),
    "sendmail": ("sendmail-bin", "sensible-mda"),
    "opensmtpd": ("opensmtpd",),
    "courier": ("courier-mta",),
    "chasquid": ("chasquid",),
    "qpsmtpd": ("qpsmtpd",),
    "unbound": ("unbound",),
    "dovecot": ("dovecot-imapd", "dovecot-lmtpd", "dovecot-sieve"),
    "swaks": ("swaks",),
    "postgrey": ("postgrey",),
    "postsrsd": ("postsrsd",),
    "amavis": ("amavisd-new", "spamassassin", "clamav-daemon"),
    "mlmmj": ("mlmmj",),
    "vacation": ("vacation",),
    "nftables": ("nftables",),
    "rspamd": ("rspamd",),
}
NPM_LAYERS: dict[str, str] = {"haraka": "Haraka"}
MADE_AT_ONCE = 4  # each waits for the network first, then for tar
MERGED = ("bin", "sbin", "lib", "lib64")  # symbolic links into /usr since bookworm


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "bsaudit-mta"


def layer(name: str) -> Path:
    """Return the directory of one layer, made now if it is not in the cache."""
    directory = cache() / f"{name}-{_key(name)}"
    if not directory.exists():
        with _alone(name):
            if not directory.exists():  # else another laboratory made it meanwhile
                _make(name, directory)
    return directory


def make(names: Iterable[str]) -> None:
    """Make what is missing of these layers, a few at once."""
    with ThreadPoolExecutor(MADE_AT_ONCE) as pool:
        list(pool.map(layer, sorted(names)))


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    """Wait until nobody else makes this layer: laboratories that start side by side share the work."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(name: str, directory: Path) -> None:
    scratch = cache() / f"{name}.tmp"
    shutil.rmtree(scratch, ignore_errors=True)  # of one that was killed
    try:
        _npm(name, scratch) if name in NPM_LAYERS else _debian(name, scratch)
        scratch.rename(directory)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _key(name: str) -> str:
    """A layer holds what the machine lacks: it is good as long as the machine's own packages stay the same."""
    wanted = NPM_LAYERS.get(name) or " ".join(LAYERS[name])
    installed = Path("/var/lib/dpkg/status").read_bytes()
    return hashlib.sha256(wanted.encode() + installed).hexdigest()[:12]


def _debian(name: str, into: Path) -> None:
    archives = into.with_suffix(".debs")
    shutil.rmtree(archives, ignore_errors=True)
    (archives / "partial").mkdir(parents=True)
    try:
        command = ["apt-get", "-q", "-y", "install", "--download-only", "--reinstall", "--no-install-recommends"]
        options = [
            "-o",
            f"Dir::Cache::archives={archives}",
            "-o",
            "Debug::NoLocking=1",
            "-o",
            "Acquire::Retries=3",
            "-o",
            "APT::Sandbox::User=root",
        ]
        _run([*command, *options, *LAYERS[name]])
        _unpack(sorted(archives.glob("*.deb")), into)
    finally:
        shutil.rmtree(archives, ignore_errors=True)


def _unpack(archives: list[Path], into: Path) -> None:
    for old in MERGED:
        (into / "usr" / old).mkdir(parents=True)
        (into / old).symlink_to(f"usr/{old}")
    for archive in archives:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as tar:
            _run(["tar", "-x", "--keep-directory-symlink", "-C", into], stdin=tar.stdout)


def _npm(name: str, into: Path) -> None:
    prefix = into / "opt" / name
    prefix.mkdir(parents=True)
    _run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", prefix, NPM_LAYERS[name]])


def _run(command: list[object], **options: object) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.decode(errors='replace')[-800:]}")


if __name__ == "__main__":
    make(LAYERS | NPM_LAYERS)
