"""Logs of each family, in its own words, and what each of them shows."""

# ruff: noqa: E501 -- lines of logs are long
from __future__ import annotations

from tests.support.logs import dialogue

DAY = "2026-03-01 10:00:00 "
SYSLOG = "Mar  1 10:00:00 mx "
ONE, TWO, THREE = "1aaaaa-000001-0A", "1aaaaa-000002-0B", "1aaaaa-000003-0C"
LONG = "1aaaaa-00000000001-000A", "1aaaaa-00000000002-000B"

EXIM = f"""
    {ONE} <= eve@far.example H=(x) [203.0.113.4] P=esmtp S=9 id=1@far.example
    {ONE} ** x@ours.example R=inner T=smtp H=store [192.0.2.3]: SMTP error after RCPT TO:<x@ours.example>: 550 5.1.1 User unknown
    {TWO} <= <> R={ONE} U=exim P=local S=99
    {ONE} Completed
    {TWO} => eve@far.example R=dnslookup T=smtp H=mx [198.51.100.4] C="250 ok"
    {TWO} Completed
"""
REPLY = f"""
    {ONE} <= eve@far.example H=(x) [203.0.113.4] P=esmtp S=9
    {TWO} <= <> R={ONE} U=vac P=local S=99
    {ONE} => vac <vac@ours.example> R=vacation T=vacation_reply
    {ONE} Completed
    {TWO} => eve@far.example R=dnslookup T=smtp H=mx [198.51.100.4] C="250 ok"
    {TWO} Completed
"""
WARNING = f"""
    {ONE} <= eve@far.example H=(x) [203.0.113.4] P=esmtp S=9
    {ONE} == x@ours.example R=inner T=smtp defer (111): Connection refused
    {TWO} <= <> R={ONE} U=exim P=local S=99
    {TWO} => eve@far.example R=dnslookup T=smtp H=mx [198.51.100.4] C="250 ok"
    {TWO} Completed
    {ONE} ** x@ours.example: retry timeout exceeded
    {THREE} <= <> R={ONE} U=exim P=local S=99
    {ONE} Completed
    {THREE} ** eve@far.example R=dnslookup T=smtp H=mx [198.51.100.4]: 550 no
    {THREE} Frozen (delivery error message)
"""
SUCCESS = f"""
    {ONE} <= eve@far.example H=(x) [203.0.113.4] P=esmtp S=9
    {ONE} => x <x@ours.example> R=local T=maildir
    {TWO} <= <> R={ONE} U=exim P=local S=99
    {ONE} Completed
    {TWO} => eve@far.example R=dnslookup T=smtp H=mx [198.51.100.4] C="250 ok"
    {TWO} Completed
"""
BLACKHOLE = EXIM.replace("=> eve@far.example", "=> :blackhole: <eve@far.example>")
SENDMAIL = """
    AAAA0000001: from=<eve@far.example>, size=9, class=0, nrcpts=1, proto=ESMTP, daemon=MTA, relay=[203.0.113.4]
    AAAA0000001: to=<x@ours.example>, delay=00:00:01, mailer=esmtp, relay=store. [192.0.2.3], dsn=5.1.1, reply=550 5.1.1 <x@ours.example>: User unknown, stat=User unknown
    AAAA0000001: BBBB0000002: DSN: User unknown
    AAAA0000001: CCCC0000003: postmaster notify: User unknown
    BBBB0000002: to=<eve@far.example>, delay=00:00:01, mailer=esmtp, relay=mx. [198.51.100.4], dsn=2.0.0, stat=Sent (ok)
    CCCC0000003: to=<postmaster@mx.ours.example>, delay=00:00:01, mailer=local, dsn=2.0.0, stat=Sent
"""
NOTIFY = """
    AAAA0000001: from=<eve@far.example>, size=9, class=0, nrcpts=1, proto=ESMTP, daemon=MTA, relay=[203.0.113.4]
    AAAA0000001: BBBB0000002: sender notify: Warning: could not send message for past 4 hours
    AAAA0000001: CCCC0000003: sender notify: Cannot send message for 5 days
    CCCC0000003: to=<eve@far.example>, delay=00:00:01, mailer=esmtp, relay=mx., dsn=5.1.1, stat=User unknown
    CCCC0000003: DDDD0000004: return to sender: User unknown
    AAAA0000001: EEEE0000005: DSN: Return receipt
    EEEE0000005: to=<eve@far.example>, delay=00:00:01, mailer=esmtp, relay=mx., dsn=2.0.0, stat=Sent (ok)
"""
OPENSMTPD = """
    aa1 smtp connected address=203.0.113.4 host=unknown
    aa1 smtp envelope evpid=1111111111111111 from=<eve@far.example> to=<x@ours.example>
    bb1 mta delivery evpid=1111111111111111 from=<eve@far.example> to=<x@ours.example> rcpt=<-> source="192.0.2.1" relay="192.0.2.3 (store)" delay=0s result="PermFail" stat="550 5.1.1 User unknown"
    aa2 smtp connected address=local host=mx.ours.example
    aa2 smtp envelope evpid=2222222222222222 from=<> to=<eve@far.example>
    bb2 mta delivery evpid=2222222222222222 from=<> to=<eve@far.example> rcpt=<-> source="192.0.2.1" relay="198.51.100.4 (mx)" delay=0s result="Ok" stat="250 ok"
    aa3 smtp connected address=198.51.100.9 host=other.example
    aa3 smtp envelope evpid=3333333333333333 from=<> to=<x@ours.example>
"""
QMAIL = """
    new msg 7
    info msg 7: bytes 9 from <eve@far.example> qp 100 uid 7791
    starting delivery 1: msg 7 to local ours.example-x@ours.example
    delivery 1: failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/
    bounce msg 7 qp 101
    end msg 7
    info msg 8: bytes 9 from <> qp 101 uid 7796
    starting delivery 2: msg 8 to remote eve@far.example
    delivery 2: failure: 198.51.100.4_does_not_like_recipient./
    bounce msg 8 qp 102
    end msg 8
    info msg 7: bytes 9 from <#@[]> qp 102 uid 7796
    end msg 7
"""
HARAKA = """
    [NOTICE] [A1] [core] connect ip=203.0.113.4 port=1 local_ip=192.0.2.1
    [NOTICE] [A1.1] [core] sender <eve@far.example> code=CONT msg=""
    [NOTICE] [A1.1.1] [outbound] recipient <x@ours.example> rejected: 550 5.1.1 User unknown
    [INFO] [A1.1.1] [outbound] bouncing mail: Some recipients failed: <x@ours.example>
    [INFO] [-] [outbound] Created transaction: B2
    [NOTICE] [B2.1] [outbound]  delivered file=1 domain=far.example host=mx response="ok"
    [NOTICE] [C3.1] [core] sender <mia@far.example> code=CONT msg=""
    [INFO] [C3.1.1] [outbound] bouncing mail: 550 no
    [INFO] [C3.1.1] [outbound] Plugin responded with: OK. Not sending bounce.
"""
QMAIL_LIST = """
    info msg 7: bytes 9 from <list-return-5-@ours.example-@[]> qp 100 uid 7791
    starting delivery 1: msg 7 to remote gone@else.example
    delivery 1: failure: 198.51.100.9_does_not_like_recipient./
    bounce msg 7 qp 101
    end msg 7
    info msg 8: bytes 9 from <> qp 101 uid 7796
    starting delivery 2: msg 8 to local ours.example-list-return-5-@ours.example
    delivery 2: success: did_0+0+1/
    end msg 8
"""
# What answers is a program; a bounce of another server's that is passed on was not asked for.
QMAIL_REPLY = """
    info msg 7: bytes 900 from <eve@far.example> qp 100 uid 7791
    starting delivery 1: msg 7 to local ours.example-away@ours.example
    info msg 8: bytes 500 from <> qp 110 uid 89
    starting delivery 2: msg 8 to remote eve@far.example
    delivery 1: success: did_1+0+1/
    end msg 7
    delivery 2: success: 198.51.100.4_accepted_message./
    end msg 8
    info msg 9: bytes 900 from <> qp 120 uid 7791
    starting delivery 3: msg 9 to remote bob@else.example
    delivery 3: success: 198.51.100.4_accepted_message./
    end msg 9
"""
SENDMAIL_TWO = """
    AAAA0000001: from=<eve@far.example>, size=9, class=0, nrcpts=2, proto=ESMTP, daemon=MTA, relay=[203.0.113.4]
    AAAA0000001: to=<x@ours.example>, delay=00:00:01, mailer=esmtp, relay=store. [192.0.2.3], dsn=5.1.1, stat=User unknown
    AAAA0000001: to=<y@ours.example>, delay=00:00:01, mailer=esmtp, relay=other. [192.0.2.4], dsn=4.0.0, stat=Deferred: Connection refused by other.
    AAAA0000001: BBBB0000002: DSN: User unknown
    BBBB0000002: to=<eve@far.example>, delay=00:00:00, mailer=esmtp, dsn=4.4.3, stat=queued
    BBBB0000002: to=<eve@far.example>, delay=00:00:01, mailer=esmtp, relay=mx. [198.51.100.4], dsn=2.0.0, stat=Sent (ok)
"""
# vacation(1) as a program in .forward; with -z it has no sender
SENDMAIL_REPLY = """
    AAAA0000001: from=<eve@far.example>, size=9, class=0, nrcpts=1, msgid=<1@far.example>, proto=ESMTP, daemon=MTA, relay=[203.0.113.4]
    BBBB0000002: from={sender}, size=300, class=-60, nrcpts=1, msgid=<202603011000.BBBB0000002@mx.ours.example>, relay=al@localhost
    AAAA0000001: to="|/usr/bin/vacation al", ctladdr=<al@ours.example> (1001/1001), delay=00:00:01, mailer=prog, dsn=2.0.0, stat=Sent
    BBBB0000002: to=eve@far.example, ctladdr=al (1001/1001), delay=00:00:01, mailer=esmtp, relay=mx. [198.51.100.4], dsn=2.0.0, stat=Sent (ok)
"""
EXIM_LIST = f"""
    {ONE} <= eve@far.example H=(x) [203.0.113.4] P=esmtp S=9
    {ONE} ** gone@else.example <list@ours.example> R=dnslookup T=smtp H=mx [198.51.100.9]: 550 5.1.1 User unknown
    {TWO} <= <> R={ONE} U=exim P=local S=99
    {ONE} Completed
    {TWO} => carol <owner-list@ours.example> R=local T=maildir
    {TWO} Completed
"""
OPENSMTPD_5 = """
    smtp-in: New session a1 from host unknown [203.0.113.4]
    smtp-in: Accepted message 11111111 on session a1: from=<eve@far.example>, to=<x@ours.example>, size=900, ndest=1, proto=ESMTP
    relay: PermFail for 1111111122222222: session=a2, from=<eve@far.example>, to=<x@ours.example>, rcpt=<->, source=192.0.2.1, relay=192.0.2.3 (store), delay=0s, stat=550 5.1.1 User unknown
    smtp-in: New session a3 from host mx.ours.example [local]
    smtp-in: Accepted message 33333333 on session a3: from=<>, to=<eve@far.example>, size=1900, ndest=1, proto=ESMTP
    relay: Ok for 3333333344444444: session=a4, from=<>, to=<eve@far.example>, rcpt=<->, source=192.0.2.1, relay=198.51.100.4 (mx), delay=1s, stat=250 ok
    smtp-in: New session a5 from host mx.far.example [198.51.100.4]
    smtp-in: Accepted message 55555555 on session a5: from=<>, to=<y@ours.example>, size=1900, ndest=1, proto=ESMTP
"""
OPENSMTPD_6_0 = """
    a1 smtp event=connected address=203.0.113.4 host=unknown
    a1 smtp event=message address=203.0.113.4 host=unknown msgid=11111111 from=<eve@far.example> to=<x@ours.example> size=900 ndest=1 proto=ESMTP
    a2 mta event=delivery evpid=1111111122222222 from=<eve@far.example> to=<x@ours.example> rcpt=<-> source="192.0.2.1" relay="192.0.2.3 (store)" delay=0s result="PermFail" stat="550 5.1.1 User unknown"
    a3 smtp event=connected address=local host=mx.ours.example
    a3 smtp event=message address=local host=mx.ours.example msgid=33333333 from=<> to=<eve@far.example> size=1900 ndest=1 proto=ESMTP
    a4 mta event=delivery evpid=3333333344444444 from=<> to=<eve@far.example> rcpt=<-> source="192.0.2.1" relay="198.51.100.4 (mx)" delay=0s result="Ok" stat="250 ok"
"""
COURIER = """
    courierd[5]: newmsg,id=0A.1: dns; x (x [::ffff:203.0.113.4])
    courierd[5]: started,id=0A.1,from=<eve@far.example>,module=esmtp,host=ours.example,addr=<x@ours.example>
    courieresmtp[5]: id=0A.1,from=<eve@far.example>,addr=<x@ours.example>: 550 5.1.1 User unknown
    courieresmtp[5]: id=0A.1,from=<eve@far.example>,addr=<x@ours.example>,status: failure
    courierd[5]: started,id=0A.1,from=<>,module=dsn,host=,addr=<eve@far.example>
    courierd[5]: newmsg,id=0A.2: dns; localhost (localhost [127.0.0.1])
    courierd[5]: started,id=0A.2,from=<>,module=esmtp,host=far.example,addr=<eve@far.example>
    courieresmtp[5]: id=0A.2,from=<>,addr=<eve@far.example>,status: success
"""
COURIER_TWICE = """
    courieresmtp[5]: id=0A.2,from=<>,addr=<eve@far.example>: 550 5.1.1 User unknown
    courieresmtp[5]: id=0A.2,from=<>,addr=<eve@far.example>,status: failure
    courierd[5]: started,id=0A.2,from=<>,module=dsn,host=,addr=<postmaster>
    courierd[5]: newmsg,id=0A.3: dns; localhost (localhost [127.0.0.1])
    courierd[5]: started,id=0A.3,from=<#@[]>,module=local,host=alice,addr=<alice@ours.example>
    courierlocal[5]: id=0A.3,from=<#@[]>,addr=<alice@ours.example>,status: success
"""
COURIER_SUCCESS = COURIER.replace(": 550 5.1.1 User unknown", ": 250 ok").replace("status: failure", "status: success")
COURIER_DELAY = COURIER.replace(": 550 5.1.1 User unknown", ": 450 later").replace(
    "status: failure", "status: deferred"
)
EXCHANGE_REPLY = """\
\ufeff#Software: Microsoft Exchange Server
#Fields: date-time,source,event-id,message-id,recipient-address,recipient-status,reference,message-subject,sender-address,return-path
2026-03-01T10:00:00.000Z,SMTP,RECEIVE,<1@far.example>,bob@ours.example,,,Hi,eve@far.example,eve@far.example
2026-03-01T10:00:01.000Z,STOREDRIVER,SUBMIT,<2@mx>,,,,Automatische Antwort: Hi,bob@ours.example,<>
2026-03-01T10:00:01.000Z,STOREDRIVER,RECEIVE,<2@mx>,eve@far.example,,,Automatische Antwort: Hi,bob@ours.example,<>
2026-03-01T10:00:02.000Z,SMTP,SENDEXTERNAL,<2@mx>,eve@far.example,250 ok,,Automatische Antwort: Hi,bob@ours.example,<>
2026-03-01T10:00:03.000Z,SMTP,RECEIVE,<3@far.example>,bob@ours.example,,,Undeliverable,postmaster@far.example,<>
"""
EXCHANGE = '''\
\ufeff#Software: Microsoft Exchange Server
#Fields: date-time,source,event-id,message-id,recipient-address,recipient-status,reference,message-subject,sender-address,directionality
2026-03-01T10:00:00.000Z,SMTP,RECEIVE,<1@far.example>,x@ours.example,,,"Hi, ""you""",eve@far.example,Incoming
2026-03-01T10:00:00.000Z,ROUTING,FAIL,<1@far.example>,x@ours.example,[{LRT=};{LED=550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found}],,Hi,eve@far.example,
2026-03-01T10:00:00.000Z,DSN,DSN,<2@mx>,eve@far.example,,<1@far.example>,Unzustellbar: Hi,ex@ours.example,Originating
2026-03-01T10:00:00.000Z,SMTP,SEND,<2@mx>,eve@far.example,250 ok,,Unzustellbar: Hi,ex@ours.example,
'''

# name: log, (bounces, delays, successes, replies, inside, undelivered)
CASES: dict[str, tuple[str, tuple[int, ...]]] = {
    "exim": (dialogue(EXIM, DAY), (1, 0, 0, 0, 0, 0)),
    "exim, long ids": (dialogue(EXIM, DAY).replace(ONE, LONG[0]).replace(TWO, LONG[1]), (1, 0, 0, 0, 0, 0)),
    "exim, zone, milliseconds, pid": (dialogue(EXIM, "2026-03-01 11:00:00.123 +0100 [77] "), (1, 0, 0, 0, 0, 0)),
    "exim by syslog": (dialogue(EXIM, SYSLOG + "exim[5]: " + DAY), (1, 0, 0, 0, 0, 0)),
    "exim by syslog under another name": (dialogue(EXIM, SYSLOG + "outgoing[5]: "), (1, 0, 0, 0, 0, 0)),
    "exim, reply": (dialogue(REPLY, DAY), (0, 0, 0, 1, 0, 0)),
    "exim, warning, then bounce": (dialogue(WARNING, DAY), (1, 1, 0, 0, 0, 1)),
    "exim, success": (dialogue(SUCCESS, DAY), (0, 0, 1, 0, 0, 0)),
    "exim, thrown away": (dialogue(BLACKHOLE, DAY), (1, 0, 0, 0, 0, 1)),
    "exim, remote bounce": (
        dialogue(f"{ONE} <= <> H=mx [198.51.100.9] P=esmtp\n{ONE} ** x@ours.example: no", DAY),
        (0,) * 6,
    ),
    "sendmail": (dialogue(SENDMAIL, SYSLOG + "sendmail[5]: "), (1, 0, 0, 0, 1, 0)),
    "sendmail, no host": (dialogue(SENDMAIL, "<22>Mar  1 10:00:00 sendmail[5]: "), (1, 0, 0, 0, 1, 0)),
    "sendmail, notify": (dialogue(NOTIFY, SYSLOG + "sm-mta[5]: "), (1, 1, 1, 0, 1, 2)),
    "opensmtpd": (dialogue(OPENSMTPD, SYSLOG + "smtpd[5]: "), (1, 0, 0, 0, 0, 0)),
    "opensmtpd to standard output": (dialogue(OPENSMTPD, ""), (1, 0, 0, 0, 0, 0)),
    "qmail": (dialogue(QMAIL, "@4000000069a40e2a003ed208 "), (1, 0, 0, 0, 1, 1)),
    "qmail by splogger": (dialogue(QMAIL, SYSLOG + "qmail: 1772359200.004117 "), (1, 0, 0, 0, 1, 1)),
    "haraka": (dialogue(HARAKA), (1, 0, 0, 0, 0, 0)),
    "courier": (dialogue(COURIER, SYSLOG), (1, 0, 0, 0, 0, 0)),
    "courier, double bounce": (
        dialogue(COURIER.rpartition("    courieresmtp")[0] + COURIER_TWICE.removeprefix("\n"), SYSLOG),
        (1, 0, 0, 0, 1, 1),
    ),
    "exchange": (EXCHANGE, (1, 0, 0, 0, 0, 0)),
    "exchange, reply": (EXCHANGE_REPLY, (0, 0, 0, 1, 0, 0)),
    "exim, errors_copy": (
        dialogue(EXIM.replace(f"{TWO} =>", f"{TWO} => pm <pm@ours.example> R=local T=maildir\n    {TWO} ->"), DAY),
        (1, 0, 0, 0, 0, 0),
    ),
    "exim, list": (dialogue(EXIM_LIST, DAY), (0, 0, 0, 0, 1, 0)),
    "sendmail, two recipients": (dialogue(SENDMAIL_TWO, SYSLOG + "sendmail[5]: "), (1, 0, 0, 0, 0, 0)),
    "sendmail, reply": (dialogue(SENDMAIL_REPLY.format(sender="al"), SYSLOG + "sendmail[5]: "), (0, 0, 0, 1, 0, 0)),
    "sendmail, reply of nobody": (
        dialogue(SENDMAIL_REPLY.format(sender="<>"), SYSLOG + "sendmail[5]: "),
        (0, 0, 0, 1, 0, 0),
    ),
    "opensmtpd 5": (dialogue(OPENSMTPD_5, SYSLOG + "smtpd[5]: "), (1, 0, 0, 0, 0, 0)),
    "opensmtpd 6.0": (dialogue(OPENSMTPD_6_0, SYSLOG + "smtpd[5]: "), (1, 0, 0, 0, 0, 0)),
    "qmail, list": (dialogue(QMAIL_LIST, "@4000000069a40e2a003ed208 "), (0, 0, 0, 0, 1, 0)),
    "qmail, reply": (dialogue(QMAIL_REPLY, "@4000000069a40e2a003ed208 "), (0, 0, 0, 1, 0, 0)),
    "courier, success": (dialogue(COURIER_SUCCESS, SYSLOG), (0, 0, 1, 0, 0, 0)),
    "courier, delay": (dialogue(COURIER_DELAY, SYSLOG), (0, 1, 0, 0, 0, 0)),
}
