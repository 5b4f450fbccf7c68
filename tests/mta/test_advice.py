"""The advice of a report, pasted word for word into the guilty servers: what was backscatter is clean afterwards.

The tests hold no setting of their own: what is written comes from the JSON report, and only lists of addresses, which
no report can know, are the site's. The laboratory is one of its own, since its servers are not the same afterwards.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mta import audit, lab
from tests.mta.conftest import laboratory_of

pytestmark = [pytest.mark.mta, pytest.mark.timeout(500)]

# What the hosts behind the gateways refuse for its content is another matter, with an advice of its own.
RECIPIENTS = ("unknown-recipient", "mixed-recipients", "null-reverse-path")
CONTENT = ("spam", "virus", "banned-attachment")
TIMES = ("--wait", "30s", "--grace", "5s", "--rate", "5")
# Ends a host's own processes of a name, and waits until they are gone: all hosts have one table of processes.
END = r"""end() {
  for one in /proc/[0-9]*; do
    if [ "$(cat $one/comm)" = "$1" ] && [ "$(readlink $one/ns/mnt)" = "$(readlink /proc/self/ns/mnt)" ]; then
      kill ${one#/proc/} || :
      while [ -e $one/exe ]; do sleep 0.1; done
    fi 2>/dev/null
  done
}
answers() { until (exec 3<>/dev/tcp/127.0.0.1/25) 2>/dev/null; do sleep 0.1; done; }
"""

Place = Callable[[str, str], str]


def at_the_end(text: str, lines: str) -> str:
    return text + lines


def at_the_top(text: str, lines: str) -> str:
    return lines + text


def before_the_first_match(text: str, lines: str) -> str:
    return text.replace("\nmatch ", f"\n{lines}match ", 1)


def before_the_last_line(text: str, lines: str) -> str:
    return re.sub(r"^(?=1;)", lambda _: lines, text, count=1, flags=re.MULTILINE)


def in_the_rcpt_acl(text: str, lines: str) -> str:
    """Paste before the last `accept` of the ACL that `acl_smtp_rcpt` names."""
    (name,) = re.findall(r"^acl_smtp_rcpt = (\w+)$", text, re.MULTILINE)
    acl = re.search(rf"^{name}:\n(?:[ \t].*\n|\n)*", text, re.MULTILINE)
    assert acl
    at = acl.start() + acl[0].rindex("  accept")
    return text[:at] + lines + text[at:]


@dataclass(frozen=True)
class Guilty:
    """A server that bounces: its product, the place in each file of the advice, and what makes it read them anew.

    `probes` are the kinds that it bounces, `lists` the files of valid addresses that the advice asks for. Files that
    are not absolute lie below `root`.
    """

    product: str
    places: dict[str, Place]
    again: str
    lists: tuple[str, ...] = ()
    root: str = "/"
    probes: tuple[str, ...] = RECIPIENTS


POSTFIX = Guilty("Postfix", {"/etc/postfix/main.cf": at_the_end}, "postfix reload")
EXIM = Guilty("Exim", {"/etc/exim4/exim4.conf": in_the_rcpt_acl}, "end exim4; /usr/sbin/exim4 -bd -q1s; answers")
OPENSMTPD = Guilty(
    "OpenSMTPD",
    {"/etc/smtpd.conf": before_the_first_match},
    "end smtpd; smtpd -n && { smtpd -d >>/var/log/smtpd.log 2>&1 & } && answers",
    lists=("/etc/mail/recipients",),
)
HARAKA = Guilty(
    "Haraka",
    {"plugins/known_recipients.js": at_the_top, "config/plugins": at_the_top},
    "end node; answers",  # it is started again by itself
    lists=("config/known_recipients",),
    root="/srv/haraka",
)
AMAVIS = Guilty(
    "amavisd",
    {"/etc/amavis/conf.d/50-user": before_the_last_line},
    # Debian's amavisd-new reads that directory by itself, after which comes nothing.
    "own='amavisd -c /etc/amavis/lab.conf'; $own stop; $own -c /etc/amavis/conf.d/50-user",
    probes=CONTENT,
)
SERVERS = {
    "postfix-bounces.example": POSTFIX,
    "postfix-gateway.example": POSTFIX,
    "exim-bounces.example": EXIM,
    "half-borrowed.example": EXIM,
    "opensmtpd-gateway.example": OPENSMTPD,
    "haraka-bounces.example": HARAKA,
    "amavis-bounces.example": AMAVIS,
}


@pytest.fixture(scope="module")
def own() -> Iterator[lab.Lab]:
    with laboratory_of(*SERVERS) as running:
        yield running


def paste(ground: lab.Lab, domain: str, advice: dict) -> None:
    """Do what an administrator does with an advice of the report: each of its pieces into its file, word for word."""
    server, host = SERVERS[domain], f"mx.{domain}"
    assert advice["paste"], advice
    for one in advice["paste"]:
        name = str(Path(server.root, one["file"]))
        text = ground.run(host, ["cat", name]).stdout
        write(ground, host, name, server.places[one["file"]](text, one["lines"] + "\n"))
    for name in server.lists:
        write(ground, host, str(Path(server.root, name)), f"alice@{domain}\npostmaster@{domain}\nabuse@{domain}\n")
    # A daemon keeps the descriptors that it is started with: a pipe to us would never end.
    done = ground.run(host, ["bash", "-c", f"exec </dev/null >/var/log/again.log 2>&1\n{END}{server.again}"])
    assert done.returncode == 0, ground.log(host, "/var/log/again.log")


def write(ground: lab.Lab, host: str, name: str, text: str) -> None:
    command = f"mkdir -p $(dirname {shlex.quote(name)}) && cat >{shlex.quote(name)}"
    done = ground.run(host, ["sh", "-c", command], input=text)
    assert done.returncode == 0, done.stderr


def audited(ground: lab.Lab, state: Path) -> dict[str, dict]:
    """Audit every server with the probes that it is here for, and return what the reports say of each."""
    entries = {}
    for probes in (RECIPIENTS, CONTENT):
        domains = [domain for domain, server in SERVERS.items() if server.probes == probes]
        kinds = [word for kind in probes for word in ("--probe", kind)]
        ran = audit.probe(ground, state / probes[0], domains, *TIMES, *kinds)
        entries |= {domain: ran.target(domain) for domain in domains}
    return entries


@pytest.fixture(scope="module")
def before_and_after(own: lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    """Audit all, do what the report says, and audit again."""
    state = tmp_path_factory.mktemp("advice")
    before = audited(own, state / "before")
    for domain, entry in before.items():
        for advice in entry["advice"]:
            paste(own, domain, advice)
    return before, audited(own, state / "after")


@pytest.mark.parametrize("domain", SERVERS)
def test_the_setting_of_the_report_ends_the_backscatter(before_and_after: tuple[dict, dict], domain: str) -> None:
    before, after = (entries[domain] for entries in before_and_after)
    assert before["verdict"] == "backscatter", before["explanation"]
    (advice,) = before["advice"]
    assert (advice["product"], advice["confidence"]) == (SERVERS[domain].product, "high")
    assert after["verdict"] == "clean", after["explanation"]
    assert after["advice"] == []
