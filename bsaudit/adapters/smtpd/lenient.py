"""MAIL and RCPT as leniently as can be read: for a server to which a bounce is evidence, however odd its sender."""

from __future__ import annotations

import re

from bsaudit.adapters.smtpd.syntax import Grammar, Recipient, Refused, Syntax, Transaction

# RFC 5321 §4.1.2: what is between the brackets, behind a source route (appendix F.2)
_PATH = re.compile(r"\s*<(?:@[^:>]*:)?(?P<address>(?:\"(?:[^\"\\]|\\.)*\"|[^\">])*)>(?P<rest>.*)", re.DOTALL)
# §4.1.2: quotes around what needs none change nothing.
_NEEDLESS = re.compile(r"\"(?P<plain>[\w.!#$%&'*+/=?^`{|}~-]+)\"(?=@|$)")
_SIZE = re.compile(r"SIZE=([0-9]{1,20})")  # RFC 1870 §3


def mail_command(arg: str, syntax: Syntax) -> Transaction:
    """Return the transaction that MAIL opens; of the parameters only SIZE and SMTPUTF8 are read. Raises Refused.

    No size is too large yet: whom it is for, and so whether it is evidence, is only said at RCPT.
    """
    del syntax
    address, words = _path(arg, "FROM:")
    given = words.upper().split()
    size = next((int(found[1]) for found in map(_SIZE.fullmatch, given) if found), None)
    return Transaction(address, size=size, smtputf8="SMTPUTF8" in given)


def rcpt_command(arg: str, transaction: Transaction, syntax: Syntax) -> Recipient:
    """Return the recipient that RCPT names; its parameters are not read. Raises Refused."""
    del transaction, syntax
    return Recipient(_path(arg, "TO:")[0])


def _path(arg: str, keyword: str) -> tuple[str, str]:
    if arg[: len(keyword)].upper() != keyword or not arg[len(keyword) :].strip():
        raise Refused(f"501 5.5.4 Syntax: {keyword}<address>")
    found = _PATH.fullmatch(arg, len(keyword))
    if found is not None:
        return _NEEDLESS.sub(r"\g<plain>", found["address"].strip()), found["rest"]
    address, _, rest = arg[len(keyword) :].strip().partition(" ")
    return address, rest


LENIENT = Grammar(mail_command, rcpt_command)
