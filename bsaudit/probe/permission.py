"""The word of a domain's owner, as a TXT record says it at `_bsaudit.DOMAIN`, and the mail that asks for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

LABEL = "_bsaudit"
_VERSION = "v=bsaudit1"
# What nobody's permission overrides: of a domain, or of a mail exchanger's name.
DENY_TEXT = f"{_VERSION}; deny"


def record_name(domain: str) -> str:
    return f"{LABEL}.{domain}"


def record_text(catch_domain: str) -> str:
    """Return the TXT record by which a target allows audits whose catch mailbox lies in `catch_domain`."""
    return f"{_VERSION}; catch={catch_domain}"


def allows(texts: Iterable[str], catch_domain: str) -> bool:
    """Say whether one of these TXT records allows an audit; one that denies it is in force whatever the others say."""
    texts = tuple(texts)
    return not denies(texts) and any(f"catch={catch_domain}".lower() in _tags(text) for text in texts)


def denies(texts: Iterable[str]) -> bool:
    return any("deny" in _tags(text) for text in texts)


def _tags(text: str) -> tuple[str, ...]:
    """Return the tags of a record of ours, none of another's."""
    version, *tags = (part.strip().lower() for part in text.split(";"))
    return tuple(tags) if version == _VERSION else ()


_REQUEST = """\
To: postmaster@{domain}
Subject: May we test how {domain} handles undeliverable mail?

Hello,

we would like to find out whether the mail server of {domain} rejects what it will not deliver in the SMTP session, or
accepts it and sends a notification to the sender later, who often is a forged one (backscatter). The program is
bsaudit. It sends a dozen messages to {domain}, one a second at most: to addresses that do not exist, and test strings
for spam and virus filters (GTUBE, EICAR; harmless) to postmaster@{domain} or to a mailbox that you name. All carry our
own addresses, say what they are, and answers go to {catch_domain}.

If you agree, please publish this record for as long as it shall be allowed:

    {name}.  IN TXT  "{text}"

It allows {domain} at the mail exchangers that it publishes, and nothing else. An answer to this mail will do as well.
If these are somebody else's hosts, their owner should agree too.

If you never want to be tested, by anybody, publish this instead; it overrides every permission:

    {name}.  IN TXT  "{deny}"

Questions: {contact}
"""


def request_mail(domain: str, catch_domain: str, contact: str) -> str:
    """Return the mail that asks the owner of `domain` for permission."""
    return _REQUEST.format(
        domain=domain,
        catch_domain=catch_domain,
        contact=contact,
        name=record_name(domain),
        text=record_text(catch_domain),
        deny=DENY_TEXT,
    )
