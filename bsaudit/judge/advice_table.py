"""The settings that end backscatter, product by product: data only.

A row says what ends one problem on one product. `any` matches problems that no other row of the product names.
Sources: the products' own documentation, named in `reference`. In lines to paste `example.org` stands for the domain.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from bsaudit.model.report import Paste


class Problem(StrEnum):
    """What the server accepted although it would not deliver it."""

    RECIPIENT = "recipient"  # a recipient that does not exist, or is disabled
    CONTENT = "content"  # spam, viruses, attachments, rules
    QUOTA = "quota"  # a full mailbox
    REPLY = "reply"  # an answer by a mailbox: vacation, challenge
    FORWARD = "forward"  # a forwarder or list that passes on, and returns
    DELAY = "delay"  # a warning that the message is still in the queue
    ANY = "any"


class Setting(Struct, frozen=True, kw_only=True):
    problem: Problem
    setting: str
    text: str
    reference: str
    default: str = ""  # how the product comes; "" where that depends on more than the product
    paste: tuple[Paste, ...] = ()  # the same as lines to paste; tests/mta writes these into real servers


class Product(Struct, frozen=True, kw_only=True):
    """A product, and how to know it.

    `families` are its names as a reader of NDNs has them, `banners` marks in greetings and Received lines (lower case),
    `hosts` domains of its mail exchangers, `habits` patterns of what it answers in a session beside its greeting.
    `versions` are patterns of a version where no mark of its stands before it. A `front` takes mail for a server behind
    it, and writes no notices: what comes back is written by that server. `search` is a command, its names quoted for a
    shell.
    """

    name: str
    settings: tuple[Setting, ...]
    families: tuple[str, ...] = ()
    banners: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    habits: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    front: bool = False
    search: str = "grep -F {id} /var/log/mail.log"  # what finds a message in its logs, by queue id or else Message-ID


_P = Problem

# What asks for the change, whatever the product.
CLAUSES = {
    _P.RECIPIENT: "RFC 5321 §3.3, §6.1",
    _P.CONTENT: "RFC 5321 §6.2",
    _P.QUOTA: "RFC 5321 §4.2.2, RFC 3463 §3.3",
    _P.REPLY: "RFC 3834 §2, RFC 5230 §4.6",
    _P.FORWARD: "RFC 5321 §3.9",
    _P.DELAY: "RFC 3464 §2.3.3, RFC 5321 §6.1",
    _P.ANY: "RFC 5321 §6.1",
}
SPAMCOP = "SpamCop FAQ: Why are auto responders bad? (www.spamcop.net/fom-serve/cache/329.html)"

# Only of domains that the list names, so that mail of one's own users to others passes; without the tag, since
# alice+news@example.org is alice@example.org.
KNOWN_RECIPIENTS = """exports.hook_rcpt = function (next, connection, params) {
  const known = this.config.get('known_recipients', 'list').map((one) => one.toLowerCase());
  const [user] = params[0].user.toLowerCase().split('+');
  const domain = `@${(params[0].host ?? '').toLowerCase()}`;
  const ours = known.some((one) => one.endsWith(domain));
  if (!ours || known.includes(user + domain)) return next();
  next(DENY, 'No such user here');
};"""

# Headers as SpamAssassin and amavisd (the first) and rspamd (the other) write them.
SPAM_FIRST = """require ["fileinto", "mailbox"];
if anyof (header :contains "X-Spam-Flag" "YES", header :contains "X-Spam" "Yes") {
  fileinto :create "Junk";
  stop;
}"""

GENERIC = Product(
    name="any mail server",
    settings=(
        Setting(
            problem=_P.RECIPIENT,
            setting="recipient validation at RCPT TO",
            text=(
                "Give every host that takes mail for the domain, backup MXs and gateways too, the list of valid "
                "recipients (or a callout to the server that has it), so that it answers 550 to RCPT TO."
            ),
            reference=CLAUSES[_P.RECIPIENT],
        ),
        Setting(
            problem=_P.CONTENT,
            setting="content filtering before the final 250",
            text=(
                "Scan while the SMTP session is open and answer 5xx after DATA; what is found later is filed or "
                "dropped, never returned: the reverse-path of such mail is forged."
            ),
            reference=CLAUSES[_P.CONTENT],
        ),
        Setting(
            problem=_P.QUOTA,
            setting="quota check at RCPT TO",
            text="Ask the mailbox store at RCPT TO whether the mailbox is full, and answer 452 or 552 there.",
            reference=CLAUSES[_P.QUOTA],
        ),
        Setting(
            problem=_P.REPLY,
            setting="automatic replies only where they are wanted",
            text=(
                "Filter before answering: what looks like spam, or fails SPF or DMARC, gets no answer. Answer only "
                "mail that is addressed to the person and carries no mark of bulk or automatic mail; once per sender "
                "in days; with the null reverse-path. Never send challenges."
            ),
            reference=SPAMCOP,
        ),
        Setting(
            problem=_P.FORWARD,
            setting="forward inside the SMTP session, or with a reverse-path of your own",
            text=(
                "Forward only what passed the filter, and hold the session open until the next server has answered, "
                "or give forwarded mail a reverse-path of your own so that returns come back to you."
            ),
            reference=CLAUSES[_P.FORWARD],
        ),
        Setting(
            problem=_P.DELAY,
            setting="no delay warnings for mail from outside",
            text=(
                "Switch delay warnings off, or keep them for your own users; and know the recipients before the final "
                "250, so that less mail waits for a next server that will not have it."
            ),
            reference=CLAUSES[_P.DELAY],
        ),
    ),
)

PRODUCTS: tuple[Product, ...] = (
    Product(
        name="amavisd",
        families=("amavis",),
        banners=("amavisd",),
        settings=(
            Setting(
                problem=_P.CONTENT,
                setting=(
                    "$final_spam_destiny = D_DISCARD; $final_virus_destiny = D_DISCARD; $final_banned_destiny = "
                    "D_DISCARD"
                ),
                text=(
                    "After the queue, amavisd must never use D_BOUNCE; set up as a before-queue filter it may use "
                    "D_REJECT. Turn $warnvirussender, $warnspamsender and $warnbannedsender off."
                ),
                reference="amavisd.conf-default: $final_*_destiny, $sa_dsn_cutoff_level",
                default="D_DISCARD, and D_PASS for spam; before 2.7.0 D_BOUNCE for spam and banned files",
                paste=(
                    Paste(
                        file="/etc/amavis/conf.d/50-user",
                        where="before its last line, 1; (without that directory: in amavisd.conf)",
                        lines=(
                            "$final_spam_destiny = D_DISCARD;\n"
                            "$final_virus_destiny = D_DISCARD;\n"
                            "$final_banned_destiny = D_DISCARD;"
                        ),
                    ),
                ),
            ),
        ),
    ),
    Product(
        name="Dovecot Pigeonhole (Sieve)",
        families=("sieve", "dovecot"),
        settings=(
            Setting(
                problem=_P.ANY,
                setting="sieve_extensions = -reject",
                text=(
                    "Sieve runs after the MTA has answered 250: reject writes to whoever was named as sender (and "
                    "Pigeonhole 0.5 has no ereject). Without it a script that names it is not run, and its mail is "
                    "kept: tell its owner to use fileinto or discard. What must be refused, refuse before the queue."
                ),
                reference="Pigeonhole documentation: sieve_extensions; RFC 5429 §2.1",
                default="every script may use reject",
                paste=(
                    Paste(
                        file="/etc/dovecot/dovecot.conf",
                        where="at the end, and restart; from Dovecot 2.4 on: sieve_extensions { reject = no }",
                        lines="plugin {\n  sieve_extensions = -reject\n}",
                    ),
                ),
            ),
            Setting(
                problem=_P.QUOTA,
                setting="check_policy_service inet:…:quota-status in smtpd_recipient_restrictions",
                text=(
                    "Let Postfix ask Dovecot's quota-status service at RCPT TO, so that a full mailbox is refused "
                    "there."
                ),
                reference="Dovecot documentation: quota-status service",
                default="off: a full mailbox is found out at delivery",
            ),
            Setting(
                problem=_P.REPLY,
                setting="sieve_before: a script that files spam and stops, before any vacation",
                text=(
                    "Filter before answering: what the spam filter marked is filed, and no script of a user sees it. "
                    "Pigeonhole's vacation follows RFC 5230 otherwise; let it answer only mail that names the "
                    "person's own addresses (:addresses), once in :days."
                ),
                reference=f"Pigeonhole documentation: sieve_before; {SPAMCOP}",
                default="no script: vacation answers spam as well",
                paste=(
                    Paste(
                        file="/etc/dovecot/sieve/spam-first.sieve",
                        where="a new file; the header is the one that your spam filter writes; then: sievec FILE",
                        lines=SPAM_FIRST,
                    ),
                    Paste(
                        file="/etc/dovecot/dovecot.conf",
                        where="at the end, and restart; until Dovecot 2.3",
                        lines="plugin {\n  sieve_before = /etc/dovecot/sieve/spam-first.sieve\n}",
                    ),
                ),
            ),
        ),
    ),
    Product(
        name="Barracuda",
        families=("barracuda",),
        banners=("barracuda",),
        hosts=("barracudanetworks.com", "cudamail.com"),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="Recipient Verification (LDAP or SMTP) on",
                text=(
                    "Turn recipient verification on for the domain, so that unknown recipients are refused at RCPT TO."
                ),
                reference="Barracuda Email Security Gateway: Advanced > LDAP / Explicit Users",
                default="depends on the model: look",
            ),
            Setting(
                problem=_P.ANY,
                setting='Bounce NDR / "Send Bounce" off; virus and attachment notices to senders off',
                text="Turn off every notice to the sender of blocked mail.",
                reference="Barracuda Email Security Gateway: Basic > Spam Checking, Advanced > Bounce/NDR Settings",
                default="depends on the firmware: look",
            ),
        ),
    ),
    Product(
        name="Proxmox Mail Gateway",
        banners=("proxmox",),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="verifyreceivers 550",
                text="Verify receivers: the gateway asks the inner server at RCPT TO.",
                reference="Proxmox Mail Gateway Administration Guide: Mail Proxy Options, Verify Receivers",
                default="unset: the server behind is not asked",
            ),
            Setting(
                problem=_P.ANY,
                setting="before_queue_filtering 1; ndr_on_block 0",
                text="Filter before the queue, and send no NDR for what is blocked.",
                reference="Proxmox Mail Gateway Administration Guide: Mail Proxy Options, Before Queue Filtering",
                default="before_queue_filtering 0, ndr_on_block 0",
            ),
        ),
    ),
    Product(
        name="Microsoft 365",
        search="Get-MessageTraceV2 -MessageId {message_id}",
        hosts=("mail.protection.outlook.com", "mx.microsoft"),
        banners=("protection.outlook.com",),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="accepted domain type: Authoritative (directory-based edge blocking)",
                text=(
                    "Set the accepted domain to Authoritative once all recipients are in the directory; unknown ones "
                    "are then refused with 550 5.4.1."
                ),
                reference=(
                    "Microsoft Learn: Use Directory-Based Edge Blocking to reject messages sent to invalid recipients"
                ),
                default="Authoritative; Internal relay takes mail for everybody",
            ),
        ),
    ),
    Product(
        name="Microsoft Exchange",
        search="Get-MessageTrackingLog -MessageId {message_id}",
        families=("exchange", "exchange2003", "exchange2007"),
        banners=("microsoft esmtp mail service", "microsoft smtp server", "microsoft smtpsvc"),
        habits=(r"^x-exps\b", r"^x-link2state\b", r"^xexch50\b", r"\[internalid=\d+"),
        versions=(r"\bmicrosoft smtp server .*\bid (\d+\.\d+\.\d+\.\d+)",),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="Set-RecipientFilterConfig -RecipientValidationEnabled $true",
                text=(
                    "Install the anti-spam agents on the server that faces the Internet and let it validate "
                    "recipients (off by default); the accepted domain must be Authoritative."
                ),
                reference="Microsoft Learn: Set-RecipientFilterConfig",
                default="$false",
            ),
        ),
    ),
    Product(
        name="Google Workspace",
        search="Admin console, Reporting, Email log search: message ID {message_id}",
        families=("gmail", "google"),
        hosts=("google.com", "googlemail.com"),
        banners=("mx.google.com",),
        habits=(r" - gsmtp$",),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="default routing for unrecognised recipients: reject; no catch-all",
                text="Where another server holds mailboxes of the domain, route only the addresses that exist there.",
                reference="Google Workspace Admin Help: Configure default routing",
                default="reject",
            ),
        ),
    ),
    Product(
        name="Haraka",
        families=("haraka",),
        banners=("haraka",),
        habits=(r"\bharaka is at your service\b", r"^message queued \([0-9a-f-]{8,}"),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting=(
                    "a recipient plugin besides rcpt_to.in_host_list (rcpt_to.ldap, rcpt_to.mongo, qmail_deliverable …)"
                ),
                text="rcpt_to.in_host_list checks the domain only and so accepts every user of it.",
                reference="Haraka: docs/Recipient.md, plugins/rcpt_to.*",
                default="rcpt_to.in_host_list alone",
                paste=(
                    Paste(file="plugins/known_recipients.js", where="a new file", lines=KNOWN_RECIPIENTS),
                    Paste(file="config/known_recipients", where="a new file", lines="{address}", for_each_address=True),
                    Paste(
                        file="config/plugins",
                        where="at the top: before relay and every rcpt_to plugin",
                        lines="known_recipients",
                    ),
                ),
            ),
        ),
    ),
    Product(
        name="Courier",
        families=("courier",),
        banners=("courier",),
        habits=(r"\bxverp=courier\b", r"^ok\. [0-9a-f]{8,}\."),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="hosteddomains, and an alias for each valid address",
                text=(
                    "Courier takes mail for everybody in a domain of esmtpacceptmailfor that it sends on "
                    "(esmtproutes). As one of hosteddomains its recipients are looked up at RCPT TO: give each an "
                    "alias that leads to the server behind."
                ),
                reference="courier(8): hosteddomains; makehosteddomains(8), makealiases(8)",
                default="hosteddomains does not exist",
                paste=(
                    Paste(
                        file="/etc/courier/hosteddomains/relayed",
                        where="a new file (or at the end of hosteddomains, where that is one); then: makehosteddomains",
                        lines="example.org",
                    ),
                    Paste(
                        file="/etc/courier/aliases/known",
                        where="a new file; inner.example.org is the server behind; then: makealiases; courier restart",
                        lines="{address}: {user}@inner.example.org",
                        for_each_address=True,
                    ),
                ),
            ),
            Setting(
                problem=_P.ANY,
                setting="ESMTP_BLOCKBACKSCATTER=smtp/dsn; opt BOFHSUPPRESSBACKSCATTER=smtp",
                text="Put the defaults back, in courierd and in bofh: Courier drops the bounces of mail by SMTP.",
                reference="courier(8): BOFHSUPPRESSBACKSCATTER; etc/courierd: ESMTP_BLOCKBACKSCATTER",
                default="these",
            ),
        ),
    ),
    Product(
        name="qmail",
        search="grep -rF {recipient} /var/log/qmail/",
        families=("qmail", "notqmail", "indimail"),
        banners=("qmail",),
        habits=(r"^ok \d+ qp \d+$",),
        settings=(
            Setting(
                problem=_P.ANY,
                setting="a recipient check in qmail-smtpd: RCPTCHECK, qmail-spp or the realrcptto patch",
                text=(
                    "qmail-smtpd accepts every local-part of the domains in control/rcpthosts by design, and bounces "
                    "later; a check at RCPT TO has to be added."
                ),
                reference="notqmail wiki: recipient validation; qmail-smtpd(8)",
                default="every local-part is taken",
            ),
        ),
    ),
    Product(
        name="qpsmtpd",
        banners=("qpsmtpd",),
        front=True,
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="the plugin rcpt_regexp before rcpt_ok",
                text=(
                    "rcpt_ok checks the domain only, and so accepts every user of it; the server behind finds out "
                    "later. List the valid addresses, and refuse the rest of the domain at RCPT TO."
                ),
                reference="perldoc plugins/rcpt_regexp",
                default="rcpt_ok alone",
                paste=(
                    Paste(
                        file="/etc/qpsmtpd/rcpt_regexp",
                        where="at the top",
                        lines="{address} DECLINED",
                        for_each_address=True,
                    ),
                    Paste(
                        file="/etc/qpsmtpd/rcpt_regexp",
                        where="at the end",
                        lines="/@example.org$/ DENY No such user here",
                    ),
                    Paste(
                        file="/etc/qpsmtpd/plugins",
                        where="before rcpt_ok, behind what lets your own users pass; then restart",
                        lines="rcpt_regexp",
                    ),
                ),
            ),
            Setting(
                problem=_P.CONTENT,
                setting="the plugins spamassassin reject N and virus/clamdscan, before the queue plugin",
                text="Let qpsmtpd refuse at the end of DATA; what the server behind finds out comes too late.",
                reference="perldoc plugins/spamassassin, plugins/virus/clamdscan",
                default="neither is loaded",
            ),
        ),
    ),
    Product(
        name="OpenSMTPD",
        families=("opensmtpd",),
        banners=("opensmtpd",),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="match from any for domain <domains> rcpt-to <recipients> action …",
                text="Match relayed mail by a table of recipients, so that unknown ones are refused at RCPT TO.",
                reference="smtpd.conf(5): match … rcpt-to",
                default="a match without rcpt-to takes mail for everybody in its domains",
                paste=(
                    Paste(file="/etc/mail/recipients", where="a new file", lines="{address}", for_each_address=True),
                    Paste(
                        file="/etc/smtpd.conf",
                        where="before the first match",
                        lines=(
                            "table recipients file:/etc/mail/recipients\n"
                            "match !from local !auth for any !rcpt-to <recipients> reject"
                        ),
                    ),
                ),
            ),
            Setting(
                problem=_P.CONTENT,
                setting="filter … phase commit / proc-exec",
                text="Filter inside the session (phases data-line and commit), not by passing mail to a second server.",
                reference="smtpd.conf(5): filter; smtpd-filters(7)",
                default="no filter",
            ),
        ),
    ),
    Product(
        name="Sendmail",
        search="grep -F {id} /var/log/maillog",
        families=("sendmail",),
        banners=("sendmail",),
        versions=(r"\((8(?:\.\d{1,9}){1,5})/",),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="access: To:ADDRESS OK for the valid ones, To:example.org ERROR:… for the rest",
                text=(
                    "For domains that are relayed: name the valid addresses in the access table, and refuse the rest "
                    "of the domain at RCPT TO; or let a milter ask the server behind. For domains of its own: end the "
                    "virtusertable with @example.org error:nouser 550 No such user here, and do without LUSER_RELAY."
                ),
                reference="sendmail cf/README: ANTI-SPAM CONFIGURATION CONTROL, VIRTUAL HOSTING",
                default="a relayed domain takes mail for everybody; local users are looked up",
                paste=(
                    Paste(
                        file="/etc/mail/sendmail.mc",
                        where="behind FEATURE(`access_db' …); until 8.15 it is called blacklist_recipients",
                        lines="FEATURE(`blocklist_recipients')dnl",
                    ),
                    Paste(
                        file="/etc/mail/relay-domains",
                        where="at the end, if the domain is not there",
                        lines="example.org",
                    ),
                    Paste(
                        file="/etc/mail/access",
                        where="at the end; take out To:example.org RELAY",
                        lines="To:example.org ERROR:5.1.1:550 No such user here",
                    ),
                    Paste(
                        file="/etc/mail/access",
                        where="at the end; then: make -C /etc/mail, and restart",
                        lines="To:{address} OK",
                        for_each_address=True,
                    ),
                ),
            ),
            Setting(
                problem=_P.CONTENT,
                setting="INPUT_MAIL_FILTER(…)",
                text="Scan in a milter and let it reject at the end of DATA.",
                reference="sendmail cf/README: ADDING NEW MAIL FILTERS",
                default="none",
            ),
        ),
    ),
    Product(
        name="Exim",
        search="exigrep {id} /var/log/exim4/mainlog",
        families=("exim",),
        banners=("exim",),
        habits=(r"^(?:x_)?pipe_?connect$", r"^ok id=[0-9a-z]{6}-[0-9a-z]{6,11}-[0-9a-z]{2,4}$"),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="require verify = recipient  (relayed domains: verify = recipient/callout) in acl_smtp_rcpt",
                text=(
                    "Verify each recipient in the RCPT ACL; with control = cutthrough_delivery the inner server's "
                    "refusal reaches the client in the same session. cPanel: default address :fail:. DirectAdmin: "
                    "catch-all Fail."
                ),
                reference="Exim specification: Access control lists, Verification by callout",
                default="no check in Exim itself; Debian's and the example configuration verify",
                paste=(
                    Paste(
                        file="/etc/exim4/exim4.conf",
                        where="in the ACL that acl_smtp_rcpt names, before its last accept; exim -bV tells the file",
                        # A callout is made only for what is delivered to another host; local users are looked up.
                        lines="  require verify = recipient/callout=20s,defer_ok",
                    ),
                ),
            ),
            Setting(
                problem=_P.CONTENT,
                setting="deny spam = … / deny malware = * in acl_smtp_data",
                text="Scan in the DATA ACL and deny there; a router, transport or system filter that fails bounces.",
                reference="Exim specification: Content scanning at ACL time",
                default="no scan",
            ),
            Setting(
                problem=_P.FORWARD,
                setting="control = cutthrough_delivery",
                text="Deliver forwarded mail while the session is open, so that a refusal is passed to the client.",
                reference="Exim specification: ACL modifiers, control = cutthrough_delivery",
                default="off",
            ),
            Setting(
                problem=_P.DELAY,
                setting="delay_warning = 0s",
                text="A zero time sends none; delay_warning_condition keeps them for mail of your own users.",
                reference="Exim specification: Main configuration, delay_warning",
                default="24h, for mail that carries no mark of a list or of bulk",
            ),
        ),
    ),
    Product(
        name="Postfix",
        families=("postfix",),
        banners=("postfix",),
        habits=(r"^2\.0\.0 ok: queued as \w+$",),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting=(
                    "smtpd_reject_unlisted_recipient = yes; local_recipient_maps and relay_recipient_maps not empty"
                ),
                text=(
                    "For relayed domains (gateways, backup MXs) fill relay_recipient_maps, empty by default and then "
                    "matching everybody, without @domain wildcards; or use reject_unverified_recipient with "
                    "unverified_recipient_reject_code = 550. Zimbra: zmprov mcf zimbraMtaSmtpdRejectUnlistedRecipient"
                    " yes. Plesk: mail for non-existent users: Reject."
                ),
                reference="postconf(5): relay_recipient_maps; ADDRESS_VERIFICATION_README",
                default=(
                    "smtpd_reject_unlisted_recipient yes; relay_recipient_maps empty; "
                    "unverified_recipient_reject_code 450; Plesk: bounce"
                ),
                paste=(
                    Paste(
                        file="/etc/postfix/main.cf",
                        where="at the end; keep, in front, what smtpd_recipient_restrictions holds already",
                        lines=(
                            "smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated,\n"
                            "    reject_unauth_destination, reject_unverified_recipient\n"
                            "unverified_recipient_reject_code = 550"
                        ),
                    ),
                ),
            ),
            Setting(
                problem=_P.CONTENT,
                setting="smtpd_milters or smtpd_proxy_filter, not content_filter",
                text=(
                    "Scan before the queue and reject at the end of DATA; a content_filter runs after Postfix has "
                    "answered 250. With rspamd let the milter reject; discard_on_reject = false."
                ),
                reference="MILTER_README, SMTPD_PROXY_README",
                default="no filter; rspamd: discard_on_reject = false",
            ),
            Setting(
                problem=_P.QUOTA,
                setting="check_policy_service in smtpd_recipient_restrictions",
                text="Ask the mailbox store (Dovecot: quota-status) at RCPT TO whether the mailbox is full.",
                reference="SMTPD_POLICY_README",
                default="nobody is asked",
            ),
            Setting(
                problem=_P.FORWARD,
                setting="no forwarding of unfiltered mail; reject_unverified_recipient for the destination",
                text="Filter before the queue, and verify the forwarding destination at RCPT TO.",
                reference="ADDRESS_VERIFICATION_README",
                default="the destination is not asked",
            ),
            Setting(
                problem=_P.DELAY,
                setting="delay_warning_time = 0h",
                text="Put the default back. Users who want warnings need an instance of Postfix for themselves.",
                reference="postconf(5): delay_warning_time",
                default="0h",
            ),
        ),
    ),
)
