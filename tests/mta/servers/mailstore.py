"""Dovecot behind a Postfix: delivery by LMTP with quotas and Sieve, and the policy service that knows who is full."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mta.host import Host, Service, Setup

DELIVER = {"mailbox_transport": "lmtp:unix:private/dovecot-lmtp"}
ASK_QUOTA = "check_policy_service inet:127.0.0.1:12340"
CONFIG = """protocols = lmtp
base_dir = /run/dovecot
log_path = /var/log/dovecot.log
ssl = no
mail_location = maildir:~/Maildir
first_valid_uid = 100
auth_username_format = %Ln
recipient_delimiter = +
mail_plugins = quota
userdb {
  driver = passwd-file
  args = /etc/dovecot/people
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN /etc/dovecot/people
}
plugin {
  quota = maildir:User quota
  quota_status_success = DUNNO
  quota_status_nouser = DUNNO
  quota_status_overquota = "552 5.2.2 Mailbox is full"
  sieve = file:~/.dovecot.sieve
}
protocol lmtp {
  mail_plugins = quota sieve
}
service lmtp {
  unix_listener /var/spool/postfix/private/dovecot-lmtp {
    mode = 0666
  }
}
service quota-status {
  executable = quota-status -p postfix
  inet_listener {
    address = 127.0.0.1
    port = 12340
  }
}
"""
# The user has a letter already, larger than the mailbox may be.
FILL = """cd /home/{who}
install -d Maildir Maildir/new Maildir/cur
{{ printf 'Subject: An old letter\\n\\n'; head -c 3000 /dev/zero | tr '\\0' x; echo; }} >Maildir/cur/1.lab:2,S
chown -R {who}:{who} Maildir
doveadm quota recalc -u {who}
"""


def mailstore(*, full: tuple[str, ...] = (), sieve: Mapping[str, str] | None = None) -> Service:
    """Return a Dovecot that keeps the mail of alice, of those who are `full` and of those with a `sieve` script.

    Start it after the Postfix that delivers to it. Whoever else has an account on the machine is unknown to it.
    """
    scripts = dict(sieve or {})

    def run(host: Host) -> Setup:
        del host
        users = tuple(dict.fromkeys((*full, *scripts)))
        rules = dict.fromkeys(full, "userdb_quota_rule=*:storage=1")
        # The number of an account is known where the host starts, not here.
        people = "".join(f"person {who} '{rules.get(who, '')}'\n" for who in ("alice", *users))
        script = 'person() { echo "$1:none:$(id -u $1):$(id -g $1)::/home/$1::$2" >>/etc/dovecot/people; }\n' + people
        script += "touch /var/log/dovecot.log; chmod 666 /var/log/dovecot.log\ndovecot -c /etc/dovecot/dovecot.conf\n"
        script += "".join(FILL.format(who=who) for who in full)
        files = {"/etc/dovecot/dovecot.conf": CONFIG}
        files |= {f"/home/{who}/.dovecot.sieve": text for who, text in scripts.items()}
        return Setup(layers=("dovecot",), files=files, script=script, users=users, ports=())

    return run
