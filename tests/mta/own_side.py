"""Own sides that are broken in the network or at the catch MX, by the numbers of docs/own-side.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.mta import audit
from tests.mta.hosts import AUDITOR
from tests.mta.places import AUDITOR_ADDRESS, CATCH_DOMAIN, CATCH_MX, CATCH_USER, SINK_DOMAIN

RELAY = "smtp.carrier.example"
GUILTY, INNOCENT = "postfix-gateway.example", "postfix-rejects.example"
TARGET = f"mx.{GUILTY}"
# The relay and we ourselves are let through, as a provider does with its own.
OURS = f"ip saddr {{ <{RELAY}>, <{AUDITOR.name}> }}"
IN = "incoming { type filter hook input priority 0; "
OUT_25 = "outgoing { type nat hook output priority -100; tcp dport 25 dnat to "
KNOWN = f"check_client_access inline:{{ {{ {RELAY} = OK }}, {{ {AUDITOR.name} = OK }} }}"
FOLDER = ("--catch", f"imaps://{CATCH_USER}@{CATCH_MX}/Nowhere", "--catch-address", audit.CATCH_ADDRESS)
SINK_2525 = ("--catch", f"sink://{AUDITOR_ADDRESS}:2525", "--catch-address", f"probe@{SINK_DOMAIN}")
# By the relay; directly, and the relay carries the controls; so that nobody but ourselves does; by the catch MX itself.
RELAYED, ITSELF, ALONE, BY_CATCH = "relay", "direct", "alone", "the catch MX as relay"


@dataclass(frozen=True)
class Broken:
    """`filters` are nftables chains by host, `postfix` parameters of the catch MX, `codes` the exit codes that may be.

    `doctor` says that a `doctor` sees that something is wrong, as it does wherever nothing is sent to a target.

    `number` 0 is a row of those that must still decide.
    """

    number: int
    what: str
    routes: tuple[str, ...] = (RELAYED,)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    postfix: Mapping[str, str] = field(default_factory=dict)
    catch: tuple[str, ...] = audit.IMAP
    target: str = GUILTY
    codes: tuple[int, ...] = (3,)
    doctor: bool = False

    @property
    def is_seen(self) -> bool:
        return self.doctor or self.codes == (4,)


def at_catch(*rules: str) -> Mapping[str, tuple[str, ...]]:
    return {CATCH_MX: (f"{IN}{'; '.join(rules)}; }}",)}


def outgoing(host: str) -> Mapping[str, tuple[str, ...]]:
    return {AUDITOR.name: (f"{OUT_25}<{host}>; }}",)}


ROWS = (
    Broken(14, "port 25 is open to the relay only", (RELAYED, ITSELF), at_catch(f"{OURS} accept", "tcp dport 25 drop")),
    Broken(15, "port 25 is dropped", (RELAYED, ITSELF), at_catch("tcp dport 25 drop"), codes=(4,)),
    Broken(
        16, "the sink listens on 2525, and nothing redirects port 25", (RELAYED, ITSELF), catch=SINK_2525, codes=(4,)
    ),
    Broken(16, "… and nobody but ourselves tries it", (ALONE,), catch=SINK_2525, doctor=True),
    Broken(
        17,
        "port 25 is translated to an old host",
        (RELAYED, ITSELF),
        {
            CATCH_MX: (
                "before { type nat hook prerouting priority -100; tcp dport 25 dnat to <keeps.isp.example>; }",
                "after { type nat hook postrouting priority 100; tcp dport 25 masquerade; }",
            )
        },
        codes=(4,),
    ),
    Broken(
        18,
        "only the way through our own router works",
        (RELAYED,),
        at_catch(f"ip saddr <{AUDITOR.name}> accept", "tcp dport 25 drop"),
        codes=(4,),
    ),
    Broken(
        19,
        "a proxy hides who connects",
        (RELAYED, ITSELF),
        {CATCH_MX: ("incoming { type nat hook input priority 100; tcp dport 25 snat to 198.51.100.251; }",)},
        codes=(1, 3, 4),
        doctor=True,
    ),
    Broken(
        20,
        "strangers may connect once an hour",
        (RELAYED,),
        at_catch(f"{OURS} accept", "tcp dport 25 ct state new limit rate over 1/hour burst 1 packets drop"),
        codes=(1, 3),
    ),
    Broken(
        22,
        "outgoing port 25 ends in a proxy",
        (ITSELF, ALONE),
        outgoing("keeps.isp.example"),
        codes=(3, 4),
        doctor=True,
    ),
    Broken(
        23,
        "outgoing port 25 goes through a proxy that bounces by itself; the target is innocent",
        (ITSELF, ALONE),
        outgoing("passes.isp.example"),
        target=INNOCENT,
        codes=(3, 4),
        doctor=True,
    ),
    Broken(
        24,
        "the catch MX blocks the target only",
        (RELAYED, ITSELF),
        at_catch(f"ip saddr <{TARGET}> tcp dport 25 reject with tcp reset"),
    ),
    Broken(
        25,
        "mail from <> is refused, except from mynetworks",
        (RELAYED, ITSELF),
        postfix={"smtpd_sender_restrictions": f"{KNOWN}, check_sender_access inline:{{ {{ <> = REJECT }} }}"},
    ),
    Broken(
        27,
        "DMARC: a MAILER-DAEMON of the target is refused",
        postfix={"header_checks": f"regexp:{{ {{ /^From:.*@{TARGET}/ REJECT }} }}"},
    ),
    Broken(
        28,
        "greylisting beyond the grace, the relay exempt",
        (RELAYED, ITSELF),
        postfix={"smtpd_recipient_restrictions": f"{KNOWN}, defer"},
    ),
    Broken(
        30,
        "what comes from <> is refused: it was not signed",
        (RELAYED, ITSELF),
        postfix={"smtpd_sender_restrictions": "check_sender_access inline:{ { <> = REJECT } }"},
        codes=(3, 4),
        doctor=True,
    ),
    Broken(
        31,
        "tagged addresses are refused from outside",
        (RELAYED, ITSELF),
        postfix={
            "smtpd_recipient_restrictions": f"{KNOWN}, check_recipient_access regexp:{{ {{ /[+]/ REJECT }} }}",
        },
    ),
    Broken(33, "a folder that is not there", (RELAYED, ITSELF), catch=FOLDER, codes=(4,)),
    Broken(
        34,
        "bounces are dropped without a word, DSNs of others pass",
        postfix={"header_checks": f"regexp:{{ {{ /^From:.*@{TARGET}/ DISCARD }} }}"},
    ),
    Broken(
        35,
        "an address that is another account's",
        (RELAYED, ITSELF),
        catch=("--catch", audit.IMAP[1], "--catch-address", f"filer@{CATCH_DOMAIN}"),
        codes=(4,),
    ),
    Broken(
        38,
        "the relay is the catch MX, and nobody else reaches it",
        (BY_CATCH,),
        at_catch(f"ip saddr <{AUDITOR.name}> accept", "tcp dport 25 drop"),
        doctor=True,
    ),
)
DECIDED = (
    Broken(
        0,
        "a translated sink: port 25 is redirected to 2525",
        (RELAYED, ITSELF),
        {AUDITOR.name: ("before { type nat hook prerouting priority -100; tcp dport 25 redirect to :2525; }",)},
        catch=SINK_2525,
        codes=(1,),
    ),
    Broken(
        0,
        "a proxy on our own port 25, the sink open to all others",
        filters=outgoing("keeps.isp.example"),
        catch=("--catch", f"sink://{AUDITOR_ADDRESS}:25", "--catch-address", f"probe@{SINK_DOMAIN}"),
        codes=(1,),
    ),
    Broken(
        0,
        "our own port 25 is blocked",
        filters={AUDITOR.name: ("outgoing { type filter hook output priority 0; tcp dport 25 drop; }",)},
        codes=(1,),
    ),
)
