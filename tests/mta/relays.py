"""The relays that probes are submitted to, one row each."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mta.host import Host, Service, both
from tests.mta.places import ACCOUNT, AUDITOR_ADDRESS, PASSWORD
from tests.mta.servers.courier import courier
from tests.mta.servers.dovecot import SASL, dovecot
from tests.mta.servers.exim import exim
from tests.mta.servers.opensmtpd import opensmtpd
from tests.mta.servers.postfix import SUBMISSION, postfix
from tests.mta.servers.postsrsd import postsrsd
from tests.mta.servers.sendmail import sendmail

SASL_ACCOUNTS = dovecot(users={ACCOUNT: PASSWORD}, protocols="", config=SASL, ports=(587,))


# A loop through a filter of its own, which calls itself localhost as amavisd does.
FILTER = """127.0.0.1:10025 inet n - n - - smtpd
  -o myhostname=localhost -o content_filter=smtp:[127.0.0.1]:10026 -o mynetworks=127.0.0.0/8
127.0.0.1:10026 inet n - n - - smtpd
  -o content_filter= -o mynetworks=127.0.0.0/8
"""
SRS = {
    "sender_canonical_maps": "tcp:127.0.0.1:10001",
    "sender_canonical_classes": "envelope_sender",
    "recipient_canonical_maps": "tcp:127.0.0.1:10002",
    "recipient_canonical_classes": "envelope_recipient,header_recipient",
}


def postfix_relay(main: Mapping[str, str] | None = None, *, services: str = "", **more: str) -> Service:
    settings = {"mydestination": "localhost"} | dict(main or {}) | more
    return both(postfix(settings, services=SUBMISSION + services), SASL_ACCOUNTS)


def lets_through(*clients: str) -> str:
    """Return relay restrictions that let these hosts send anywhere."""
    allowed = " ".join(f"{{ {client} = permit }}" for client in clients)
    return f"permit_sasl_authenticated, check_client_access inline:{{ {allowed} }}, reject_unauth_destination"


# Networks send port 25 through such hosts: one takes everything and keeps it, one passes it on and bounces by itself.
PROXIES = (
    Host("keeps.isp.example", postfix(mynetworks="0.0.0.0/0", default_transport="discard:silently")),
    Host("passes.isp.example", postfix(mynetworks="0.0.0.0/0")),
)
RELAYS = (
    Host(
        "smtp.carrier.example", postfix_relay(smtpd_relay_restrictions=lets_through("mx.bounces-through-relay.example"))
    ),
    Host("smtp.hub-carrier.example", postfix_relay(relayhost="[out.hub-carrier.example]")),
    Host(
        "out.hub-carrier.example",
        postfix(mydestination="localhost", smtpd_relay_restrictions=lets_through("smtp.hub-carrier.example")),
    ),
    Host("smtp.filter-carrier.example", postfix_relay(services=FILTER, content_filter="smtp:[127.0.0.1]:10025")),
    Host(
        "smtp.srs-carrier.example",
        both(postsrsd("srs-carrier.example"), postfix_relay(SRS, mydestination="srs-carrier.example")),
        mail_for={"srs-carrier.example": 10},
    ),
    Host("smtp.exim-carrier.example", exim(password=PASSWORD, data="")),
    Host("smtp.opensmtpd-carrier.example", opensmtpd(trusted=(AUDITOR_ADDRESS,))),
    Host("smtp.sendmail-carrier.example", sendmail(trusted=(AUDITOR_ADDRESS,), submission=True)),
    Host("smtp.courier-carrier.example", courier(trusted=(AUDITOR_ADDRESS,), port=587)),
)
