"""Targets for the probe kinds beyond the default plan: one host serves several domains, a domain for each behaviour.

What is true of them stands in `truth_kinds`.
"""

from __future__ import annotations

from tests.mta.host import Host, both
from tests.mta.servers.exim import exim
from tests.mta.servers.mailstore import ASK_QUOTA, DELIVER, mailstore
from tests.mta.servers.mlmmj import RECEIVE, mlmmj
from tests.mta.servers.postfix import REFUSES_CONTENT, postfix
from tests.mta.servers.programs import FAILS, PIPE, VACATION, programs
from tests.mta.servers.scanner import AFTER_QUEUE, scanned

# Catch domains: SPF vouches for the relay and the auditor in one, in the other nobody says anything.
VOUCHED, UNVOUCHED = "vouched.example", "unvouched.example"

# What the tests send as a message that "our rule rejects".
RULE = "The quarterly numbers of project Bluebird are attached."


def domains(*names: str) -> dict[str, int]:
    return {f"{name}.example": 10 for name in names}


def inline(**results: str) -> str:
    """Return an access table: what to do with mail for a domain (`_` stands for `-`)."""
    rows = " ".join(f"{{ {name.replace('_', '-')}.example = {result} }}" for name, result in results.items())
    return f"inline:{{ {rows} }}"


SIEVE_VACATION = """require ["vacation"];
vacation :days 1 :subject "On vacation" "I am on vacation and read my mail when I am back.";
"""
SIEVE_REJECT = """require ["reject"];
reject "I do not take mail from strangers.";
"""
EXIM_VACATION = """# Exim filter
if personal then
  vacation
endif
"""

EXIM_FAILS = '"|/bin/false"\n'

MAILBOXES = Host(
    "mx.mailboxes.example",
    both(
        postfix(DELIVER | REFUSES_CONTENT),
        mailstore(full=("full",), sieve={"away": SIEVE_VACATION, "stern": SIEVE_REJECT}),
        programs({"former": ""}),  # has an account that the mail store does not know
    ),
    mail_for=domains("quota-at-delivery", "disabled-behind", "sieve-vacation", "sieve-reject"),
)
# Each of these domains is refused something for a reason of its own.
AT_RCPT = Host(
    "mx.at-rcpt.example",
    both(
        postfix(
            message_size_limit="30000",
            body_checks="regexp:{{/Bluebird/ REJECT 5.7.1 Our rule forbids it}}",
            smtpd_null_access_lookup_key="<>",
            smtpd_restriction_classes="ask_quota, tagged, listed, vouched, verified",
            ask_quota=ASK_QUOTA,
            listed="reject_rbl_client dnsbl.example",
            vouched="check_sender_access inline:{ "
            "{ returns.example = 550 5.7.23 SPF validation failed: the sender is not authorized } }",
            tagged="check_sender_access inline:{ "
            "{ <> = 550 5.7.1 The message that this notification is about did not originate here } }",
            verified="reject_unverified_sender",
            address_verify_map="",
            unverified_sender_reject_code="550",
            smtpd_recipient_restrictions="check_recipient_access "
            "inline:{ { former@disabled-at-rcpt.example = 550 5.2.1 This mailbox is disabled } "
            "{ postmaster@no-postmaster.example = 550 5.1.1 User unknown } "
            "{ abuse@no-postmaster.example = 550 5.1.1 User unknown } "
            "{ alice@spares-the-known.example = OK } }, check_recipient_access "
            + inline(
                quota_at_rcpt="ask_quota",
                blocklists="listed",
                spares_the_known="listed",
                refuses_spf="vouched",
                tags_bounces="tagged",
                verifies_senders="verified",
            ),
        ),
        mailstore(full=("full",)),
        programs({"former": "", "away": VACATION}),
    ),
    mail_for=domains(
        "quota-at-rcpt",
        "disabled-at-rcpt",
        "blocklists",
        "spares-the-known",
        "refuses-spf",
        "tags-bounces",
        "verifies-senders",
        "no-postmaster",
        "rule-in-session",
        "size-in-session",
    ),
)
ALIASES = f"""postmaster alice
abuse alice
talk {RECEIVE}
abroad gone@postfix-rejects.example
afar gone@postfix-bounces.example
"""
PROGRAMS = Host(
    "mx.programs.example",
    both(
        # Its layer goes on top: mlmmj's holds the sendmail(1) of whichever MTA its package depends on.
        postfix(
            files={
                "/etc/postfix/aliases": ALIASES,
                "/etc/postfix/virtual": "/^alice@challenges\\.example$/ guarded@mx.programs.example\n"
                "/^(alice|postmaster|abuse)@/ alice@mx.programs.example\n"
                "/@answers-notifications\\.example$/ answerer@mx.programs.example\n",
            },
            recipient_delimiter="",
            virtual_alias_maps="regexp:/etc/postfix/virtual",
        ),
        programs(
            {
                "away": VACATION,
                "broken": FAILS,
                "guarded": PIPE.format(program="challenge"),
                "answerer": PIPE.format(program="answer"),
            }
        ),
        mlmmj("mlmmj.example"),
    ),
    mail_for=domains(
        "vacation1", "pipe-fails", "challenges", "answers-notifications", "mlmmj", "forwards-refused", "forwards-on"
    ),
)
EXIM_FILES = Host(
    "mx.exim-files.example",
    both(programs({"away": EXIM_VACATION, "broken": EXIM_FAILS}), exim(data="")),
    mail_for=domains("exim-vacation", "exim-pipe-fails"),
)
# Mail that fails SPF or has none disappears; what passes is bounced if there is nobody to give it to.
DROPS_UNVOUCHED = """unvouched:
  driver = redirect
  domains = +local_domains
  condition = ${if eq{$acl_m_spf}{pass}{no}{yes}}
  local_parts = ! alice
  data = :blackhole:
"""
AUTHENTICATED = Host(
    "mx.authenticated-only.example",
    exim(rcpt="  warn spf = pass\n    set acl_m_spf = pass\n", data="", routers=DROPS_UNVOUCHED),
    mail_for=domains("authenticated-only"),
)
# A second pass through the same machine, behind the queue, where refusing is too late.
FILTER = """127.0.0.1:10025 inet n - n - - smtpd
  -o cleanup_service_name=strict -o content_filter= -o mynetworks=127.0.0.0/8
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
127.0.0.1:10027 inet n - n - - smtpd
  -o message_size_limit=20000 -o content_filter= -o mynetworks=127.0.0.0/8
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
strict unix n - n - 0 cleanup
  -o body_checks=regexp:/etc/postfix/strict -o header_checks=
"""
STRICT = """/pharmacy outlet/ REJECT 5.7.1 Looks like spam
/Bluebird/ REJECT 5.7.1 Our rule forbids it
/^This message carries/ REJECT 5.7.1 Looks like a test
"""
# A bounce (bounce(5)) that sends people to somebody who does not exist.
TEMPLATE = """failure_template = <<EOF
Charset: us-ascii
From: MAILER-DAEMON (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Postmaster-Subject: Postmaster Copy: Undelivered Mail

This is the mail system at host $myhostname.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please write to helpdesk@size-behind.example.
EOF
"""
# Mail that looks automatic is dropped where it would be bounced.
BULK = (
    "/^(Precedence: *(bulk|list|junk)|List-[A-Za-z]+:|Auto-Submitted: *auto|X-Auto-Response-Suppress:.*(NDR|DR|All))/"
)
BEHIND = "FILTER smtp:[127.0.0.1]:10025"
FILTERS = Host(
    "mx.filters.example",
    postfix(
        REFUSES_CONTENT,
        services=FILTER,
        files={"/etc/postfix/strict": STRICT, "/etc/postfix/bounce.cf": TEMPLATE},
        bounce_template_file="/etc/postfix/bounce.cf",
        message_size_limit="0",
        mailbox_size_limit="0",
        header_checks=f"regexp:{{{{{BULK} DISCARD}}}}",
        smtpd_recipient_restrictions="check_recipient_access "
        + inline(
            bounces_offers=BEHIND,
            rule_behind=BEHIND,
            suppresses_bulk=BEHIND,
            size_behind="FILTER smtp:[127.0.0.1]:10027",
        ),
    ),
    mail_for=domains("bounces-offers", "rule-behind", "suppresses-bulk", "size-behind"),
)
# Spam is marked behind the queue and let pass, and no rule of the mailbox looks at the mark.
MARKED = Host(
    "mx.answers-spam.example",
    both(scanned(AFTER_QUEUE | DELIVER, "D_PASS"), mailstore(sieve={"away": SIEVE_VACATION})),
    mail_for=domains("answers-spam"),
)
TARGETS = (MAILBOXES, MARKED, AT_RCPT, PROGRAMS, EXIM_FILES, AUTHENTICATED, FILTERS)
CATCH_DOMAINS = {VOUCHED: 10, UNVOUCHED: 10}
RECORDS = (
    f'{VOUCHED} TXT "v=spf1 a:smtp.carrier.example a:desk.auditor.example -all"',
    "*.dnsbl.example A 127.0.0.2",  # a blocklist that lists everybody
)
