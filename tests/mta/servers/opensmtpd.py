"""OpenSMTPD: refuses unknown users by default; bounces when an inner host or a mail delivery agent fails."""

from __future__ import annotations

from tests.mta.certificates import CERTIFICATE, KEY
from tests.mta.host import Host, Service, Setup

CONFIG = """pki lab cert "{certificate}"
pki lab key "{key}"
table aliases file:/etc/aliases
table creds file:/etc/creds
queue ttl 12s
listen on 0.0.0.0 tls pki lab hostname "{host}"
{listen}
action "local" {local}
action "out" relay helo "{host}"
{match}
match from auth for any action "out"
match from local for any action "out"
"""
SUBMISSION = 'listen on 0.0.0.0 port 587 tls-require pki lab auth <creds> hostname "{host}"'
MAILDIR = 'maildir "~/Maildir" alias <aliases>'
# OpenSMTPD 6.8 signs in a process of its own, in a way that OpenSSL 3 allows with TLS 1.2 only.
OPENSSL = """openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MaxProtocol = TLSv1.2
SignatureAlgorithms = RSA+SHA256:RSA+SHA384
"""
START = """chmod 600 {key} /etc/creds
chown opensmtpd /etc/creds
install -d -m 711 /var/spool/smtpd
install -d -m 755 /run/opensmtpd /var/lib/opensmtpd/empty
{password}
smtpd -d >/var/log/smtpd.log 2>&1 &
"""


def opensmtpd(*, local: str = MAILDIR, account: str = "", password: str = "") -> Service:
    """Return an OpenSMTPD; `local` is its action for its own domains (`{inner}`: the host behind it). With `account` it takes submissions."""

    def run(host: Host) -> Setup:
        match = "".join(f'match from any for domain "{domain}" action "local"\n' for domain in host.domains)
        listen = SUBMISSION.format(host=host.hostname) if account else ""
        config = CONFIG.format(
            certificate=CERTIFICATE,
            key=KEY,
            host=host.hostname,
            listen=listen,
            local=local.replace("{inner}", host.inner if host.domains else ""),
            match=match,
        )
        encrypt = f"echo '{account}' \"$(openssl passwd -6 '{password}')\" >/etc/creds" if account else ""
        return Setup(
            layers=("opensmtpd",),
            files={"/etc/smtpd.conf": config, "/etc/creds": "", "/etc/ssl/openssl.cnf": OPENSSL},
            script=START.format(key=KEY, password=encrypt),
            ports=(25, 587) if account else (25,),
        )

    return run
