"""Postfix: one function, because everything it can be is a row of main.cf."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from tests.mta.certificates import CERTIFICATE, KEY
from tests.mta.content import EICAR, GTUBE
from tests.mta.host import Host, Service, Setup

# Postfix would retry for days; the laboratory has seconds.
MAIN = {
    "compatibility_level": "3.6",
    "mynetworks": "127.0.0.0/8",
    "inet_protocols": "ipv4",
    "maillog_file": "/var/log/mail.log",
    "maillog_file_prefixes": "/var",
    "alias_maps": "texthash:/etc/postfix/aliases",
    "alias_database": "",
    "home_mailbox": "Maildir/",
    "recipient_delimiter": "+",
    "smtpd_relay_restrictions": "permit_mynetworks permit_sasl_authenticated reject_unauth_destination",
    "smtpd_tls_security_level": "may",
    "smtpd_tls_cert_file": CERTIFICATE,
    "smtpd_tls_key_file": KEY,
    "smtp_tls_security_level": "may",
    "smtp_connect_timeout": "5s",
    "queue_run_delay": "1s",
    "minimal_backoff_time": "1s",
    "maximal_backoff_time": "2s",
    "maximal_queue_lifetime": "20s",
    "bounce_queue_lifetime": "12s",
    "delay_warning_time": "0",
    "transport_retry_time": "1s",
    "address_verify_poll_delay": "1s",
    "smtpd_peername_lookup": "yes",
    "biff": "no",
    "in_flow_delay": "0",
}
SERVICES = """smtp inet n - n - - smtpd {smtpd}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
showq unix n - n - - showq
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
SUBMISSION = """submission inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
  -o smtpd_sasl_type=dovecot -o smtpd_sasl_path=private/auth
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
"""
# What post-install(5) and the package's postinst would have done.
START = """touch /var/log/mail.log
for queue in active bounce corrupt defer deferred flush hold incoming private saved trace; do
  install -d -o postfix -m 700 /var/spool/postfix/$queue
done
install -d -o postfix -g postdrop -m 710 /var/spool/postfix/public
install -d -o postfix -g postdrop -m 1730 /var/spool/postfix/maildrop
install -d /var/spool/postfix/pid
install -d -o postfix /var/lib/postfix
chgrp postdrop /usr/sbin/postdrop /usr/sbin/postqueue
chmod 2755 /usr/sbin/postdrop /usr/sbin/postqueue
/usr/lib/postfix/sbin/master -w
"""


def postfix(
    main: Mapping[str, str] | None = None,
    *,
    services: str = "",
    smtpd: str = "",
    files: Mapping[str, str] | None = None,
    **more: str,
) -> Service:
    """Return a Postfix; `main` and `more` override main.cf, `services` are lines added to master.cf.

    `smtpd` are options of the server on port 25 alone.
    """

    def run(host: Host) -> Setup:
        own = {"myhostname": host.hostname, "mydestination": ", ".join((*host.domains, host.hostname, "localhost"))}
        settings = MAIN | own | dict(main or {}) | more
        config = "".join(f"{name} = {value}\n" for name, value in settings.items())
        return Setup(
            layers=("postfix",),
            files={
                "/etc/postfix/main.cf": config.replace("{host}", host.hostname),
                "/etc/postfix/master.cf": SERVICES.format(smtpd=smtpd) + services,
                "/etc/postfix/aliases": "postmaster alice\nabuse alice\n",
                "/etc/postfix/content": refuse_content(),
                **(files or {}),
            },
            script=START,
        )

    return run


def gateway(main: Mapping[str, str] | None = None, *, smtpd: str = "", **more: str) -> Service:
    """Return a Postfix that takes every recipient of its domains and sends all on to `inner.DOMAIN`."""

    def run(host: Host) -> Setup:
        routes = " ".join(f"{{ {domain} = smtp:[{host.inner}] }}" for domain in host.domains)
        settings = {
            "mydestination": "localhost",
            "relay_domains": ", ".join(host.domains),
            "relay_recipient_maps": "",
            "transport_maps": f"inline:{{ {routes} }}",
        }
        return postfix(settings | dict(main or {}) | more, smtpd=smtpd)(host)

    return run


def refuse_content() -> str:
    """Return a body_checks table that refuses GTUBE and EICAR after DATA, as a content filter in the session would."""
    virus = base64.b64encode(EICAR.encode()).decode()[:56]  # the first characters of the attachment's first line
    return (
        f"/{_literal(GTUBE)}/ REJECT 5.7.1 Message refused: it looks like spam\n"
        f"/^{_literal(virus)}/ REJECT 5.7.1 Message refused: it contains a virus\n"
        f"/{_literal(EICAR)}/ REJECT 5.7.1 Message refused: it contains a virus\n"
    )


def _literal(text: str) -> str:
    """Escape `text` for regexp_table(5): POSIX extended, between slashes."""
    return re.sub(r"[][\\.{}()*+?|^$/]", r"\\\g<0>", text)


REFUSES_CONTENT = {"body_checks": "regexp:/etc/postfix/content"}
