"""The targets, one row each: a domain, the server that is its MX, and the host behind it if there is one."""

from __future__ import annotations

from tests.mta.host import Host, Service, both
from tests.mta.places import RESOLVER
from tests.mta.relays import lets_through
from tests.mta.servers.chasquid import chasquid
from tests.mta.servers.courier import courier
from tests.mta.servers.exim import VERIFY, VERIFY_SENDER_BY_CALLOUT, exim
from tests.mta.servers.haraka import haraka
from tests.mta.servers.opensmtpd import opensmtpd
from tests.mta.servers.postfix import REFUSES_CONTENT, gateway, postfix
from tests.mta.servers.postgrey import ASK, postgrey
from tests.mta.servers.qpsmtpd import qpsmtpd
from tests.mta.servers.scanner import AFTER_QUEUE, BEFORE_QUEUE, scanned
from tests.mta.servers.sendmail import sendmail


def target(domain: str, service: Service, *, inner: Service | None = None, calls_itself: str = "") -> tuple[Host, ...]:
    """Return `mx.DOMAIN`, and `inner.DOMAIN` on the inside network if `inner` is given."""
    outer = Host(f"mx.{domain}", service, mail_for={domain: 10}, calls_itself=calls_itself)
    behind = (Host(f"inner.{domain}", inner, serves=(domain,), inside=True),) if inner else ()
    return (outer, *behind)


# A relay that finds its own name in the greeting calls it a loop: in the session the host uses the name it has in DNS.
CALLED_PROPERLY = "-o myhostname=mx.borrowed-name.example"
DEAD = "dead.nowhere.example"  # a host without a mail server: it refuses connections
VERIFIES_RECIPIENTS = {
    "smtpd_recipient_restrictions": "reject_unverified_recipient",
    "unverified_recipient_reject_code": "550",
    "address_verify_map": "",
}
DISCARDS = {
    "local_recipient_maps": "",
    "fallback_transport": "discard:silently",
    "body_checks": "regexp:{{/GTUBE|^WDVPIV/ DISCARD}}",
}


def inner_is(host: str) -> dict[str, str]:
    return {"default_transport": "smtp", "relay_transport": f"smtp:[{host}]", "transport_maps": ""}


REJECTING = postfix(REFUSES_CONTENT)

SERVERS = (
    *target("postfix-rejects.example", REJECTING),
    *target("postfix-gateway.example", gateway(), inner=REJECTING),
    *target("postfix-bounces.example", postfix(local_recipient_maps="")),
    *target("exim-rejects.example", exim()),
    *target("exim-bounces.example", exim(rcpt="", data="")),
    *target("opensmtpd-rejects.example", opensmtpd()),
    *target("broken-starttls.example", opensmtpd(tls=True)),
    *target("opensmtpd-gateway.example", opensmtpd(local='relay host "smtp://{inner}"'), inner=REJECTING),
    *target("haraka-rejects.example", haraka(verifies=True), inner=postfix()),
    *target("haraka-bounces.example", haraka(verifies=False), inner=REJECTING),
    *target("sendmail-rejects.example", sendmail()),
    *target("sendmail-gateway.example", sendmail(gateway=True), inner=REJECTING),
    *target("courier-rejects.example", courier(backscatter=True)),
    *target("courier-suppresses.example", courier(gateway=True), inner=REJECTING),
    *target("courier-gateway.example", courier(gateway=True, backscatter=True), inner=REJECTING),
    *target("qpsmtpd-bounces.example", qpsmtpd(), inner=REJECTING),
    *target("chasquid-forwards.example", chasquid(aliases="*: gone@postfix-rejects.example\n")),
)

GATEWAYS = (
    # The primary refuses; the backup takes everything and finds out later.
    Host("mx1.backup-mx.example", REJECTING, mail_for={"backup-mx.example": 10}),
    Host(
        "mx2.backup-mx.example",
        gateway(transport_maps="inline:{ { backup-mx.example = smtp:[mx1.backup-mx.example] } }"),
        mail_for={"backup-mx.example": 20},
    ),
    # The primary is down, so that the backup gets all mail.
    Host("mx2.primary-down.example", gateway(), mail_for={"primary-down.example": 20}),
    Host("inner.primary-down.example", REJECTING, serves=("primary-down.example",), inside=True),
    *target("inner-bounces.example", gateway(), inner=postfix(local_recipient_maps="")),
    *target("verifies.example", gateway(REFUSES_CONTENT | VERIFIES_RECIPIENTS), inner=postfix()),
    *target("strips-received.example", gateway(header_checks="regexp:{{/^Received:/ IGNORE}}"), inner=REJECTING),
    *target(
        "borrowed-name.example", gateway(smtpd=CALLED_PROPERLY), inner=REJECTING, calls_itself="smtp.carrier.example"
    ),
    *target(
        "half-borrowed.example",
        exim(rcpt="", data="", gateway=True, main="smtp_active_hostname = mx.half-borrowed.example"),
        inner=REJECTING,
        calls_itself="smtp.carrier.example",
    ),
    *target("localhost-name.example", gateway(), inner=REJECTING, calls_itself="localhost.localdomain"),
    *target("bounces-through-relay.example", gateway(relayhost="[smtp.carrier.example]"), inner=REJECTING),
    *target("bounces-through-smarthost.example", gateway(relayhost="[out.provider.example]"), inner=REJECTING),
    Host(
        "out.provider.example",
        postfix(
            mydestination="localhost", smtpd_relay_restrictions=lets_through("mx.bounces-through-smarthost.example")
        ),
    ),
    *target("late-bounce.example", gateway(inner_is(DEAD), maximal_queue_lifetime="6s")),
    # Postfix tells of a delay only if nobody asked for DSNs: this one is silent unless the relay has none.
    *target("delay-unasked.example", gateway(inner_is(DEAD), maximal_queue_lifetime="1h", delay_warning_time="3s")),
    *target(
        "delay-notice.example",
        # Exim warns after an attempt only, and the host's retry time lets one message a run have one: hence -qff.
        exim(rcpt="", data="", gateway=True, inner=DEAD, retry="1h", main="delay_warning = 1s:1h", runner="-qff1s"),
    ),
)
POLICIES = (
    *target("greylists.example", both(postgrey(2), postfix(REFUSES_CONTENT, smtpd_recipient_restrictions=ASK))),
    # It knows a sender without the tag, from one test to the next: longer than all of them take together.
    *target(
        "greylists-long.example", both(postgrey(86_400), postfix(REFUSES_CONTENT, smtpd_recipient_restrictions=ASK))
    ),
    *target("discards.example", postfix(DISCARDS)),
    *target("alias-fails.example", postfix(REFUSES_CONTENT, alias_maps="inline:{ { alice = gone } }")),
    *target("alias-abroad.example", postfix(alias_maps="inline:{ { alice = gone@postfix-rejects.example } }")),
    Host("implicit-mx.example", postfix(REFUSES_CONTENT), serves=("implicit-mx.example",)),
)

FILTERS = (
    *target("amavis-bounces.example", scanned(AFTER_QUEUE, "D_BOUNCE")),
    *target("amavis-rejects.example", scanned({}, "D_REJECT", smtpd=BEFORE_QUEUE)),
    *target("callout.example", exim(rcpt=VERIFY + VERIFY_SENDER_BY_CALLOUT)),
)

TARGETS = (*SERVERS, *GATEWAYS, *POLICIES, *FILTERS)

# What no host says: names that lead nowhere.
RECORDS = (
    f"{DEAD} A {RESOLVER}",
    f"primary-down.example MX 10 {DEAD}.",
    f"dead-mx.example MX 10 {DEAD}.",
    "null-mx.example MX 0 .",
    # As everybody says whose mail leaves through a provider: what our own side sees is the provider's host.
    'bounces-through-smarthost.example TXT "v=spf1 mx a:out.provider.example -all"',
)
