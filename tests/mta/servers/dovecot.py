"""Dovecot: the catch mailbox over IMAP, and SASL for relays."""

from __future__ import annotations

from tests.mta.certificates import CERTIFICATE, KEY
from tests.mta.host import Host, Service, Setup

BASE = f"""base_dir = /run/dovecot
log_path = /var/log/dovecot.log
ssl = required
ssl_cert = <{CERTIFICATE}
ssl_key = <{KEY}
mail_location = maildir:~/Maildir
first_valid_uid = 100
passdb {{
  driver = passwd-file
  args = scheme=PLAIN /etc/dovecot/users
}}
userdb {{
  driver = passwd
}}
namespace inbox {{
  inbox = yes
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
}}
"""
SASL = """service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0666
  }
}
"""


def dovecot(
    *, users: dict[str, str], protocols: str = "imap", config: str = "", ports: tuple[int, ...] = (993,)
) -> Service:
    """Return a Dovecot that knows `users` with their passwords; start it after the MTA whose sockets it serves."""

    def run(host: Host) -> Setup:
        return Setup(
            layers=("dovecot",),
            files={
                "/etc/dovecot/dovecot.conf": f"protocols = {protocols}\n{BASE}{config}",
                "/etc/dovecot/users": "".join(f"{user}:{password}\n" for user, password in users.items()),
            },
            script="touch /var/log/dovecot.log; chmod 666 /var/log/dovecot.log; dovecot -c /etc/dovecot/dovecot.conf",
            ports=ports,
        )

    return run
