"""Lines a second of processor time of `bsaudit logs`, by family: `python benchmarks/logs.py [LINES] [ROUNDS]`.

The best of several rounds, in turns; Postfix side by side with pflogsumm, where that is installed. Exits 1 below what the
docs promise: 0.7 million lines a second for Postfix and Exim, 0.3 for the others, eight times as fast as pflogsumm.

The log of a busy gateway: five to seven lines a message, one in twenty bounces, half of these bounces undeliverable
themselves.
"""

# ruff: noqa: E501 -- lines of logs are long
from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

BOUNCE_EVERY = 20
BSAUDIT = str(Path(sys.executable).with_name("bsaudit"))
LEAST = {"postfix": 0.7, "exim": 0.7}
LEAST_OF_OTHERS = 0.3
TIMES = 8


def _numbered(block_of: Callable[[int], Iterator[str]], lines: int) -> Iterator[str]:
    """Yield whole blocks, numbered from 1, until there are as many lines."""
    written = number = 0
    while written < lines:
        number += 1
        block = list(block_of(number))
        yield from block
        written += len(block)


def postfix(lines: int) -> Iterator[str]:
    return _numbered(_postfix, lines)


def _postfix(number: int) -> Iterator[str]:
    second = number // 20
    day, time = 1 + second // 86400, f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
    at, pid, one, two = (
        f"Mar {day:2} {time} mx1 postfix",
        1200 + number // 100 % 40,
        f"{number:010X}",
        f"{number:08X}FF",
    )
    sender, client = f"user{number}@host{number % 997}.example", f"mail{number % 97}.example[198.51.100.{number % 250}]"
    yield f"{at}/smtpd[{pid}]: connect from {client}"
    yield f"{at}/smtpd[{pid}]: {one}: client={client}"
    yield f"{at}/cleanup[{pid}]: {one}: message-id=<{number}.abc@host{number % 997}.example>"
    yield f"{at}/qmgr[900]: {one}: from=<{sender}>, size=2140, nrcpt=1 (queue active)"
    yield f"{at}/smtpd[{pid}]: disconnect from {client} ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5"
    to = f"{at}/smtp[{pid}]: {one}: to=<rcpt{number}@example.com>, relay=store.example.com[192.0.2.25]:25, delay=0.31, "
    to += "delays=0.31/0.01/0.02/0.04, "
    if number % BOUNCE_EVERY:
        yield to + f"dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {number:X})"
    else:
        said = f"550 5.1.1 <rcpt{number}@example.com>: User unknown (in reply to RCPT TO command)"
        yield to + f"dsn=5.1.1, status=bounced (host store.example.com[192.0.2.25] said: {said})"
        yield f"{at}/cleanup[{pid}]: {two}: message-id=<20260301000000.{two}@mx1>"
        yield f"{at}/bounce[{pid}]: {one}: sender non-delivery notification: {two}"
        yield f"{at}/qmgr[900]: {two}: from=<>, size=4321, nrcpt=1 (queue active)"
        if number % (2 * BOUNCE_EVERY):
            yield f"{at}/smtp[{pid}]: {two}: to=<{sender}>, relay=mx[198.51.100.7]:25, delay=1, status=sent (250 ok)"
            yield f"{at}/qmgr[900]: {two}: removed"
    yield f"{at}/qmgr[900]: {one}: removed"


def exim(lines: int) -> Iterator[str]:
    return _numbered(_exim, lines)


def _exim(number: int) -> Iterator[str]:
    second = number // 20
    at = f"2026-03-{1 + second // 86400:02} {second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
    one, two = f"1wAAAA-{number:06X}-0A", f"1wAAAA-{number:06X}-0B"
    sender, address = f"user{number}@host{number % 997}.example", f"rcpt{number}@example.com"
    host = "R=inner T=remote_smtp H=store.example.com [192.0.2.25]"
    client = f"H=mail.example [198.51.100.{number % 250}]"
    yield f"{at} {one} <= {sender} {client} P=esmtps X=TLS1.3:AES CV=no S=3001 id={number}@x"
    if number % BOUNCE_EVERY:
        yield f'{at} {one} => {address} {host} C="250 ok"'
    else:
        said = f"SMTP error from remote mail server after RCPT TO:<{address}>: 550 5.1.1 User unknown"
        yield f"{at} {one} ** {address} {host}: {said}"
        yield f"{at} {two} <= <> R={one} U=Debian-exim P=local S=2100"
        yield f'{at} {two} => {sender} R=dnslookup T=remote_smtp H=mx.example [198.51.100.7] C="250 ok"'
        yield f"{at} {two} Completed"
    yield f"{at} {one} Completed"


# Lines of the other families: a message that is delivered, and one that bounces. `one` and `two` are ids of hexadecimal
# digits, `n` is the number of the message.
OTHERS: dict[str, tuple[str, str, str]] = {
    "sendmail": (
        "Mar  1 {time} mx1 sendmail[77]: ",
        """
        {one}: from=<user{n}@host.example>, size=2140, class=0, nrcpts=1, msgid=<{n}@host.example>, proto=ESMTPS, daemon=MTA, relay=mail.example [198.51.100.7]
        STARTTLS=client, relay=store.example.com., version=TLSv1.3, verify=OK, cipher=TLS_AES_256_GCM_SHA384, bits=256/256
        {one}: to=<rcpt{n}@example.com>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=122140, relay=store.example.com. [192.0.2.25], dsn=2.0.0, stat=Sent (2.0.0 Ok: queued as {n:X})
        """,
        """
        {one}: from=<user{n}@host.example>, size=2140, class=0, nrcpts=1, msgid=<{n}@host.example>, proto=ESMTPS, daemon=MTA, relay=mail.example [198.51.100.7]
        {one}: to=<rcpt{n}@example.com>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=122140, relay=store.example.com. [192.0.2.25], dsn=5.1.1, reply=550 5.1.1 <rcpt{n}@example.com>: User unknown, stat=User unknown
        {one}: {two}: DSN: User unknown
        {two}: to=<user{n}@host.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=30000, relay=mx.example. [198.51.100.7], dsn=2.0.0, stat=Sent (ok)
        """,
    ),
    "opensmtpd": (
        "Mar  1 {time} mx1 smtpd[77]: ",
        """
        {one} smtp connected address=198.51.100.7 host=mail.example
        {one} smtp message msgid={n:08x} size=2140 nrcpt=1 proto=ESMTP
        {one} smtp envelope evpid=1{n:015x} from=<user{n}@host.example> to=<rcpt{n}@example.com>
        {one} smtp disconnected reason=quit
        {two} mta delivery evpid=1{n:015x} from=<user{n}@host.example> to=<rcpt{n}@example.com> rcpt=<-> source="192.0.2.1" relay="192.0.2.25 (store.example.com)" delay=0s result="Ok" stat="250 2.0.0 Ok: queued as {n:X}"
        """,
        """
        {one} smtp connected address=198.51.100.7 host=mail.example
        {one} smtp envelope evpid=1{n:015x} from=<user{n}@host.example> to=<rcpt{n}@example.com>
        {one} smtp disconnected reason=quit
        {two} mta delivery evpid=1{n:015x} from=<user{n}@host.example> to=<rcpt{n}@example.com> rcpt=<-> source="192.0.2.1" relay="192.0.2.25 (store.example.com)" delay=0s result="PermFail" stat="550 5.1.1 User unknown"
        a{one} smtp connected address=local host=mx1
        a{one} smtp envelope evpid=2{n:015x} from=<> to=<user{n}@host.example>
        {two} mta delivery evpid=2{n:015x} from=<> to=<user{n}@host.example> rcpt=<-> source="192.0.2.1" relay="198.51.100.7 (mx)" delay=0s result="Ok" stat="250 ok"
        """,
    ),
    "qmail": (
        "@4000000069a40e2a003ed208 ",
        """
        new msg {n}
        info msg {n}: bytes 2140 from <user{n}@host.example> qp {n} uid 7791
        starting delivery {n}: msg {n} to remote rcpt{n}@example.com
        status: local 0/10 remote 1/20
        delivery {n}: success: 192.0.2.25_accepted_message./Remote_host_said:_250_2.0.0_Ok/
        status: local 0/10 remote 0/20
        end msg {n}
        """,
        """
        new msg {n}
        info msg {n}: bytes 2140 from <user{n}@host.example> qp {n} uid 7791
        starting delivery {n}: msg {n} to local example.com-rcpt{n}@example.com
        status: local 1/10 remote 0/20
        delivery {n}: failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/
        bounce msg {n} qp 1{n}
        end msg {n}
        info msg 2{n}: bytes 2140 from <> qp 1{n} uid 7796
        starting delivery 2{n}: msg 2{n} to remote user{n}@host.example
        delivery 2{n}: success: 198.51.100.7_accepted_message./Remote_host_said:_250_ok/
        end msg 2{n}
        """,
    ),
    "haraka": (
        "2026-03-01T{time}.004Z ",
        """
        [NOTICE] [{one}-18A4] [core] connect ip=198.51.100.7 port=44820 local_ip=192.0.2.1 local_port=25
        [NOTICE] [{one}-18A4.1] [core] sender <user{n}@host.example> code=CONT msg=""
        [NOTICE] [{one}-18A4.1] [core] recipient <rcpt{n}@example.com> code=OK msg="" sender=user{n}@host.example
        [NOTICE] [{one}-18A4.1] [core] queue code=OK msg="Message Queued ({one}-18A4.1)"
        [NOTICE] [{one}-18A4] [core] disconnect ip=198.51.100.7 rdns=x helo=x relay=N early=N esmtp=Y tls=N rcpts=1/0/0
        [NOTICE] [{one}-18A4.1.1] [outbound]  delivered file=1 domain=example.com host=store.example.com ip=192.0.2.25 port=25 response="Ok: queued"
        """,
        """
        [NOTICE] [{one}-18A4] [core] connect ip=198.51.100.7 port=44820 local_ip=192.0.2.1 local_port=25
        [NOTICE] [{one}-18A4.1] [core] sender <user{n}@host.example> code=CONT msg=""
        [NOTICE] [{one}-18A4] [core] disconnect ip=198.51.100.7 rdns=x helo=x relay=N early=N esmtp=Y tls=N rcpts=1/0/0
        [NOTICE] [{one}-18A4.1.1] [outbound] recipient <rcpt{n}@example.com> rejected: 550 5.1.1 User unknown
        [INFO] [{one}-18A4.1.1] [outbound] bouncing mail: Some recipients failed: <rcpt{n}@example.com>
        [INFO] [-] [outbound] Created transaction: {two}-18A4
        [NOTICE] [{two}-18A4.1] [outbound]  delivered file=1 domain=host.example host=mx.example ip=198.51.100.7 port=25 response="Ok"
        """,
    ),
    "courier": (
        "Mar  1 {time} mx1 ",
        """
        courierd[5]: newmsg,id=0A.{one}: dns; mail.example (mail.example [::ffff:198.51.100.7])
        courierd[5]: started,id=0A.{one},from=<user{n}@host.example>,module=esmtp,host=example.com,addr=<rcpt{n}@example.com>
        courieresmtp[6]: id=0A.{one},from=<user{n}@host.example>,addr=<rcpt{n}@example.com>: 250 2.0.0 Ok: queued as {n:X}
        courieresmtp[6]: id=0A.{one},from=<user{n}@host.example>,addr=<rcpt{n}@example.com>,size=2140,success: delivered: store.example.com
        courierd[5]: completed,id=0A.{one}
        """,
        """
        courierd[5]: newmsg,id=0A.{one}: dns; mail.example (mail.example [::ffff:198.51.100.7])
        courierd[5]: started,id=0A.{one},from=<user{n}@host.example>,module=esmtp,host=example.com,addr=<rcpt{n}@example.com>
        courieresmtp[6]: id=0A.{one},from=<user{n}@host.example>,addr=<rcpt{n}@example.com>: 550 5.1.1 User unknown
        courieresmtp[6]: id=0A.{one},from=<user{n}@host.example>,addr=<rcpt{n}@example.com>,status: failure
        courierd[5]: started,id=0A.{one},from=<>,module=dsn,host=,addr=<user{n}@host.example>
        courierd[5]: newmsg,id=0A.{two}: dns; localhost (localhost [127.0.0.1])
        courierd[5]: started,id=0A.{two},from=<>,module=esmtp,host=host.example,addr=<user{n}@host.example>
        courieresmtp[6]: id=0A.{two},from=<>,addr=<user{n}@host.example>,status: success
        """,
    ),
    "exchange": (
        "2026-03-01T{time}.000Z,",
        """
        192.0.2.1,edge,192.0.2.1,ex1,,EX1\\Default,SMTP,RECEIVE,{n},<{n}@host.example>,{one},rcpt{n}@example.com,,2140,1,,,Hello,user{n}@host.example,user{n}@host.example,0I:,Incoming
        192.0.2.1,ex1,192.0.2.2,ex2,,,ROUTING,RESOLVE,{n},<{n}@host.example>,{one},rcpt{n}@example.com,,2140,1,,,Hello,user{n}@host.example,user{n}@host.example,,Incoming
        192.0.2.1,ex1,192.0.2.2,ex2,,,AGENT,AGENTINFO,{n},<{n}@host.example>,{one},rcpt{n}@example.com,,2140,1,,,Hello,user{n}@host.example,user{n}@host.example,,Incoming
        192.0.2.1,ex1,192.0.2.2,ex2,,,STOREDRIVER,DELIVER,{n},<{n}@host.example>,{one},rcpt{n}@example.com,,2140,1,,,Hello,user{n}@host.example,user{n}@host.example,,Incoming
        """,
        """
        192.0.2.1,edge,192.0.2.1,ex1,,EX1\\Default,SMTP,RECEIVE,{n},<{n}@host.example>,{one},rcpt{n}@example.com,,2140,1,,,Hello,user{n}@host.example,user{n}@host.example,0I:,Incoming
        192.0.2.1,ex1,192.0.2.2,ex2,,,ROUTING,FAIL,{n},<{n}@host.example>,{one},rcpt{n}@example.com,[{{LED=550 5.1.10 RESOLVER.ADR.RecipientNotFound}}],2140,1,,,Hello,user{n}@host.example,user{n}@host.example,,Incoming
        192.0.2.1,ex1,,ex1,,,DSN,DSN,2{n},<2{n}@ex1>,{two},user{n}@host.example,,4000,1,,<{n}@host.example>,Undeliverable: Hello,ex@example.com,<>,,Originating
        192.0.2.1,ex1,198.51.100.7,mx.example,,Out,SMTP,SENDEXTERNAL,2{n},<2{n}@ex1>,{two},user{n}@host.example,250 ok,4000,1,,,Undeliverable: Hello,ex@example.com,<>,,Originating
        """,
    ),
}
EXCHANGE = (
    "#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,"
    "internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,"
    "related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality"
)


def other(name: str, lines: int) -> Iterator[str]:
    head, *kinds = OTHERS[name]
    delivered, bounced = ([head + line.strip() for line in text.strip().splitlines()] for text in kinds)

    def block(number: int) -> Iterator[str]:
        second = number // 20
        time = f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
        for line in delivered if number % BOUNCE_EVERY else bounced:
            yield line.format(time=time, n=number, one=f"{number:012X}", two=f"{number:011X}B")

    if name == "exchange":
        yield EXCHANGE
    yield from _numbered(block, lines)


def seconds(*command: str) -> float:
    """Return the processor time of a command: others may be at work here, too."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


LOGS: dict[str, Callable[[int], Iterator[str]]] = {
    "postfix": postfix,
    "exim": exim,
    **{name: partial(other, name) for name in OTHERS},
}


def checked(log: Path, notices: int) -> None:
    """See that what is measured is what it is meant to be: every notice is found."""
    words = (BSAUDIT, "logs", "--own", "example.com", "--format", "json", str(log))
    found = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)["totals"]["ndn_outside"]
    if abs(found - notices) > 1:
        sys.exit(f"{log.name}: {found} notices of {notices} were found")


def main() -> int:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    summer = shutil.which("pflogsumm")
    took: dict[str, list[float]] = defaultdict(list)
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, written in LOGS.items():
            text = list(written(lines))
            (log := Path(folder) / f"{name}.log").write_text("\n".join([*text, ""]))
            counts[name] = len(text)
            checked(log, int(re.findall(r"rcpt(\d+)@", "".join(text[-20:]))[-1]) // BOUNCE_EVERY)
        for _ in range(rounds):
            start = seconds(BSAUDIT, "--version")
            for name in LOGS:
                log = str(Path(folder) / f"{name}.log")
                words = (BSAUDIT, "logs", "--own", "example.com", "--format", "json", log)
                took[name].append(seconds(*words) - start)
            if summer:
                took["pflogsumm"].append(seconds(summer, str(Path(folder) / "postfix.log")))
    return told(counts, {name: min(times) for name, times in took.items()})


def told(counts: dict[str, int], best: dict[str, float]) -> int:
    """Print the speeds; return 1 where one is lower than what is promised."""
    slow = 0
    for name, count in counts.items():
        speed, least = count / best[name] / 1e6, LEAST.get(name, LEAST_OF_OTHERS)
        slow |= speed < least
        print(f"{name:<10} {speed:.2f} million lines/s (at least {least})")
    if "pflogsumm" in best:
        times = best["pflogsumm"] / best["postfix"]
        slow |= times < TIMES
        print(f"pflogsumm  takes {times:.1f} times as long as bsaudit with postfix's log (at least {TIMES})")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
