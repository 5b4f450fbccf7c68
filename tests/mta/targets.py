"""The targets, one row each: a domain, the server that is its MX, and the host behind it if there is one."""

from __future__ import annotations

from tests.mta.host import Host, Service
from tests.mta.servers.exim import exim
from tests.mta.servers.haraka import haraka
from tests.mta.servers.opensmtpd import opensmtpd
from tests.mta.servers.courier import courier
from tests.mta.servers.postfix import REFUSES_CONTENT, gateway, postfix
from tests.mta.servers.sendmail import sendmail


def target(domain: str, service: Service, *, inner: Service | None = None, calls_itself: str = "") -> tuple[Host, ...]:
    """Return `mx.DOMAIN`, and `inner.DOMAIN` on the inside network if `inner` is given."""
    outer = Host(f"mx.{domain}", service, mail_for={domain: 10}, calls_itself=calls_itself)
    behind = (Host(f"inner.{domain}", inner, serves=(domain,), inside=True),) if inner else ()
    return (outer, *behind)


REJECTING = postfix(REFUSES_CONTENT)

TARGETS = (
    *target("postfix-rejects.example", REJECTING),
    *target("postfix-gateway.example", gateway(), inner=REJECTING),
    *target("postfix-bounces.example", postfix(local_recipient_maps="")),
    *target("exim-rejects.example", exim()),
    *target("exim-bounces.example", exim(rcpt="", data="")),
    *target("opensmtpd-rejects.example", opensmtpd()),
    *target("opensmtpd-gateway.example", opensmtpd(local='relay host "smtp://{inner}"'), inner=REJECTING),
    *target("haraka-rejects.example", haraka(verifies=True), inner=postfix()),
    *target("haraka-bounces.example", haraka(verifies=False), inner=REJECTING),
    *target("sendmail-rejects.example", sendmail()),
    *target("sendmail-gateway.example", sendmail(gateway=True), inner=REJECTING),
    *target("courier-rejects.example", courier()),
    *target("courier-gateway.example", courier(gateway=True, backscatter=True), inner=REJECTING),
)

# What no host says: names that lead nowhere.
RECORDS: tuple[str, ...] = ()
