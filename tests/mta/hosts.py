"""The map of the laboratory: relays, targets and our own side, with addresses; the DNS data follow from the rows."""

from __future__ import annotations

from dataclasses import replace

from tests.mta import defended, images, kinds, targets
from tests.mta.host import FIRST_ADDRESS, INSIDE, OUTSIDE, Host, Setup, both
from tests.mta.places import (
    ACCOUNT,
    AUDITOR_ADDRESS,
    CATCH_DOMAIN,
    CATCH_MX,
    CATCH_USER,
    MBOX,
    MBOX_USER,
    NOBODY,
    PASSWORD,
    RESOLVER,
    SINK_DOMAIN,
)
from tests.mta.relays import PROXIES, RELAYS
from tests.mta.servers.dovecot import SASL, dovecot
from tests.mta.servers.postfix import SUBMISSION, postfix
from tests.mta.servers.unbound import unbound

# It is the MX of a domain of its own, for runs that catch by themselves.
AUDITOR = Host(
    "desk.auditor.example", lambda _: Setup(layers=(), script=""), mail_for={SINK_DOMAIN: 10}, address=AUDITOR_ADDRESS
)
# A user whose mail goes into one file, as in the old days.
FILER = Setup(
    layers=(),
    script=f"install -o {MBOX_USER} -m 600 /dev/null {MBOX}",
    files={f"/home/{MBOX_USER}/.forward": f"{MBOX}\n"},
    users=(MBOX_USER,),
    ports=(),
)
# The catch MX takes submissions too: one machine for both is common, and hard to tell apart.
CATCH = Host(
    CATCH_MX,
    both(
        postfix(services=SUBMISSION),
        dovecot(users={CATCH_USER: PASSWORD, ACCOUNT: PASSWORD}, config=SASL),
        lambda _: FILER,
    ),
    mail_for={CATCH_DOMAIN: 10, **kinds.CATCH_DOMAINS},
)
UNREACHABLE = f"unreachable.{CATCH_DOMAIN} A {NOBODY}"


def addressed(rows: tuple[Host, ...]) -> tuple[Host, ...]:
    """Give every host that has none the next address of its network."""
    free = {OUTSIDE: FIRST_ADDRESS, INSIDE: FIRST_ADDRESS}
    done = []
    for host in rows:
        network = INSIDE if host.inside else OUTSIDE
        done.append(host if host.address else replace(host, address=f"{network}.{free[network]}"))
        free[network] += 1
    return tuple(done)


def zone(rows: tuple[Host, ...]) -> tuple[str, ...]:
    """Return the DNS data: A, PTR and MX of every row, and the records that no row says."""
    records = [UNREACHABLE, *targets.RECORDS, *kinds.RECORDS, *defended.RECORDS]
    for host in rows:
        reverse = ".".join(reversed(host.address.split(".")))
        records += [f"{host.name} A {host.address}", f"{reverse}.in-addr.arpa PTR {host.name}."]
        records += [f"{domain} MX {preference} {host.name}." for domain, preference in host.mail_for.items()]
    return tuple(records)


ROWS = addressed((CATCH, *RELAYS, *targets.TARGETS, *kinds.TARGETS, *PROXIES, *images.TARGETS, *defended.HOSTS))
HOSTS = (Host("ns.lab.example", unbound(zone((AUDITOR, *ROWS))), address=RESOLVER), *ROWS)
