"""amavisd with SpamAssassin: the same filter behind the queue, where it bounces, and before it, where it refuses."""

from __future__ import annotations

from tests.mta.host import Host, Service, Setup

# Postfix's side: the message comes back on 10025.
BACK = """127.0.0.1:10025 inet n - n - - smtpd
  -o content_filter= -o smtpd_proxy_filter= -o mynetworks=127.0.0.0/8
  -o smtpd_recipient_restrictions=permit_mynetworks,reject -o smtpd_client_restrictions=
  -o receive_override_options=no_unknown_recipient_checks
"""
AFTER_QUEUE = {"content_filter": "smtp:[127.0.0.1]:10024"}
BEFORE_QUEUE = "-o smtpd_proxy_filter=127.0.0.1:10024"
CONFIG = """use strict;
$max_servers = 2;
$daemon_user = 'amavis';
$daemon_group = 'amavis';
$MYHOME = '/var/lib/amavis';
$TEMPBASE = "$MYHOME/tmp";
$ENV{TMPDIR} = $TEMPBASE;
$db_home = "$MYHOME/db";
$lock_file = "$MYHOME/lock";
$pid_file = "$MYHOME/pid";
$enable_db = 0;
$do_syslog = 0;
$LOGFILE = '/var/log/amavis.log';
$log_level = 2;
$myhostname = '{host}';
$mydomain = '{domain}';
@local_domains_maps = (1);
@mynetworks = qw(127.0.0.0/8);
$inet_socket_port = 10024;
$forward_method = 'smtp:[127.0.0.1]:10025';
$notify_method = $forward_method;
$QUARANTINEDIR = undef;
$virus_quarantine_method = undef;
$spam_quarantine_method = undef;
$banned_quarantine_method = undef;
$bad_header_quarantine_method = undef;
$sa_local_tests_only = 1;
$sa_tag2_level_deflt = 5;
$sa_kill_level_deflt = 6;
# Above this score a bounce is suppressed, as "surely forged": GTUBE is worth 1000.
$sa_dsn_cutoff_level = 9999;
@bypass_virus_checks_maps = (1);
$final_spam_destiny = {destiny};
$final_banned_destiny = {destiny};
$final_virus_destiny = {destiny};
$final_bad_header_destiny = D_PASS;
$banned_filename_re = new_RE(qr'\\.(exe|com|scr)$'i);
1;
"""
START = """for part in '' /tmp /db /.spamassassin; do install -d -o amavis -g amavis -m 750 /var/lib/amavis$part; done
usermod --home /var/lib/amavis amavis 2>/dev/null || true
touch /var/log/amavis.log
chown amavis /var/log/amavis.log
HOME=/var/lib/amavis /usr/sbin/amavisd -c /etc/amavis/lab.conf start
while ! bash -c 'exec 3<>/dev/tcp/127.0.0.1/10024' 2>/dev/null; do sleep 0.1; done
"""


def amavis(destiny: str) -> Service:
    """Return the filter; what it condemns meets `destiny` (amavisd.conf: D_BOUNCE, D_REJECT, D_DISCARD, D_PASS)."""

    def run(host: Host) -> Setup:
        text = CONFIG.replace("{host}", host.hostname).replace("{destiny}", destiny)
        text = text.replace("{domain}", host.domains[0])
        return Setup(layers=("amavis",), files={"/etc/amavis/lab.conf": text}, script=START, ports=())

    return run
