"""The advice of a report, pasted word for word into the guilty servers: what was backscatter is clean afterwards.

The tests hold no setting of their own: what is written comes from the JSON report, and only the addresses, which no
report can know, are the site's. The laboratory is one of its own, since its servers are not the same afterwards.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bsaudit.judge.product import recognise
from tests.mta import audit, lab
from tests.mta.conftest import laboratory_of

pytestmark = [pytest.mark.mta, pytest.mark.timeout(500)]

# What the hosts behind the gateways refuse for its content is another matter, with an advice of its own.
RECIPIENTS = ("unknown-recipient", "mixed-recipients", "null-reverse-path")
CONTENT = ("spam", "virus", "banned-attachment")
ANSWERS = ("autoresponder",)
VALID = ("alice", "postmaster", "abuse")
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
answers() { until (exec 3<>/dev/tcp/${1:-127.0.0.1}/25) 2>/dev/null; do sleep 0.1; done; }
"""

Place = Callable[[str, str], str]


def at_the_end(text: str, lines: str) -> str:
    return text + lines


def at_the_top(text: str, lines: str) -> str:
    return lines + text


def before_the_mailers(text: str, lines: str) -> str:
    return text.replace("\nMAILER(", f"\n{lines}MAILER(", 1)


def before_rcpt_ok(text: str, lines: str) -> str:
    return text.replace("rcpt_ok\n", f"{lines}rcpt_ok\n", 1)


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

    `probes` are the kinds that it bounces, `named` an option and the user that it names. Where a file has no place, the
    lines go to its end. Files that are not absolute lie below `root`. `site` is the domain below which its host is
    called, where that serves others too. `afterwards` are the verdict that the setting leads to, and what answers then.
    """

    product: str
    places: dict[str, Place]
    again: str
    root: str = "/"
    probes: tuple[str, ...] = RECIPIENTS
    named: tuple[str, ...] = ()
    site: str = ""
    afterwards: tuple[str, list[str]] = ("clean", [])


POSTFIX = Guilty("Postfix", {}, "postfix reload")
EXIM = Guilty("Exim", {"/etc/exim4/exim4.conf": in_the_rcpt_acl}, "end exim4; /usr/sbin/exim4 -bd -q2s; answers")
OPENSMTPD = Guilty(
    "OpenSMTPD",
    {"/etc/smtpd.conf": before_the_first_match},
    "end smtpd; smtpd -n && { smtpd -d >>/var/log/smtpd.log 2>&1 & } && answers",
)
HARAKA = Guilty(
    "Haraka",
    {"config/plugins": at_the_top},
    "end node; answers",  # it is started again by itself
    root="/srv/haraka",
)
AMAVIS = Guilty(
    "amavisd",
    {"/etc/amavis/conf.d/50-user": before_the_last_line},
    # Debian's amavisd-new reads that directory by itself, after which comes nothing.
    "own='amavisd -c /etc/amavis/lab.conf'; $own stop; $own -c /etc/amavis/conf.d/50-user",
    probes=CONTENT,
)
SENDMAIL = Guilty(
    "Sendmail",
    {"/etc/mail/sendmail.mc": before_the_mailers},
    # As Debian's make -C /etc/mail does.
    "cd /etc/mail; m4 sendmail.mc >sendmail.cf; makemap hash access <access; end sendmail\n"
    "/usr/libexec/sendmail/sendmail -bd -q2s; answers",
)
COURIER = Guilty("Courier", {}, "makehosteddomains && makealiases && courier restart && esmtpd restart; answers")
QPSMTPD = Guilty(
    "qpsmtpd",
    {"/etc/qpsmtpd/plugins": before_rcpt_ok},
    "pid=$(cat /run/qpsmtpd/pid); kill $pid; while [ -e /proc/$pid/exe ]; do sleep 0.1; done\n"
    "start-qpsmtpd & answers $(hostname -I)",
)
DOVECOT = "doveadm stop; while [ -e /run/dovecot/master.pid ]; do sleep 0.1; done; dovecot"
PIGEONHOLE = "Dovecot Pigeonhole (Sieve)"
SIEVE = Guilty(
    PIGEONHOLE,
    {},
    DOVECOT,
    probes=ANSWERS,
    named=("--autoresponder", "stern"),
    site="mailboxes.example",
)
# Ordinary mail is answered as before, which is a finding: clean is who answers nobody.
VACATION = Guilty(
    PIGEONHOLE, {}, DOVECOT, probes=ANSWERS, named=("--autoresponder", "away"), afterwards=("inconclusive", ["answers"])
)
SERVERS = {
    "postfix-bounces.example": POSTFIX,
    "postfix-gateway.example": POSTFIX,
    "exim-bounces.example": EXIM,
    "half-borrowed.example": EXIM,
    "opensmtpd-gateway.example": OPENSMTPD,
    "haraka-bounces.example": HARAKA,
    "sendmail-gateway.example": SENDMAIL,
    "courier-gateway.example": COURIER,
    "qpsmtpd-bounces.example": QPSMTPD,
    "amavis-bounces.example": AMAVIS,
    "sieve-reject.example": SIEVE,
    "answers-spam.example": VACATION,
}


# Postfix and OpenSMTPD say none; Haraka's is whatever npm has today.
VERSIONS = {
    "exim-bounces.example": "4.",
    "sendmail-gateway.example": "8.1",
    "qpsmtpd-bounces.example": "0.9",
    "haraka-bounces.example": "3.",
}
HABITS = {
    "postfix-bounces.example": "Postfix",
    "exim-bounces.example": "Exim",
    "courier-gateway.example": "Courier",
    "haraka-bounces.example": "Haraka",
}


@pytest.fixture(scope="module")
def own() -> Iterator[lab.Lab]:
    with laboratory_of(*(server.site or domain for domain, server in SERVERS.items())) as running:
        yield running


def paste(ground: lab.Lab, domain: str, advice: dict) -> None:
    """Do what an administrator does with an advice of the report: each of its pieces into its file, word for word."""
    server = SERVERS[domain]
    host = f"mx.{server.site or domain}"
    assert advice["paste"], advice
    for one in advice["paste"]:
        name = str(Path(server.root, one["file"]))
        text = ground.run(host, ["cat", name]).stdout
        write(ground, host, name, server.places.get(one["file"], at_the_end)(text, written(one, domain)))
    # A daemon keeps the descriptors that it is started with: a pipe to us would never end.
    done = ground.run(host, ["bash", "-c", f"exec </dev/null >/var/log/again.log 2>&1\n{END}{server.again}"])
    assert done.returncode == 0, ground.log(host, "/var/log/again.log")


def written(piece: dict, domain: str) -> str:
    """Return the lines as they stand, or one for each address of the site."""
    users = VALID if piece["for_each_address"] else ("",)
    lines = (piece["lines"].replace("{address}", f"{user}@{domain}").replace("{user}", user) for user in users)
    return "".join(f"{line}\n" for line in lines)


def write(ground: lab.Lab, host: str, name: str, text: str) -> None:
    command = f"mkdir -p $(dirname {shlex.quote(name)}) && cat >{shlex.quote(name)}"
    done = ground.run(host, ["sh", "-c", command], input=text)
    assert done.returncode == 0, done.stderr


def audited(ground: lab.Lab, state: Path) -> dict[str, dict]:
    """Audit every server with the probes that it is here for, and return what the reports say of each."""
    entries = {}
    for probes in (RECIPIENTS, CONTENT, ANSWERS):
        domains = [domain for domain, server in SERVERS.items() if server.probes == probes]
        kinds = [word for kind in probes for word in ("--probe", kind)]
        named = [word for domain in domains for word in naming(domain)]
        ran = audit.probe(ground, state / probes[0], domains, *TIMES, *kinds, *named)
        entries |= {domain: ran.target(domain) for domain in domains}
    return entries


def naming(domain: str) -> list[str]:
    named = SERVERS[domain].named
    return [named[0], f"{named[1]}@{domain}"] if named else []


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
    verdict, findings = SERVERS[domain].afterwards
    assert after["verdict"] == verdict, after["explanation"]
    assert [one["id"] for one in after["findings"] if one["id"].startswith("answer")] == findings
    assert after["advice"] == []


@pytest.mark.parametrize(("domain", "begins"), VERSIONS.items())
def test_the_version_is_the_one_that_runs_there(before_and_after: tuple[dict, dict], domain: str, begins: str) -> None:
    (advice,) = before_and_after[0][domain]["advice"]
    assert advice["version"].startswith(begins)


@pytest.mark.parametrize("domain", HABITS)
def test_what_it_answers_tells_a_server_that_hides_its_name(before_and_after: tuple[dict, dict], domain: str) -> None:
    _, *said = before_and_after[0][domain]["example"]["transcript"]
    assert recognise([], [], replies=[one["text"] for one in said]).product.name == HABITS[domain]
