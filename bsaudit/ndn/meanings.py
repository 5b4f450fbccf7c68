"""What clauses mean: which concepts together give which reason. Data only.

A clause is normalised first (`NORMAL`): what is denied becomes its opposite ("not found" is unknown). Then the first
row of `MEANINGS` that one of the clauses fits says why: most telling first, because a reply says more than one thing
("Sender address rejected: Domain not found" is about the sender). A row needs one concept of each word of `needs`
(`a|b`) and none of `lacks`. `strength` is what an enhanced status code is weighed against: it comes behind what is
`CLEAR` or `USUAL` and before what is `VAGUE`; its subject comes before what is `FAINT`. Of the prose around a reply,
where systems, rules and headers are spoken of in general, less is believed.
"""

from __future__ import annotations

from msgspec import Struct

from bsaudit.model.notification import Reason

CLEAR, USUAL, VAGUE, FAINT = 3, 2, 1, 0


class Meaning(Struct, frozen=True):
    """A row: its `id`, the concepts that a clause needs and lacks, what it means, how sure that is."""

    id: str
    needs: str
    reason: Reason
    strength: int = USUAL
    lacks: str = ""


class Normal(Struct, frozen=True):
    """A row of the grammar: a clause with all of `needs` and none of `lacks` also says `gives`."""

    id: str
    needs: str
    gives: str
    lacks: str = ""


NORMAL: tuple[Normal, ...] = (
    Normal("not-known", "not exist|found|valid|known|such", "unknown"),
    Normal("not-here", "not here user|box|address|domain", "unknown", "error"),
    Normal("has-none", "not have user|box", "unknown"),
    Normal("no-user", "not user|box|address work|longer", "unknown"),
    Normal("closed-connection", "net disabled", "unreachable", "user box"),
    Normal("not-accepted", "not accept", "refuse"),
    Normal("not-active", "not active", "disabled", "such"),
    Normal("not-available", "not avail", "unavailable"),
    Normal("no-space", "not space|quota", "full"),
    Normal("over-quota", "exceed quota|space", "full"),
    Normal("over-size", "exceed size", "big"),
    Normal("too-many", "too many", "excess"),
    Normal("cannot-reach", "not reach|net", "unreachable", "accept|refuse user recipients"),
    Normal("your-address", "you ip|domain|address", "sender", "message"),
    Normal("from-address", "from ip|domain|address|@", "sender", "respond|reach"),
)

_R = Reason
MEANINGS: tuple[Meaning, ...] = (
    # --- clear: words of one meaning, whatever stands beside them
    Meaning("sender-not-verified", "sender verify error|not|unknown|refuse", _R.POLICY, CLEAR),
    Meaning("no-dns-entries", "noentries|nullmx", _R.HOST_UNKNOWN, CLEAR, "sender"),
    Meaning("quota-of-sending", "quota|limit exceed|full rate|sender", _R.RATE, CLEAR, "box header"),
    Meaning("relay-quota", "relay quota|limit", _R.RATE, CLEAR),
    Meaning("box-full", "user|box|address|quota full", _R.MAILBOX_FULL, CLEAR, "sender relay rate"),
    Meaning(
        "box-over-limit", "box|quota exceed|big|excess size|limit|message", _R.MAILBOX_FULL, CLEAR, "sender rate header"
    ),
    Meaning("domain-full", "domain exceed|full|big size|space|disk", _R.MAILBOX_FULL, CLEAR, "message sender"),
    Meaning("too-many-errors", "excess wrong|unknown|error|command", _R.POLICY, CLEAR, "attempt"),
    Meaning("spam-or-virus", "spam virus", _R.SPAM, CLEAR, "filter"),
    Meaning("virus", "virus", _R.VIRUS, CLEAR),
    Meaning("relay-refused", "relay refuse|not|error", _R.RELAY_DENIED, CLEAR, "openrelay rate temp grey ptr"),
    Meaning("program-failed", "program", _R.SYSTEM, CLEAR),
    Meaning("loops-back", "loop internal", _R.SYSTEM, CLEAR),
    Meaning("loop", "loop", _R.NETWORK, CLEAR),
    Meaning("account-expired", "user|box expire", _R.MAILBOX_DISABLED, CLEAR, "giveup timeout message auth"),
    Meaning("greylisted", "grey", _R.POLICY, CLEAR),
    Meaning("several-headers", "header|from several", _R.PROTOCOL, CLEAR),
    Meaning("quota", "quota", _R.MAILBOX_FULL, CLEAR, "sender rate relay full"),
    Meaning("bad-link", "blurl", _R.SPAM, CLEAR),
    Meaning("personal-list", "prefer dnsbl", _R.FILTERED, CLEAR, "ip"),
    Meaning("listed", "dnsbl", _R.POLICY, CLEAR),
    Meaning("too-much-spam", "excess spam ip|sender|you", _R.POLICY, CLEAR),
    Meaning(
        "spam-detected", "spam probable|score|content|message|refuse|filter", _R.SPAM, CLEAR, "ip reputation rate dmarc"
    ),
    Meaning("sent-too-much", "rate excess|exceed|limit|refuse", _R.RATE, CLEAR, "reputation"),
    Meaning("too-many-kept", "excess message system", _R.MAILBOX_FULL, CLEAR, "net sender from"),
    Meaning("too-many-attempts", "excess|limit attempt", _R.EXPIRED, CLEAR),
    Meaning("too-many-connections", "excess net|recipients|message", _R.RATE, CLEAR, "wrong unknown error box"),
    # --- who is spoken of: the sender, the client, their names
    Meaning("attachment-refused", "attachment refuse|wrong|not", _R.POLICY, CLEAR, "spam virus big"),
    Meaning("preferences", "prefer refuse|not|accept|filter", _R.FILTERED, CLEAR, "net domain ip"),
    Meaning("recipients-filter", "user|recipients filter refuse", _R.FILTERED, CLEAR, "net domain ip sender spam"),
    Meaning("letters", "international refuse|not|must|wrong|unsupported", _R.PROTOCOL, CLEAR),
    Meaning("no-authentication", "dmarc", _R.POLICY, CLEAR),
    Meaning("reverse-name", "ptr not|unknown|wrong|refuse|error|ip|probable|must|you|sender", _R.POLICY, CLEAR),
    Meaning("reputation", "reputation", _R.POLICY, CLEAR),
    Meaning("will-not-talk", "talk refuse", _R.POLICY, CLEAR),
    Meaning("open-relay", "openrelay", _R.POLICY, CLEAR, "not"),
    Meaning("log-in-first", "auth", _R.POLICY, CLEAR, "unsupported command tls"),
    Meaning("null-sender", "nullsender refuse|not|unknown|wrong", _R.POLICY, CLEAR),
    Meaning("recipient-does-not-want", "user not accept from message", _R.FILTERED, CLEAR, "ip domain address system"),
    Meaning(
        "sender-refused",
        "sender refuse|unknown|unrouted|nullmx|wrong|not|error|disabled",
        _R.POLICY,
        CLEAR,
        "prefer size rate timeout header",
    ),
    Meaning("not-in-user-list", "userlist not|unknown", _R.USER_UNKNOWN, CLEAR, "sender"),
    Meaning("suppressed", "suppressed", _R.POLICY, CLEAR),
    Meaning("license", "license expire|wrong|exceed|not", _R.SYSTEM, CLEAR),
    Meaning("no-such-list", "group exist not", _R.USER_UNKNOWN, CLEAR, "sender from you"),
    Meaning("members-only", "nonmember|group nonmember|refuse|not|disabled", _R.POLICY, CLEAR),
    # --- what happened to the message
    Meaning("domain-expired", "realm expire", _R.HOST_UNKNOWN, USUAL, "message giveup timeout tls user sender"),
    Meaning("message-expired", "expire", _R.EXPIRED, USUAL, "tls user"),
    Meaning("certificate-expired", "expire tls", _R.NETWORK),
    Meaning("their-domain", "theirdomain not|unknown|wrong", _R.HOST_UNKNOWN, USUAL, "sender"),
    Meaning("unrouted-domain", "unrouted realm", _R.HOST_UNKNOWN, USUAL, "sender"),
    Meaning("unrouted-address", "unrouted", _R.USER_UNKNOWN, USUAL, "sender"),
    Meaning("dns-down", "dnsfail", _R.NETWORK),
    Meaning("dns", "dns error|unknown|wrong|not|refuse", _R.HOST_UNKNOWN, USUAL, "sender user net"),
    Meaning("bad-system-address", "domain system wrong", _R.HOST_UNKNOWN),
    Meaning("no-such-domain", "domain unknown|wrong", _R.HOST_UNKNOWN, USUAL, "user box address sender ip"),
    Meaning("no-mail-server", "realm not have system", _R.HOST_UNKNOWN, USUAL, "sender"),
    Meaning(
        "takes-no-mail", "domain|system not accept message", _R.HOST_UNKNOWN, USUAL, "sender ip policy user from temp"
    ),
    Meaning("domain-out-of-reach", "realm not reach", _R.HOST_UNKNOWN, USUAL, "sender"),
    Meaning("malformed", "malformed", _R.PROTOCOL, USUAL, "user box command"),
    Meaning("too-big", "message|content|header|attachment|size big", _R.TOO_BIG, USUAL, "box rate giveup"),
    Meaning("size-limit", "size limit", _R.TOO_BIG, USUAL, "box rate user"),
    Meaning("domain-disabled", "realm disabled", _R.MAILBOX_DISABLED, USUAL, "sender ip net you"),
    Meaning("no-active-address", "not active address", _R.USER_UNKNOWN),
    Meaning("disabled", "user|box|address disabled", _R.MAILBOX_DISABLED, USUAL, "sender"),
    Meaning(
        "state-disabled", "disabled", _R.MAILBOX_DISABLED, USUAL, "sender system auth internal net tls message temp"
    ),
    Meaning("spam", "spam", _R.SPAM, USUAL, "ip rate"),
    Meaning("score-too-high", "score refuse|exceed|excess|message|limit", _R.SPAM, USUAL, "ip reputation rate"),
    Meaning("busy-user", "user rate", _R.RATE),
    Meaning("internal", "internal error|not|refuse|unavailable|temp|busy|unreachable", _R.SYSTEM),
    Meaning("unknown-user", "user|box|address unknown", _R.USER_UNKNOWN, USUAL, "sender net"),
    Meaning("bad-address", "user|box|address wrong", _R.USER_UNKNOWN, USUAL, "sender header"),
    Meaning("refused-by-policy", "policy refuse", _R.POLICY, USUAL, "filter content attachment user"),
    Meaning("box-unavailable", "user|box unavailable", _R.USER_UNKNOWN, USUAL),
    Meaning("relay", "relay", _R.RELAY_DENIED, USUAL, "openrelay rate temp ptr"),
    Meaning(
        "unknown", "unknown", _R.USER_UNKNOWN, USUAL, "sender ip domain command protocol auth header system net giveup"
    ),
    Meaning("gave-up", "giveup", _R.EXPIRED, USUAL, "temp"),
    Meaning("not-in-time", "message|attempt not within", _R.EXPIRED, USUAL, "rate limit accept"),
    Meaning("rate", "rate", _R.RATE, USUAL),
    Meaning("no-room", "space full", _R.MAILBOX_FULL, USUAL, "system disk"),
    Meaning("limit-exceeded", "limit exceed", _R.RATE, USUAL, "size box attempt"),
    Meaning("content-refused", "content|filter refuse", _R.SPAM, USUAL, "protocol attachment"),
    Meaning("header-missing", "header must|not|error", _R.PROTOCOL, USUAL, "sender domain"),
    Meaning("bad-header", "protocol|header wrong|not|several|refuse|big", _R.PROTOCOL, USUAL, "sender domain"),
    Meaning("bad-command", "command wrong|unknown|error|not|unsupported|excess", _R.PROTOCOL),
    Meaning("verification", "user|address verify error", _R.USER_UNKNOWN),
    Meaning("no-answer", "not respond system|domain|net", _R.EXPIRED),
    Meaning("broken-off", "talk timeout", _R.NETWORK),
    Meaning("timed-out", "timeout", _R.EXPIRED),
    Meaning("no-connections", "net system not accept", _R.NETWORK, USUAL, "sender ip from policy you"),
    Meaning("port-closed", "net refuse", _R.NETWORK, USUAL, "sender ip from policy accept"),
    Meaning("unreachable", "unreachable", _R.NETWORK),
    Meaning("tls", "tls not|error|wrong|refuse|must|unavailable|unsupported", _R.NETWORK),
    Meaning("unsupported", "unsupported", _R.PROTOCOL),
    Meaning("system-full", "system|disk full|space", _R.SYSTEM),
    Meaning("only-some", "only accept", _R.POLICY, CLEAR, "user"),
    Meaning("you-must", "you must system|net|ip|domain", _R.POLICY),
    Meaning("policy", "policy", _R.POLICY, USUAL),
    Meaning("check-the-address", "address|user correct", _R.USER_UNKNOWN, USUAL, "sender"),
    # --- vague
    Meaning("server-busy", "system|net|domain busy", _R.RATE, VAGUE),
    Meaning("system-for-now", "system temp", _R.SYSTEM, VAGUE, "sender rate"),
    Meaning("too-much", "excess", _R.RATE, VAGUE),
    Meaning("message-refused", "message refuse", _R.POLICY, VAGUE),
    Meaning("refused", "refuse", _R.POLICY, VAGUE, "user recipients address @"),
    Meaning("filtered", "filter message|content", _R.SPAM, VAGUE),
    Meaning("ip", "ip", _R.POLICY, VAGUE),
    Meaning("tls-said", "tls", _R.NETWORK, VAGUE),
    Meaning("protocol", "protocol|command", _R.PROTOCOL, VAGUE),
    Meaning("busy", "busy", _R.RATE, VAGUE),
    Meaning("net", "net error|not|wrong|temp", _R.NETWORK, VAGUE),
    Meaning("system", "internal|system error|wrong|unavailable", _R.SYSTEM, VAGUE),
    Meaning("temporary", "temp", _R.SYSTEM, VAGUE),
    # --- faint: what stands in front of every reason ("Recipient address rejected: …")
    Meaning("recipient-refused", "user|recipients|address|@ refuse", _R.USER_UNKNOWN, FAINT, "sender policy message"),
)
