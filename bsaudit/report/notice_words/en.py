"""English."""

from __future__ import annotations

from bsaudit.judge.advice_table import Problem
from bsaudit.report.notice_words.words import Cause, Words

WORDS = Words(
    subject="Backscatter from {host}: your server writes to forged senders",
    greeting="Dear postmaster,",
    intro=(
        "your mail system for {domain} accepts mail, and afterwards writes to the sender address which that mail bears. "
        "We tested this with messages of our own. Below stand what we sent, what came back, and the setting that ends "
        "it."
    ),
    intro_message=(
        "a notice that your mail system for {domain} wrote came to us. It was written after your system had accepted a "
        "message, to the sender address which that message bore. Below stand what came, and the setting that ends it."
    ),
    intro_survey=(
        "notices that your mail system for {domain} wrote came to us. They are about mail that we never sent: its sender "
        "address was forged. They were written after that mail had been accepted, to whoever stood as its sender. Below "
        "stand how many came and when, one of them, and the setting that ends it."
    ),
    happened="What happened",
    when="When, and which of your hosts",
    harm="Why it harms",
    change="What to change",
    noticed="Also noticed",
    reproduce="How to see it for yourself",
    ask="Whom to ask",
    sent="test messages sent to {domain}",
    run="run",
    permission="with the permission of",
    host="your host",
    accepted="accepted at",
    client="from",
    mail_from="MAIL FROM",
    rcpt_to="RCPT TO",
    message_id="Message-ID",
    queue_id="your queue id",
    reply="your reply",
    came_back="came back at",
    handed_over="handed over by",
    notices="such notices that came to us",
    first="the first at",
    last="the last at",
    causes="why they were written",
    example="One of them is this:",
    header="This is its header:",
    own_senders="All sender addresses were our own: nobody else was written to.",
    quoted="This is how what came back begins:",
    proof="That your system wrote it is shown by this:",
    harms=(
        "Spam and viruses bear forged sender addresses. Whoever accepts such mail and answers it later writes to people "
        "who never wrote to him: one forged message becomes one more unwanted message, in your name.",
        "Lists of such servers exist; mail from a server that is on one is refused by others, your users' mail, too.",
        "A server that refuses in the SMTP session (5xx) writes to nobody: the sending server tells its own user.",
    ),
    see="See {reference}",
    by_hand="Without our tool, from an address of your own:",
    in_logs="In the logs of your server:",
    retest="Our test is repeated by this command:",
    more="More on why it harms, on other products, and on each result:",
    explained="Our tool explains what its results mean:",
    expected="When it is mended, your server refuses in the session or keeps quiet, and nothing comes back.",
    contact="Questions, and a word when it is mended, are welcome at {contact}.",
    answer="Questions, and a word when it is mended, are welcome: please answer this mail.",
    no_more='If you want no further tests, publish the TXT record {name} "{text}".',
    in_charge_domain="This is meant for whoever is in charge of the domain {domain}: {addresses}.",
    in_charge_network="In charge of the network: {addresses}.",
    closing="Thank you for looking after it.",
    problems={
        Problem.RECIPIENT: Cause(
            "Mail for a recipient who does not exist is accepted, and returned later.",
            "Let every host that takes mail for the domain know the valid recipients, backup servers and gateways too, "
            "so that it refuses all others at RCPT TO.",
        ),
        Problem.CONTENT: Cause(
            "Mail that the filter does not want is accepted, and its sender is written to later.",
            "Scan while the SMTP session is open and refuse after DATA; file or discard what is found later, and never "
            "return it.",
        ),
        Problem.QUOTA: Cause(
            "Mail for a full mailbox is accepted, and returned later.",
            "Ask at RCPT TO whether the mailbox is full, and answer 452 or 552 there.",
        ),
        Problem.REPLY: Cause(
            "Mail is answered automatically, also where its sender is forged.",
            "Answer only mail that names the person as recipient, passed the spam filter and is no bulk mail; the same "
            "sender once in days, and with the null reverse-path. Never send challenges.",
        ),
        Problem.FORWARD: Cause(
            "Mail is forwarded, and what the next server refuses is returned to the sender.",
            "Filter before forwarding and keep the session open until the next server has answered, or forward with a "
            "reverse-path of your own.",
        ),
        Problem.DELAY: Cause(
            "The sender is warned that a message is still waiting to be delivered.",
            "Switch delay warnings off for mail from outside.",
        ),
        Problem.ANY: Cause(
            "Mail is accepted, not delivered, and its sender is written to later.",
            "Decide while the SMTP session is open, and refuse there what you will not deliver.",
        ),
    },
    findings={
        "forwards-and-returns": Cause(
            "Mail is forwarded to a third party, and what that one refuses comes back to the sender.",
            "Filter before forwarding, and refuse in the session what the destination refuses.",
        ),
        "callout": Cause(
            "Your server connects to the mail server of whoever stands as the sender, to test the address.",
            "Switch such sender verification (callouts) off.",
        ),
        "bounces-authenticated": Cause(
            "Only senders whom SPF vouches for are written to.",
            "The remedy is the same: refuse in the session. The harm is smaller, not none.",
        ),
        "answers-wrong-address": Cause(
            "The answer went to the address in From or Reply-To instead of the reverse-path.",
            "Use a responder that answers to the reverse-path (RFC 3834).",
        ),
        "answers-lists": Cause(
            "Mail from mailing lists is answered automatically.",
            "Use a responder that keeps quiet for mailing lists (RFC 3834).",
        ),
        "answers-repeatedly": Cause(
            "The same sender was answered more than once within minutes.",
            "Use a responder that remembers for days whom it has answered.",
        ),
        "answer-reverse-path": Cause(
            "The automatic answer has a reverse-path of its own: two such programs can answer each other for ever.",
            "Send automatic answers with the null reverse-path <>.",
        ),
        "answer-unmarked": Cause(
            "The automatic answer is not marked as one.",
            "Let it bear the field Auto-Submitted: auto-replied.",
        ),
        "answers": Cause(
            "Ordinary mail is answered automatically.",
            "Nothing need change if the answers are as RFC 3834 asks.",
        ),
        "refuses-null-reverse-path": Cause(
            "Notifications (reverse-path <>) are refused for an existing user, who never learns that his mail failed.",
            "Accept the reverse-path <>.",
        ),
        "no-postmaster": Cause(
            "The address postmaster is refused.", "Create it, and exempt it from filters (RFC 5321 §4.5.1)."
        ),
        "no-abuse": Cause(
            "The address abuse is refused: nobody can complain.", "Create it, and exempt it from filters (RFC 2142)."
        ),
        "no-contact": Cause(
            "The notice tells people to write to an address that your server refuses.",
            "Correct the address in the template of the notice, or create it.",
        ),
        "unreachable-operator": Cause(
            "Nobody can be written to about your mail: postmaster and abuse are refused, and no public register has a contact.",
            "Create postmaster and abuse, and register a contact at abuse.net and with your address registry.",
        ),
        "accepts-unknown": Cause(
            "Mail for a recipient who does not exist was accepted, and nothing came back: it is lost without a word.",
            "Refuse unknown recipients at RCPT TO.",
        ),
        "second-try-differs": Cause(
            "The first attempt was put off, and the second was not (greylisting or the like).",
            "Nothing need change; keep the delay below five minutes.",
        ),
        "bounces-with-notify": Cause(
            "Only mail that asked for delivery notifications was returned.",
            "The remedy is the same: refuse in the session.",
        ),
        "ndn-bounces-a-bounce": Cause(
            "A message with the null reverse-path <> was answered with a notification: two such servers never end.",
            "Never write to <>, and never take the address from From instead.",
        ),
        "ndn-returns-virus": Cause(
            "The notification carries the virus back.",
            "Scan before the message is accepted; else return its header only.",
        ),
        "ndn-returns-spam": Cause(
            "The notification carries the whole spam back: your server spreads it under its own name.",
            "Scan before the message is accepted; else return its header only.",
        ),
        "ndn-non-null-reverse-path": Cause(
            "The notification has a reverse-path of its own: an answer to it can loop.",
            "Send notifications with the null reverse-path <>.",
        ),
        "ndn-several": Cause(
            "More than one notification came back for one message to one recipient.",
            "Let one system notify, and the others keep quiet.",
        ),
        "ndn-no-reason": Cause(
            "The notification does not say why the message was not delivered.",
            "Pass the reply of the next server on.",
        ),
        "ndn-not-machine-readable": Cause(
            "No program can read the notification: it has no message/delivery-status part.",
            "Switch notifications in the form of RFC 3464 on.",
        ),
        "ndn-leaks-internal-hosts": Cause(
            "The notification tells strangers of internal hosts or addresses.",
            "Refuse at the border, or let the border rewrite what inner hosts say.",
        ),
        "ndn-leaks-users": Cause(
            "The notification tells strangers how mail is stored or redirected.",
            "Refuse in the session, or use a delivery agent whose errors name neither paths nor users.",
        ),
        "ndn-leaks-filter-scores": Cause(
            "The notification tells spammers how their message was rated.",
            "Take scores and names of rules out of the template; better, send no such notice.",
        ),
    },
    evidence={
        "handed_over": "Our side took it from this host of yours.",
        "acceptance": "Your system was shown to have taken the message that this notice is about.",
        "returned_trace": "The copy in it bears a Received line that your host wrote.",
        "birth": "Its oldest Received line was written by your host.",
        "reporter": "The report names your host as its writer.",
        "received_from": "The report says from which host of yours the message came.",
        "recipient": "It names a final recipient whom only your side knows.",
        "signature": "It bears a valid signature, or a verified name, of your organisation.",
    },
)
