"""qpsmtpd: takes mail from outside for a Postfix on the same machine, and knows domains, not people."""

from __future__ import annotations

from tests.mta.host import Host, Service, Setup, both
from tests.mta.servers.postfix import gateway

# Debian's service does the same, with port, user and address from its questions.
SERVER = "/usr/local/sbin/start-qpsmtpd"
START = """#!/bin/sh
cd /
export QPSMTPD_CONFIG=/etc/qpsmtpd
exec qpsmtpd-forkserver --listen-address {address} --port 25 --user qpsmtpd --limit-connections 50 --max-from-ip 50 \
  --pid-file /run/qpsmtpd/pid >>/var/log/qpsmtpd.log 2>&1
"""
SETUP = f"""install -d -o qpsmtpd -g qpsmtpd /run/qpsmtpd
install -d -o qpsmtpd -g qpsmtpd -m 700 /var/spool/qpsmtpd
{SERVER} &
"""


def qpsmtpd() -> Service:
    """Return a qpsmtpd before a Postfix that sends all on to `inner.DOMAIN`."""

    def front(host: Host) -> Setup:
        config = {
            "me": host.hostname,
            "rcpthosts": "\n".join(host.domains),
            "plugins": "rcpt_ok\nqueue/smtp-forward 127.0.0.1 25",
            "logging": "logging/warn 6",
            "spool_dir": "/var/spool/qpsmtpd",
        }
        files = {f"/etc/qpsmtpd/{name}": text + "\n" for name, text in config.items()}
        files[SERVER] = START.format(address=host.address)
        return Setup(layers=("qpsmtpd",), files=files, script=SETUP)

    return both(gateway(inet_interfaces="127.0.0.1"), front)
