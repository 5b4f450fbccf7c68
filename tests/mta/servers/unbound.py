"""The only DNS server: answers for the hosts' own data and for nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from tests.mta.host import Host, Service, Setup

CONFIG = """server:
  interface: 0.0.0.0
  access-control: 0.0.0.0/0 allow
  username: unbound
  directory: "/etc/unbound"
  chroot: ""
  pidfile: "/run/unbound.pid"
  do-ip6: no
  use-syslog: no
  logfile: "/var/log/unbound.log"
  module-config: "iterator"
  local-zone: "." static
  # A name that is not listed does not exist; nobody is asked, for there is nobody to ask.
{data}
"""


def unbound(records: Iterable[str]) -> Service:
    """Serve `records`, each in zone file form."""

    def run(host: Host) -> Setup:
        data = "\n".join(f"  {_line(record)}" for record in records)
        return Setup(
            layers=("unbound",),
            files={"/etc/unbound/unbound.conf": CONFIG.format(data=data)},
            script="install -o unbound /dev/null /var/log/unbound.log; unbound -c /etc/unbound/unbound.conf",
            ports=(53,),
        )

    return run


def _line(record: str) -> str:
    """A wildcard becomes a redirect zone: unbound's local data knows no `*`."""
    name, _, rest = record.partition(" ")
    if name.startswith("*."):
        return f"local-zone: \"{name[2:]}\" redirect\n  local-data: '{name[2:]} {rest}'"
    return f"local-data: '{record}'"
