"""The settings that end backscatter, product by product: data only.

A row says what ends one problem on one product. `any` matches problems that no other row of the product names.
Sources: the products' own documentation, named in `reference`.
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
    paste: tuple[Paste, ...] = ()  # the same as lines to paste; tests/mta writes these into real servers


class Product(Struct, frozen=True, kw_only=True):
    """A product, and how to know it.

    `families` are its names as a reader of NDNs has them, `banners` marks in greetings and Received lines (lower case),
    `hosts` domains of its mail exchangers. `search` is a command, its names quoted for a shell.
    """

    name: str
    settings: tuple[Setting, ...]
    families: tuple[str, ...] = ()
    banners: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    search: str = "grep -F {id} /var/log/mail.log"  # what finds a message in its logs, by queue id or else Message-ID


_P = Problem

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
            reference="RFC 5321 §3.6.3, §6.1",
        ),
        Setting(
            problem=_P.CONTENT,
            setting="content filtering before the final 250",
            text=(
                "Scan while the SMTP session is open and answer 5xx after DATA; what is found later is filed or "
                "dropped, never returned: the reverse-path of such mail is forged."
            ),
            reference="RFC 5321 §6.2",
        ),
        Setting(
            problem=_P.QUOTA,
            setting="quota check at RCPT TO",
            text="Ask the mailbox store at RCPT TO whether the mailbox is full, and answer 452 or 552 there.",
            reference="RFC 5321 §4.2.2, RFC 3463 §3.3",
        ),
        Setting(
            problem=_P.REPLY,
            setting="automatic replies only where they are wanted",
            text=(
                "Answer only mail that is addressed to the person, passed the spam filter and carries no mark of bulk"
                " or automatic mail; once per sender in days; with the null reverse-path. Never send challenges."
            ),
            reference="RFC 3834 §2, RFC 5230 §4.6",
        ),
        Setting(
            problem=_P.FORWARD,
            setting="forward inside the SMTP session, or with a reverse-path of your own",
            text=(
                "Forward only what passed the filter, and hold the session open until the next server has answered, "
                "or give forwarded mail a reverse-path of your own so that returns come back to you."
            ),
            reference="RFC 5321 §3.9",
        ),
        Setting(
            problem=_P.DELAY,
            setting="no delay warnings for mail from outside",
            text=(
                "Switch delay warnings off, or keep them for your own users; and know the recipients before the final "
                "250, so that less mail waits for a next server that will not have it."
            ),
            reference="RFC 3464 §2.3.3, RFC 5321 §6.1",
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
                setting="sieve: ereject instead of reject; quota-status policy service for full mailboxes",
                text=(
                    "Sieve runs after acceptance: its reject writes to the sender. Use ereject where the server "
                    "supports it at delivery inside the SMTP session (LMTP in a proxying front end), or refuse by "
                    "recipient before the queue."
                ),
                reference="RFC 5429 §2.1",
            ),
            Setting(
                problem=_P.QUOTA,
                setting="check_policy_service inet:…:quota-status in smtpd_recipient_restrictions",
                text=(
                    "Let Postfix ask Dovecot's quota-status service at RCPT TO, so that a full mailbox is refused "
                    "there."
                ),
                reference="Dovecot documentation: quota-status service",
            ),
            Setting(
                problem=_P.REPLY,
                setting="vacation :addresses, :days",
                text=(
                    "Pigeonhole's vacation follows RFC 5230; run it after the spam filter, and let it answer only "
                    "mail that names the person's own addresses."
                ),
                reference="RFC 5230 §4.5, §4.6",
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
            ),
            Setting(
                problem=_P.ANY,
                setting='Bounce NDR / "Send Bounce" off; virus and attachment notices to senders off',
                text="Turn off every notice to the sender of blocked mail.",
                reference="Barracuda Email Security Gateway: Basic > Spam Checking, Advanced > Bounce/NDR Settings",
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
            ),
            Setting(
                problem=_P.ANY,
                setting="before_queue_filtering 1; ndr_on_block 0",
                text="Filter before the queue, and send no NDR for what is blocked.",
                reference="Proxmox Mail Gateway Administration Guide: Mail Proxy Options, Before Queue Filtering",
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
            ),
        ),
    ),
    Product(
        name="Microsoft Exchange",
        search="Get-MessageTrackingLog -MessageId {message_id}",
        families=("exchange", "exchange2003", "exchange2007"),
        banners=("microsoft esmtp mail service", "microsoft smtp server", "microsoft smtpsvc"),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="Set-RecipientFilterConfig -RecipientValidationEnabled $true",
                text=(
                    "Install the anti-spam agents on the server that faces the Internet and let it validate "
                    "recipients (off by default); the accepted domain must be Authoritative."
                ),
                reference="Microsoft Learn: Set-RecipientFilterConfig",
            ),
        ),
    ),
    Product(
        name="Google Workspace",
        search="Admin console, Reporting, Email log search: message ID {message_id}",
        families=("gmail", "google"),
        hosts=("google.com", "googlemail.com"),
        banners=("mx.google.com",),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="default routing for unrecognised recipients: reject; no catch-all",
                text="Where another server holds mailboxes of the domain, route only the addresses that exist there.",
                reference="Google Workspace Admin Help: Configure default routing",
            ),
        ),
    ),
    Product(
        name="Haraka",
        families=("haraka",),
        banners=("haraka",),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting=(
                    "a recipient plugin besides rcpt_to.in_host_list (rcpt_to.ldap, rcpt_to.mongo, qmail_deliverable …)"
                ),
                text="rcpt_to.in_host_list checks the domain only and so accepts every user of it.",
                reference="Haraka: docs/Recipient.md, plugins/rcpt_to.*",
                paste=(
                    Paste(
                        file="plugins/known_recipients.js",
                        where="a new file; config/known_recipients lists the valid addresses, one a line",
                        lines=KNOWN_RECIPIENTS,
                    ),
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
        settings=(
            Setting(
                problem=_P.ANY,
                setting="ESMTP_BLOCKBACKSCATTER=smtp/dsn; opt BOFHSUPPRESSBACKSCATTER=smtp",
                text="These are Courier's defaults; put them back, in courierd/esmtpd and in bofh.",
                reference="courier(8): BOFHSUPPRESSBACKSCATTER; etc/courierd: ESMTP_BLOCKBACKSCATTER",
            ),
        ),
    ),
    Product(
        name="qmail",
        search="grep -rF {recipient} /var/log/qmail/",
        families=("qmail", "notqmail", "indimail"),
        banners=("qmail",),
        settings=(
            Setting(
                problem=_P.ANY,
                setting="a recipient check in qmail-smtpd: RCPTCHECK, qmail-spp or the realrcptto patch",
                text=(
                    "qmail-smtpd accepts every local-part of the domains in control/rcpthosts by design, and bounces "
                    "later; a check at RCPT TO has to be added."
                ),
                reference="notqmail wiki: recipient validation; qmail-smtpd(8)",
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
                paste=(
                    Paste(
                        file="/etc/smtpd.conf",
                        where="before the first match; /etc/mail/recipients lists the valid addresses, one a line",
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
            ),
        ),
    ),
    Product(
        name="Sendmail",
        search="grep -F {id} /var/log/maillog",
        families=("sendmail",),
        banners=("sendmail",),
        settings=(
            Setting(
                problem=_P.RECIPIENT,
                setting="virtusertable: @example.org error:nouser 550 No such user here",
                text=(
                    "List the valid addresses and end the table with the error mailer; for relayed domains use the "
                    'access map (To:example.org ERROR:"550 …") or a milter that asks the inner host.'
                ),
                reference="sendmail cf/README: VIRTUAL HOSTING, ACCESS DATABASE",
            ),
            Setting(
                problem=_P.CONTENT,
                setting="INPUT_MAIL_FILTER(…)",
                text="Scan in a milter and let it reject at the end of DATA.",
                reference="sendmail cf/README: ADDING NEW MAIL FILTERS",
            ),
        ),
    ),
    Product(
        name="Exim",
        search="exigrep {id} /var/log/exim4/mainlog",
        families=("exim",),
        banners=("exim",),
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
            ),
            Setting(
                problem=_P.FORWARD,
                setting="control = cutthrough_delivery",
                text="Deliver forwarded mail while the session is open, so that a refusal is passed to the client.",
                reference="Exim specification: ACL modifiers, control = cutthrough_delivery",
            ),
            Setting(
                problem=_P.DELAY,
                setting="delay_warning = 0s",
                text="A zero time sends none; delay_warning_condition keeps them for mail of your own users.",
                reference="Exim specification: Main configuration, delay_warning",
            ),
        ),
    ),
    Product(
        name="Postfix",
        families=("postfix",),
        banners=("postfix",),
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
            ),
            Setting(
                problem=_P.QUOTA,
                setting="check_policy_service in smtpd_recipient_restrictions",
                text="Ask the mailbox store (Dovecot: quota-status) at RCPT TO whether the mailbox is full.",
                reference="SMTPD_POLICY_README",
            ),
            Setting(
                problem=_P.FORWARD,
                setting="no forwarding of unfiltered mail; reject_unverified_recipient for the destination",
                text="Filter before the queue, and verify the forwarding destination at RCPT TO.",
                reference="ADDRESS_VERIFICATION_README",
            ),
            Setting(
                problem=_P.DELAY,
                setting="delay_warning_time = 0h",
                text="The default. Users of your own who want warnings need an instance of Postfix for themselves.",
                reference="postconf(5): delay_warning_time",
            ),
        ),
    ),
)
