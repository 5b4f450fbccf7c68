"""chasquid: refuses unknown users unless an alias catches them all; its NDNs carry no Received line of its own."""

from __future__ import annotations

from tests.mta.certificates import CERTIFICATE, KEY
from tests.mta.host import Host, Service, Setup

CONFIG = """hostname: "{host}"
data_dir: "/var/lib/chasquid"
smtp_address: ":25"
mail_delivery_agent_bin: "/bin/true"
mail_log_path: "/var/log/chasquid.log"
dovecot_auth: false
suffix_separators: "+"
"""
ALIASES = "postmaster: alice\nabuse: alice\n"
START = """install -d /etc/chasquid/certs/{host} /var/lib/chasquid
ln -s {certificate} /etc/chasquid/certs/{host}/fullchain.pem
ln -s {key} /etc/chasquid/certs/{host}/privkey.pem
for domain in {domains}; do chasquid-util user-add alice@$domain --password=unused; done
chasquid >/var/log/chasquid.out 2>&1 &
"""


def chasquid(*, aliases: str = "") -> Service:
    """Return a chasquid that throws away what alice gets; `aliases` are lines of aliases(5)."""

    def run(host: Host) -> Setup:
        start = START.format(host=host.hostname, certificate=CERTIFICATE, key=KEY, domains=" ".join(host.domains))
        files = {f"/etc/chasquid/domains/{domain}/aliases": ALIASES + aliases for domain in host.domains}
        files["/etc/chasquid/chasquid.conf"] = CONFIG.format(host=host.hostname)
        return Setup(layers=("chasquid",), files=files, script=start)

    return run
