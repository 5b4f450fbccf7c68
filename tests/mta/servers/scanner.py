"""amavisd with SpamAssassin and clamd: the filter that bounces behind the queue and rejects before it."""

from __future__ import annotations

from tests.mta.content import EICAR
from tests.mta.host import Host, Service, Setup, both
from tests.mta.servers.postfix import postfix

AFTER_QUEUE = {"content_filter": "smtp:[127.0.0.1]:10024"}
BEFORE_QUEUE = "-o smtpd_proxy_filter=127.0.0.1:10024"
BACK_IN = """127.0.0.1:10025 inet n - n - - smtpd
  -o content_filter= -o mynetworks=127.0.0.0/8 -o smtpd_client_restrictions=
  -o smtpd_relay_restrictions=permit_mynetworks,reject
"""
CONFIG = """use strict;
$myhostname = '{host}';
$mydomain = '{domain}';
@local_domains_acl = ('.');
$daemon_user = 'amavis';
$daemon_group = 'amavis';
$MYHOME = '/var/lib/amavis';
$TEMPBASE = "$MYHOME/tmp";
$ENV{{TMPDIR}} = $TEMPBASE;
$pid_file = '/run/amavis/amavisd.pid';
$lock_file = '/run/amavis/amavisd.lock';
$max_servers = 2;
$enable_db = 0;
$do_syslog = 0;
$LOGFILE = '/var/log/amavis.log';
$inet_socket_port = 10024;
$forward_method = $notify_method = 'smtp:[127.0.0.1]:10025';
$final_virus_destiny = $final_banned_destiny = $final_spam_destiny = {destiny};
$final_bad_header_destiny = D_PASS;
$virus_quarantine_method = $spam_quarantine_method = $banned_files_quarantine_method = undef;
$virus_admin = $spam_admin = $banned_admin = undef;
$sa_tag_level_deflt = undef;
$sa_tag2_level_deflt = 6.31;
$sa_kill_level_deflt = 50;
# Above this score it would not bounce, and GTUBE is worth 1000.
$sa_dsn_cutoff_level = undef;
$sa_local_tests_only = 1;
@viruses_that_fake_sender_maps = ();
$banned_filename_re = new_RE(qr'.\\.(exe|scr|js|pif|bat|cmd|vbs)$'i);
@av_scanners = (['clamd', \\&ask_daemon, ["CONTSCAN {{}}\\n", '/run/clamav/clamd.ctl'],
  qr/\\bOK$/m, qr/\\bFOUND$/m, qr/^.*?: (?!Infected Archive)(.*) FOUND$/m]);
1;
"""
CLAMD = """LocalSocket /run/clamav/clamd.ctl
LocalSocketMode 666
DatabaseDirectory /var/lib/clamav
User clamav
LogFile /var/log/clamd.log
Foreground yes
"""
START = """install -d -o amavis -g amavis /var/lib/amavis /var/lib/amavis/tmp /run/amavis /var/lib/amavis/.spamassassin
install -d -o clamav -g clamav /run/clamav /var/lib/clamav
install -o amavis /dev/null /var/log/amavis.log
install -o clamav /dev/null /var/log/clamd.log
chown clamav /var/lib/clamav/lab.ndb
sed -i "s/^clamav:.*/&amavis/; s/^amavis:.*/&clamav/" /etc/group
clamd --config-file=/etc/clamav/clamd.conf >/dev/null 2>&1 &
while [ ! -S /run/clamav/clamd.ctl ]; do sleep 0.05; done
chown root /etc/amavis/lab.conf
amavisd -c /etc/amavis/lab.conf
"""


def scanned(main: dict[str, str], destiny: str, *, smtpd: str = "") -> Service:
    """Return a Postfix with the filter behind or before its queue; `destiny` is what becomes of bad content."""

    def filters(host: Host) -> Setup:
        config = CONFIG.format(host=host.hostname, domain=host.domains[0], destiny=destiny)
        files = {
            "/etc/amavis/lab.conf": config,
            "/etc/clamav/clamd.conf": CLAMD,
            # One signature of our own needs no download: name, any kind of file, anywhere, the string in hexadecimal.
            "/var/lib/clamav/lab.ndb": f"Eicar-Test:0:*:{EICAR.encode().hex()}\n",
        }
        return Setup(layers=("amavis",), files=files, script=START, ports=())

    return both(filters, postfix(main, services=BACK_IN, smtpd=smtpd))
