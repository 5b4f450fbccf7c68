"""A directory of names that bounces: the user it names has no domain, and its advice names nobody."""

from __future__ import annotations

from bsaudit.model.notification import Kind, Reason
from bsaudit.ndn import read

NOTICE = b"""\
From: MAILER-DAEMON@mr.example.edu
To: sender@inbox.example
Subject: Returned mail - nameserver error report

 --------Message not delivered to the following:

 jdoe    No matches to nameserver query

 --------Error Detail (phquery V4.1):

 The message "No matches to nameserver query" is generated whenever the directory fails to locate a name.
 Try emailing to NAME@cs.example.edu instead.

 --------Unsent Message below:

Subject: hello

text
"""


def test_the_bare_name_is_the_recipient_and_the_advice_is_not() -> None:
    found = read(NOTICE)
    assert found.kind is Kind.NDN
    assert [(one.final_recipient, one.reason) for one in found.recipients] == [("jdoe", Reason.USER_UNKNOWN)]
