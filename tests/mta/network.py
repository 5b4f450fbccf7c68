"""Breaking a running laboratory for the length of a test: nftables on a host, other parameters of its Postfix."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator

from tests.mta import hosts, layers
from tests.mta.lab import Lab

TABLE = "broken"


def address(name: str) -> str:
    return next(host.address for host in (hosts.AUDITOR, *hosts.HOSTS) if host.name == name)


@contextlib.contextmanager
def filtered(ground: Lab, host: str, *chains: str) -> Iterator[None]:
    """Apply nftables chains, each `NAME { … }`, on `host`; names in `<>` stand for their addresses."""
    text = "\n".join(f"chain {chain}" for chain in chains)
    for name in {word.partition(">")[0] for word in text.split("<")[1:]}:
        text = text.replace(f"<{name}>", address(name))
    _nft(ground, host, f"table ip {TABLE} {{\n{text}\n}}\n")
    try:
        yield
    finally:
        _nft(ground, host, f"delete table ip {TABLE}\n")


def _nft(ground: Lab, host: str, rules: str) -> None:
    """Run nft in the network of `host`; the program is no part of the host."""
    root = layers.layer("nftables")
    program = f"LD_LIBRARY_PATH=$(echo {root}/usr/lib/*-linux-gnu) {root}/usr/sbin/nft -f -"
    forward = "echo 1 >/proc/sys/net/ipv4/ip_forward" if "dnat" in rules else ":"
    done = ground.run_in_network(host, ["sh", "-c", f"{forward}; {program}"], input=rules)
    assert done.returncode == 0, done.stderr + rules


@contextlib.contextmanager
def configured(ground: Lab, host: str, **settings: str) -> Iterator[None]:
    """Set parameters of the Postfix on `host` (postconf(5)) and take them back."""
    words = " ".join(shlex.quote(f"{name}={value}") for name, value in settings.items())
    _sh(ground, host, f"cp /etc/postfix/main.cf /etc/postfix/main.cf.kept && postconf -e {words} && postfix reload")
    try:
        yield
    finally:
        _sh(ground, host, "mv /etc/postfix/main.cf.kept /etc/postfix/main.cf && postfix reload")


@contextlib.contextmanager
def edited(ground: Lab, host: str, file: str, edit: str, reload: str) -> Iterator[None]:
    """Change a file of `host` by sed(1), have its server read it anew by `reload`, and take that back."""
    kept, quoted = shlex.quote(f"{file}.kept"), shlex.quote(file)
    _sh(ground, host, f"cp {quoted} {kept} && sed -i {shlex.quote(edit)} {quoted} && {reload}")
    try:
        yield
    finally:
        _sh(ground, host, f"cp {kept} {quoted} && {reload}")


def _sh(ground: Lab, host: str, script: str) -> None:
    done = ground.run(host, ["sh", "-c", script])
    assert done.returncode == 0, done.stderr
