"""Courier: refuses unknown users; drops its own backscatter unless it is told not to."""

from __future__ import annotations

from tests.mta.certificates import CERTIFICATE, KEY
from tests.mta.host import Host, Service, Setup
from tests.mta.servers.syslog import SYSLOG

# The package's own files stay; what is said here comes last and wins.
ESMTPD = """TARPIT=0
MAXPERIP=100
MAXPERC=100
BOFHCHECKDNS=0
TLS_CERTFILE=/etc/courier/esmtpd.pem
ESMTPAUTH=""
"""
ALIASES = "postmaster: alice\nabuse: alice\n"
START = f"""{SYSLOG}
cat {KEY} {CERTIFICATE} >/etc/courier/esmtpd.pem
cat /etc/courier/esmtpd.own >>/etc/courier/esmtpd
cat /etc/courier/courierd.own >>/etc/courier/courierd
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' /etc/courier/authdaemonrc
chown courier:courier /etc/courier/esmtpd.pem /etc/courier /etc/courier/esmtpacceptmailfor.dir /etc/courier/aliases
chmod 640 /etc/courier/esmtpd.pem
cd /etc/courier
ln -sf ../lib/courier/makedat /usr/bin/makedat
rm -f aliases/system
chown -R courier:courier aliases* hosteddomains filters smtpaccess shared /var/lib/courier
chmod 4755 /usr/lib/courier/courier/submitmkdir
chown courier:courier /usr/lib/courier/courier/submitmkdir
install -d -o courier -g courier -m 750 /run/courier /run/courier/authdaemon
for part in allfilters filters msgq msgs track tmp; do
  install -d -o courier -g courier -m 770 /var/lib/courier/$part
done
: >dhparams.pem
for who in alice; do
  install -d -o $who -g $who /home/$who/Maildir /home/$who/Maildir/new /home/$who/Maildir/cur /home/$who/Maildir/tmp
done
awk -F: '$1 == "alice" {{ print $1 "\\tuid=" $3 "|gid=" $4 "|home=" $6 "|shell=/bin/sh" }}' /etc/passwd >userdb
chmod 600 userdb
makeuserdb
makesmtpaccess
makeacceptmailfor
makealiases
authdaemond start
courierfilter start
courier start
esmtpd start
"""


def courier(
    *, gateway: bool = False, backscatter: bool = False, trusted: tuple[str, ...] = (), port: int = 25
) -> Service:
    """Return a Courier. With `backscatter` it sends the bounces that it drops by default."""

    def run(host: Host) -> Setup:
        local = () if gateway else host.domains
        allowed = "".join(f"{address}\tallow,RELAYCLIENT\n" for address in ("127.0.0.1", *trusted))
        block = "ESMTP_BLOCKBACKSCATTER=none\n" if backscatter else ""
        ports = f"PORT={port},25\n" if port != 25 else "PORT=25\n"
        files = {
            "me": host.hostname,
            "defaultdomain": host.hostname,
            "dsnfrom": '"Mail Delivery System" <@>',
            "locals": "\n".join((*local, "localhost")),
            "esmtpacceptmailfor.dir/lab": "\n".join(host.domains),
            "esmtproutes": "".join(f"{domain}:{host.inner}\n" for domain in host.domains if gateway),
            "bofh": "opt BOFHSUPPRESSBACKSCATTER=none" if backscatter else "",
            "esmtpd.own": ESMTPD + ports,
            "courierd.own": block,
            "smtpaccess/default": allowed,
            "aliases/people": ALIASES,
            "queuetime": "12s",
            "retryalpha": "2s",
            "retrybeta": "2",
            "retrygamma": "2s",
        }
        return Setup(
            layers=("courier",),
            files={f"/etc/courier/{name}": text.rstrip("\n") + "\n" for name, text in files.items()},
            script=START,
            ports=(25, port) if port != 25 else (25,),
        )

    return run
