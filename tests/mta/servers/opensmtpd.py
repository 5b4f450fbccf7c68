"""OpenSMTPD: refuses unknown users by default; bounces when an inner host or a mail delivery agent fails.

OpenSMTPD 6.8 signs in a process of its own, in a way that OpenSSL 3 no longer allows: where it offers STARTTLS the
handshake fails. As a target that is worth having (clients must go on in plain text); else it is used without TLS.
"""

from __future__ import annotations

from tests.mta.certificates import CERTIFICATE, KEY
from tests.mta.host import Host, Service, Setup

CONFIG = """pki lab cert "{certificate}"
pki lab key "{key}"
table aliases file:/etc/aliases
queue ttl {ttl}
listen on 0.0.0.0 {tls} hostname "{host}"
{listen}
action "local" {local}
action "out" relay helo "{host}"
{match}
{trusted}match from local for any action "out"
"""
SUBMISSION = 'listen on 0.0.0.0 port 587 hostname "{host}"'
MAILDIR = 'maildir "~/Maildir" alias <aliases>'
START = f"""chmod 600 {KEY}
install -d -m 711 /var/spool/smtpd
install -d -m 755 /run/opensmtpd /var/lib/opensmtpd/empty
smtpd -d >/var/log/smtpd.log 2>&1 &
"""


def opensmtpd(*, local: str = MAILDIR, trusted: tuple[str, ...] = (), tls: bool = False) -> Service:
    """Return an OpenSMTPD; `local` is its action for its own domains (`{inner}`: the host behind it).

    It relays for the addresses `trusted`, and then takes submissions on port 587.
    """

    def run(host: Host) -> Setup:
        config = CONFIG.format(
            certificate=CERTIFICATE,
            key=KEY,
            host=host.hostname,
            tls="tls pki lab" if tls else "",
            # A relay has to give up within the wait; nothing that a target does shall depend on a moment's load.
            ttl="12s" if trusted else "5m",
            listen=SUBMISSION.format(host=host.hostname) if trusted else "",
            local=local.replace("{inner}", host.inner if host.domains else ""),
            match="".join(f'match from any for domain "{domain}" action "local"\n' for domain in host.domains),
            trusted="".join(f'match from src {address} for any action "out"\n' for address in trusted),
        )
        ports = (25, 587) if trusted else (25,)
        return Setup(layers=("opensmtpd",), files={"/etc/smtpd.conf": config}, script=START, ports=ports)

    return run
