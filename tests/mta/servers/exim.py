"""Exim: rejects what it verifies at RCPT, and bounces the rest."""

from __future__ import annotations

import base64
import re

from tests.mta.certificates import CERTIFICATE, KEY
from tests.mta.content import EICAR, GTUBE
from tests.mta.host import Host, Service, Setup

CONFIG = """primary_hostname = {host}
domainlist local_domains = {local}
domainlist relay_domains = {relayed}
hostlist trusted = 127.0.0.1 {trusted}
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
daemon_smtp_ports = {ports}
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
dns_dnssec_ok = 0
disable_ipv6
host_lookup = *
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
keep_environment =
ignore_bounce_errors_after = 30s
remote_max_parallel = 8
{main}

begin acl
acl_rcpt:
  accept hosts = +trusted
  accept authenticated = *
  require domains = +local_domains : +relay_domains
{rcpt}
  accept
acl_data:
{data}
  accept

begin routers
{routers}
inner:
  driver = manualroute
  domains = +relay_domains
  route_list = * {inner} byname
  transport = remote_smtp
remote:
  driver = dnslookup
  domains = ! +local_domains
  transport = remote_smtp
  ignore_target_hosts = 0.0.0.0 : 127.0.0.0/8
  no_more
aliases:
  driver = redirect
  data = ${{lookup{{$local_part}}lsearch{{/etc/aliases}}}}
  allow_fail
forward:
  driver = redirect
  check_local_user
  file = $home/.forward
  no_verify
  pipe_transport = pipe
  reply_transport = reply
  allow_filter
user:
  driver = accept
  check_local_user
  local_part_suffix = +*
  local_part_suffix_optional
  transport = maildir

begin transports
remote_smtp:
  driver = smtp
  hosts_try_dane =
  dnssec_request_domains =
maildir:
  driver = appendfile
  directory = $home/Maildir
  maildir_format
  create_directory
pipe:
  driver = pipe
  return_output
reply:
  driver = autoreply
{transports}

begin retry
* * F,{retry},2s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if eq{{$auth3}}{{{password}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth2}}{{{password}}}}}
  server_set_id = $auth1
"""
START = """for part in input msglog db gnutls-params; do
  install -d -o Debian-exim -g Debian-exim -m 750 /var/spool/exim4/$part
done
chown Debian-exim:Debian-exim /var/spool/exim4
install -d -o Debian-exim -g adm /var/log/exim4 /run/exim4
chgrp Debian-exim /etc/exim4/exim4.conf
/usr/sbin/exim4 -bd {runner}
"""
VERIFY = "  require verify = recipient\n"
VERIFY_SENDER_BY_CALLOUT = "  require verify = sender/callout=5s,defer_ok\n"


def exim(
    *,
    rcpt: str = VERIFY,
    data: str | None = None,
    gateway: bool = False,
    relays: str = "",
    inner: str = "",
    retry: str = "10s",
    password: str = "",
    trusted: str = "",
    main: str = "",
    routers: str = "",
    transports: str = "",
    runner: str = "-q2s",
) -> Service:
    """Return an Exim.

    `rcpt` and `data` are ACL lines; by default it verifies recipients and refuses test content. A `gateway` sends
    mail for its domains on to `inner.DOMAIN` or `inner`. With `password` it takes submissions. A `runner` of -qff1s
    tries every message each second, whatever is known of the host that failed.
    """
    content = refuse_content() if data is None else data

    def run(host: Host) -> Setup:
        domains = " : ".join(host.domains)
        text = CONFIG.format(
            host=host.hostname,
            local="localhost" if gateway else domains or "localhost",
            relayed=domains if gateway else relays,
            trusted=trusted,
            ports="25 : 587" if password else "25",
            certificate=CERTIFICATE,
            key=KEY,
            password=password,
            rcpt=rcpt,
            data=content,
            inner=inner or (host.inner if gateway else "localhost"),
            retry=retry,
            main=main,
            routers=routers,
            transports=transports,
        )
        ports = (25, 587) if password else (25,)
        return Setup(
            layers=("exim",), files={"/etc/exim4/exim4.conf": text}, script=START.format(runner=runner), ports=ports
        )

    return run


def refuse_content() -> str:
    """Return ACL lines that refuse GTUBE and EICAR at the end of data."""
    virus = base64.b64encode(EICAR.encode()).decode()[:56]
    spam = _literal(GTUBE)
    return (
        f"  deny message = Message refused: it looks like spam\n    regex = {spam}\n"
        f"  deny message = Message refused: it contains a virus\n    regex = {_literal(virus)}\n"
    )


def _literal(text: str) -> str:
    """Escape for PCRE, then for Exim's string expansion, where backslash and dollar mean something."""
    return re.escape(text).replace("\\", "\\\\").replace("$", "\\$")
