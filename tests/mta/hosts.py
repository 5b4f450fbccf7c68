"""The map of the laboratory: every host is a row, the DNS data follow from the rows."""

from __future__ import annotations

from dataclasses import replace

from tests.mta.host import FIRST_ADDRESS, INSIDE, OUTSIDE, Host, both
from tests.mta.servers.dovecot import SASL, dovecot
from tests.mta.servers.postfix import REFUSES_CONTENT, postfix
from tests.mta.servers.unbound import unbound

NETWORKS = (f"{OUTSIDE}.0/24", f"{INSIDE}.0/24")
RESOLVER = f"{OUTSIDE}.2"
AUDITOR = Host("desk.auditor.example", service=lambda _: NotImplemented, address=f"{OUTSIDE}.3")
NOBODY = f"{OUTSIDE}.250"  # no host has this address

CATCH_DOMAIN = "returns.example"
CATCH_MX = f"mx.{CATCH_DOMAIN}"
CATCH_USER = "catch"
PASSWORD = "correct horse"  # of every account, in a network of its own

SUBMISSION = f"""submission inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
  -o smtpd_sasl_type=dovecot -o smtpd_sasl_path=private/auth
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
"""
ACCOUNTS = {"auditor": PASSWORD}

CATCH = Host(
    CATCH_MX,
    both(postfix(), dovecot(users={CATCH_USER: PASSWORD})),
    mail_for={CATCH_DOMAIN: 10},
)
RELAY = Host(
    "smtp.carrier.example",
    both(
        postfix(services=SUBMISSION, mydestination="localhost"),
        dovecot(users=ACCOUNTS, protocols="", config=SASL, ports=(587,)),
    ),
)



def inner(domain: str, host: str = "") -> dict[str, str]:
    """Return the main.cf of a gateway: every recipient of `domain` is taken and sent on to `inner.DOMAIN`."""
    route = f"inline:{{ {{ {domain} = smtp:[{host or 'inner.' + domain}] }} }}"
    return {"mydestination": "localhost", "relay_domains": domain, "relay_recipient_maps": "", "transport_maps": route}


TARGETS = (
    Host("mx.postfix-rejects.example", postfix(REFUSES_CONTENT), mail_for={"postfix-rejects.example": 10}),
    Host("mx.postfix-gateway.example",
         postfix(inner("postfix-gateway.example")),
         mail_for={"postfix-gateway.example": 10}),
    Host("inner.postfix-gateway.example", postfix(REFUSES_CONTENT), serves=("postfix-gateway.example",), inside=True),
    Host("mx.postfix-bounces.example", postfix(local_recipient_maps=""), mail_for={"postfix-bounces.example": 10}),
)

# What no host says: names that lead nowhere.
RECORDS = (f"unreachable.{CATCH_DOMAIN} A {NOBODY}",)


def _addressed(hosts: tuple[Host, ...]) -> tuple[Host, ...]:
    """Give every host that has none the next address of its network."""
    free = {OUTSIDE: FIRST_ADDRESS, INSIDE: FIRST_ADDRESS}
    done = []
    for host in hosts:
        network = INSIDE if host.inside else OUTSIDE
        done.append(host if host.address else replace(host, address=f"{network}.{free[network]}"))
        free[network] += 1
    return tuple(done)


def zone() -> tuple[str, ...]:
    """Return the DNS data: A, PTR and MX of every row, and `RECORDS`."""
    records = list(RECORDS)
    for host in (AUDITOR, *_addressed((CATCH, RELAY, *TARGETS))):
        reverse = ".".join(reversed(host.address.split(".")))
        records += [f"{host.name} A {host.address}", f"{reverse}.in-addr.arpa PTR {host.name}."]
        records += [f"{domain} MX {preference} {host.name}." for domain, preference in host.mail_for.items()]
    return tuple(records)


RESOLVING = Host("ns.lab.example", unbound(zone()), address=RESOLVER)
HOSTS = (RESOLVING, *_addressed((CATCH, RELAY, *TARGETS)))
