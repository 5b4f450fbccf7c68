"""What a bare machine needs before any server: accounts, name resolution, its own name."""

from __future__ import annotations

from pathlib import Path

from tests.mta.host import Host, Setup

PEOPLE = ("alice", "catch")  # real people; everyone else is an unknown recipient
# System accounts that Debian's maintainer scripts would have made, and their own groups.
DAEMONS = (
    "postfix",
    "postdrop",
    "Debian-exim",
    "smmta",
    "smmsp",
    "opensmtpd",
    "opensmtpq",
    "courier",
    "dovecot",
    "dovenull",
    "vmail",
    "unbound",
    "postgrey",
    "postsrsd",
    "amavis",
    "clamav",
    "debian-spamd",
    "haraka",
    "qpsmtpd",
)
FIRST_DAEMON = 2600
FIRST_PERSON = 2700
NSSWITCH = (
    "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\naliases: files\n"
)


def files(host: Host, setup: Setup) -> dict[str, str]:
    """Return the account and name files of one host."""
    people = (*PEOPLE, *setup.users)
    passwd = {
        f"{who}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin" for number, who in _numbered(DAEMONS, FIRST_DAEMON)
    }
    passwd |= {f"{who}:x:{number}:{number}::/home/{who}:/bin/sh" for number, who in _numbered(people, FIRST_PERSON)}
    group = {f"{who}:x:{number}:" for number, who in _numbered(DAEMONS, FIRST_DAEMON)}
    group |= {f"{who}:x:{number}:" for number, who in _numbered(people, FIRST_PERSON)}
    return {
        "/etc/passwd": _without("/etc/passwd", passwd),
        "/etc/group": _without("/etc/group", group),
        "/etc/nsswitch.conf": NSSWITCH,
        "/etc/hostname": f"{host.hostname}\n",
        "/etc/mailname": f"{host.hostname}\n",
        "/etc/hosts": hosts_file(host),
        "/etc/aliases": "postmaster: alice\nabuse: alice\nmailer-daemon: alice\nroot: alice\n",
    }


def homes(setup: Setup) -> str:
    """Return the shell lines that make the home directories."""
    return "".join(f"install -d -o {who} -g {who} /home/{who}\n" for who in (*PEOPLE, *setup.users))


def hosts_file(host: Host) -> str:
    names = dict.fromkeys([host.hostname, host.name])
    return f"127.0.0.1 localhost\n{host.address} {' '.join(names)}\n"


def _numbered(names: tuple[str, ...], first: int) -> enumerate[str]:
    return enumerate(names, first)


def _without(path: str, ours: set[str]) -> str:
    """The machine's own file, less accounts that we define ourselves."""
    names = {line.split(":")[0] for line in ours}
    kept = [line for line in Path(path).read_text().splitlines() if line.split(":")[0] not in names]
    return "\n".join([*kept, *sorted(ours)]) + "\n"
