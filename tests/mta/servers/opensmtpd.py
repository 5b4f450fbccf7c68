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
table users file:/etc/smtpd.users
table known file:/etc/smtpd.known
queue ttl {ttl}
listen on 0.0.0.0 {tls} hostname "{host}"
{listen}
action "local" {local}
action "out" relay helo "{host}"
{match}
{forwards}{trusted}match tag submission from any for any action "out"
match from local for any action "out"
"""
SUBMISSION = 'listen on 0.0.0.0 port 587 hostname "{host}" tag submission'
MAILDIR = 'maildir "~/Maildir" alias <aliases>'
PREPARE = f"""chmod 600 {KEY}
chgrp opensmtpq /usr/sbin/smtpctl
chmod 2755 /usr/sbin/smtpctl
install -d -m 711 /var/spool/smtpd
install -d -m 755 /run/opensmtpd /var/lib/opensmtpd/empty
"""
START = "smtpd -d >/var/log/smtpd.log 2>&1 &\n"
EVERY_S, PATIENCE_S = 5, 20  # between two looks, and for the greeting
DEAF = "/var/log/smtpd.deaf"  # what its processes waited for, every time
# One process takes all sessions, and waits for the one that signs. Seen once in some hundred laboratories: it greeted
# nobody any more, which no client can tell from a slow server within five minutes (RFC 5321 §4.5.3.2.1). As a service
# manager's watchdog would, write down what it waits for and start it again.
START_WATCHED = """: >{deaf}
serve() {{ setsid smtpd -d >>/var/log/smtpd.log 2>&1 & server=$!; }}
greets() {{ timeout {patience} bash -c 'exec 3<>/dev/tcp/127.0.0.1/25 && read -r -u 3'; }}
serve
while sleep {every}; do
    ! greets || continue
    for process in $server $(cat /proc/$server/task/$server/children); do
        tr '\\0' ' ' </proc/$process/cmdline
        cat /proc/$process/syscall /proc/$process/stack
    done >>{deaf} 2>&1 || :
    ss -tanp >>{deaf} 2>&1 || :
    kill -KILL -$server || :
    serve
done &
"""


def opensmtpd(
    *,
    local: str = MAILDIR,
    users: str = "",
    known: str = "",
    forwards: str = "",
    trusted: tuple[str, ...] = (),
    submission: bool = False,
    tls: bool = False,
) -> Service:
    """Return an OpenSMTPD; `local` is its action for its own domains (`{inner}`: the host behind it).

    `users` is the table <users>, `known` the addresses that it takes mail for, if not for all of its users, and
    `forwards` a domain to which users forward. It relays for the addresses `trusted`; then, or with `submission`, it
    takes submissions on port 587, of anybody.
    """

    only = " rcpt-to <known>" if known else ""

    def run(host: Host) -> Setup:
        config = CONFIG.format(
            certificate=CERTIFICATE,
            key=KEY,
            host=host.hostname,
            tls="tls pki lab" if tls else "",
            # A relay has to give up within the wait; nothing that a target does shall depend on a moment's load.
            ttl="12s" if trusted else "5m",
            listen=SUBMISSION.format(host=host.hostname) if submission or trusted else "",
            local=local.replace("{inner}", host.inner if host.domains else ""),
            match="".join(f'match from any for domain "{domain}"{only} action "local"\n' for domain in host.domains),
            forwards=f'match from any for domain "{forwards}" action "out"\n' if forwards else "",
            trusted="".join(f'match from src {address} for any action "out"\n' for address in trusted),
        )
        ports = (25, 587) if submission or trusted else (25,)
        files = {"/etc/smtpd.conf": config, "/etc/smtpd.users": users, "/etc/smtpd.known": known}
        start = START_WATCHED.format(deaf=DEAF, every=EVERY_S, patience=PATIENCE_S) if tls else START
        return Setup(layers=("opensmtpd",), files=files, script=PREPARE + start, ports=ports)

    return run
