"""Sendmail: refuses unknown users by default; bounces what an inner host or LUSER_RELAY refuses."""

from __future__ import annotations

from tests.mta.certificates import CERTIFICATE, KEY
from tests.mta.host import Host, Service, Setup
from tests.mta.servers.syslog import SYSLOG

CONFIG = """divert(-1)
include(`/usr/share/sendmail/cf/m4/cf.m4')
divert(0)dnl
VERSIONID(`proving ground')
OSTYPE(`debian')dnl
DOMAIN(`debian-mta')dnl
define(`confDOMAIN_NAME', `{host}')dnl
define(`confCW_FILE', `-o /etc/mail/local-host-names')dnl
define(`confTO_QUEUERETURN', `12s')dnl
define(`confTO_IDENT', `0')dnl
define(`confTO_ICONNECT', `4s')dnl
define(`confTO_CONNECT', `4s')dnl
define(`confMIN_QUEUE_AGE', `1s')dnl
define(`confSERVER_CERT', `{certificate}')dnl
define(`confCACERT_PATH', `/etc/ssl/certs')dnl
define(`confCACERT', `{certificate}')dnl
define(`confLOG_LEVEL', `14')dnl
define(`confSERVER_KEY', `{key}')dnl
define(`confPRIVACY_FLAGS', `noexpn,novrfy')dnl
define(`confREFUSE_LA', `999')dnl
define(`confQUEUE_LA', `999')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`use_cw_file')dnl
FEATURE(`mailertable', `hash /etc/mail/mailertable')dnl
FEATURE(`access_db', `hash -T<TMPF> /etc/mail/access')dnl
{define}
{daemons}
MAILER(`local')dnl
MAILER(`smtp')dnl
"""
DAEMON = "DAEMON_OPTIONS(`Family=inet, Name=MTA{port}, Port={port}')dnl"
START = f"""{SYSLOG}
chmod 600 {KEY}
install -d -o smmta -g smmsp -m 750 /var/spool/mqueue
chown root:root /var/spool/mqueue /etc/mail
install -d /run/sendmail/mta
chmod 1777 /var/mail
ln -s /usr/libexec/sendmail/mail.local /etc/mail/smrsh/mail.local
cd /etc/mail
m4 sendmail.mc >sendmail.cf
for map in access mailertable; do makemap hash $map <$map; done
/usr/libexec/sendmail/sendmail -bi
/usr/libexec/sendmail/sendmail -bd -q2s
"""


def sendmail(
    *, trusted: tuple[str, ...] = (), gateway: bool = False, define: str = "", submission: bool = False
) -> Service:
    """Return a Sendmail; it relays for the addresses `trusted`. A `gateway` sends its domains on to `inner.DOMAIN`."""

    def run(host: Host) -> Setup:
        ports = (25, 587) if submission else (25,)
        access = [f"Connect:{address} RELAY" for address in trusted]
        daemons = "\n".join(DAEMON.format(port=port) for port in ports)
        config = CONFIG.format(
            host=host.hostname,
            certificate=CERTIFICATE,
            key=KEY,
            define=define.replace("{inner}", _inner(host)),
            daemons=daemons,
        )
        routes = "".join(f"{domain} esmtp:[{host.inner}]\n" for domain in host.domains if gateway)
        local = ("localhost",) if gateway else (*host.domains, "localhost")
        files = {
            "/etc/mail/sendmail.mc": config,
            "/etc/mail/local-host-names": "\n".join(local) + "\n",
            "/etc/mail/access": "\n".join(access) + "\n",
            "/etc/mail/relay-domains": "".join(f"{domain}\n" for domain in host.domains if gateway),
            "/etc/mail/mailertable": routes,
            "/etc/mail/aliases": "postmaster: alice\nabuse: alice\nmailer-daemon: postmaster\n",
        }
        return Setup(layers=("sendmail",), files=files, script=START, ports=ports)

    return run


def _inner(host: Host) -> str:
    return host.inner if host.domains else ""
