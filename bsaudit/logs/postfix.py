"""Postfix: one queue's messages, from the lines of its daemons.

bounce(8) names the notice it wrote: up to 3.10 after the notice was queued and logged its own lines, from 3.11 before
them, and also where nothing is queued in the end. So a notice counts once two things are known of its id: that somebody
here wrote it, and that the queue manager took it (or that it was finished before it was named).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bsaudit.logs.clock import Clock
from bsaudit.logs.postfix_mail import Mail, Shared
from bsaudit.logs.programs import Programs
from bsaudit.logs.recent import Recent
from bsaudit.logs.sieve import Sieve
from bsaudit.logs.tally import ADDRESS_LIMIT, QUOTED, SAID_LIMIT, Kind, Notice, Tally
from bsaudit.logs.vacation import Vacation
from bsaudit.model.notification import Reason

PRODUCT = "Postfix"
Handler = Callable[[bytes, bytes], None]

# Senders of messages in the queue that one queue remembers; a message that is tried again says its sender again.
MAX_SENDERS = 100_000
# Messages with something to remember: failed, from an own client, notices. 500 bytes each.
MAX_MAILS = 50_000
_NULL = len(b"from=<")
# Messages of this server's own that left the queue before anybody said what they are
MAX_GONE = 10_000

_NAMED = re.compile(
    rb"(\w{5,32}): (sender|postmaster) (non-delivery|delay|delivery status) notification: (\w{5,32})(?!\w)"
)
_KINDS = {b"non-delivery": Kind.NDN, b"delay": Kind.DELAY, b"delivery status": Kind.SUCCESS}
_FORWARDED = re.compile(rb" status=sent \(forwarded as (\w{5,32})\)\s*\Z")
_QUEUED_AS = re.compile(rb"queued as (\w{5,32})")
_ADDRESS = rb"<((?:" + QUOTED + rb"(?=@))?[^>]{0,400})>"
_TO = re.compile(rb": to=" + _ADDRESS + rb"(?:, orig_to=" + _ADDRESS + rb")?")
_STATUS = re.compile(rb", dsn=([245]\.\d{1,3}\.\d{1,3})")
_VACATION = re.compile(
    rb"(\w{5,32}): to=<([^>+@]{1,64})[^>]{0,320}>.{0,1000}\(delivered to command: \S{0,200}vacation\b"
)
_PICKUP = re.compile(rb"uid=\d{1,10} from=<([^>]{0,400})>(?: orig_id=(\w{5,32}))?")
# A name is what its owner says; the address is not.
_OWN_HOST = re.compile(rb"[^\[]{0,255}\[(?:127\.|::1\])")


class Queue:
    """What one name of syslog stands for, on one host. `handlers`: the daemon's name → who reads its lines."""

    def __init__(self, name: object, tally: Tally, clock: Clock, sieve: Sieve, shared: Shared) -> None:
        self._name, self._tally, self._clock, self._sieve, self._shared = name, tally, clock, sieve, shared
        self._vacation = Vacation(tally)
        self._senders: Recent[bytes, bytes] = Recent(MAX_SENDERS)
        self._mails = self._strays = shared.strays
        self._gone: Recent[bytes, Mail] = Recent(MAX_GONE)
        self._programs = Programs()
        self.handlers: dict[bytes, Handler] = {
            b"smtpd": self._smtpd,
            b"cleanup": self._cleanup,
            b"pickup": self._pickup,
            b"qmgr": self._qmgr,
            b"oqmgr": self._qmgr,
            b"nqmgr": self._qmgr,
            b"postsuper": self._qmgr,
            b"bounce": self._bounce,
            b"discard": self._discard,
            b"local": self._local,
            b"pipe": self._pipe,
            **dict.fromkeys(
                (b"smtp", b"lmtp", b"virtual", b"error", b"retry", b"spawn", b"relay"),
                self._delivery,
            ),
        }

    # Frequent lines: as little as possible

    def _smtpd(self, rest: bytes, _line: bytes) -> None:
        queue_id, _, said = rest.partition(b": ")
        if said[:7] == b"client=":
            if queue_id in self._mails:
                self._removed(queue_id)  # nothing said so, and its id is used again
            if b", " in said or b"[127." in said or b"[::1]" in said:
                self._client(queue_id, said)

    def _cleanup(self, rest: bytes, line: bytes) -> None:
        queue_id, _, said = rest.partition(b": ")
        if said[:12] == b"message-id=<" and (said.find(queue_id) > 0 or said[12:19] == b"dovecot"):
            mail = self._mail(queue_id)
            mail.sieve = said[12:19] == b"dovecot"
            mail.queued |= mail.notice is None  # finished before it was named: up to 3.10
            if (mail.pickup or mail.sieve or mail.via) and not mail.here:
                at = self._clock.at(line)
                mail.at = mail.at or at
                mail.seen = self._tally.again(self._name, queue_id, at)
            mail.here = True
        elif said[:4] == b"to=<":  # content that it refuses of a local client
            self._delivery(rest, line)

    def _qmgr(self, rest: bytes, _line: bytes) -> None:
        queue_id, _, said = rest.partition(b": ")
        if said == b"removed":
            self._senders.young.pop(queue_id, None)
            if queue_id in self._mails:
                self._removed(queue_id)
        elif said[:6] == b"from=<":
            end = said.rfind(b">, ")  # a name in quotes may hold one
            if (
                end == _NULL
                or end > ADDRESS_LIMIT
                or queue_id in self._mails
                or queue_id in self._strays
                or said.endswith(b"returned to sender")
            ):
                self._taken(queue_id, said[6:end][:ADDRESS_LIMIT], said)
            else:
                senders = self._senders
                senders.young[queue_id] = said[6:end]
                if len(senders.young) > senders.limit:
                    senders.turn()

    def _delivery(self, rest: bytes, _line: bytes) -> None:
        at = rest.find(b", status=")
        if at < 0:
            return
        if rest.find(b'=<"', 0, at) > 0 and (to := _TO.match(rest, rest.find(b":"))):
            at = rest.find(b", status=", to.end())  # a name in quotes may hold another
        queue_id = rest[: rest.find(b":")]
        mail = self._mails.get(queue_id)
        if mail is not None or rest.startswith(b"bounced", at + 9):
            self._told(queue_id, mail or self._mail(queue_id), rest, at)
        elif b", relay=127." in rest or b", relay=localhost" in rest:
            self._passed_on(None, rest[at:])

    # Rare lines

    def _local(self, rest: bytes, line: bytes) -> None:
        self._pipe(rest, line)
        forwarded = _FORWARDED.search(rest)
        if forwarded and self._shared.is_local(rest[: rest.find(b":")]):
            self._mail(forwarded[1]).local = True  # a user's .forward file sent it on under a new id
        found = _VACATION.match(rest)
        sender = found and self._senders.find(found[1])
        if found and sender:
            self._vacation.ran(found[2], sender)

    def _pipe(self, rest: bytes, line: bytes) -> None:
        """Note that a program was given a message: it may be a content filter, which hands it in again."""
        self._delivery(rest, line)
        if b"(delivered via " in rest or b"(delivered to command: " in rest:
            queue_id = rest[: rest.find(b":")]
            mail = self._mails.get(queue_id)
            sender = self._senders.find(queue_id) if mail is None else mail.sender
            self._programs.given(sender, local=mail is not None and mail.local)

    def _pickup(self, rest: bytes, line: bytes) -> None:
        queue_id, _, said = rest.partition(b": ")
        found = _PICKUP.match(said)
        if found is None:
            return
        if queue_id in self._mails:
            self._removed(queue_id)  # nothing said so, and its id is used again
        user, before = found.groups()
        if before is not None:
            self._requeued(before, queue_id)
            return
        mail = self._mail(queue_id)
        mail.local = mail.pickup = True
        mail.at = self._clock.at(line)
        mail.user = user[:ADDRESS_LIMIT]
        self._programs.handed_in(mail.user, mail)

    def _requeued(self, before: bytes, queue_id: bytes) -> None:
        """Follow a message that postsuper(1) gave another id."""
        mail = self._mails.pop(before, None)
        if mail is not None:
            self._mails[queue_id] = mail

    def _bounce(self, rest: bytes, line: bytes) -> None:
        named = _NAMED.match(rest)
        if named is None:
            self._tally.unread += b" notification: " in rest
            return
        of, whom, what, notice_id = named.groups()
        at = self._clock.at(line)
        if self._tally.again(self._name, notice_id, at):
            return
        original = self._mails.get(of)
        sender = self._senders.find(of) if original is None or original.sender is None else original.sender
        notice = Notice(_KINDS[what], PRODUCT, sender or None, at, copy=whom == b"postmaster")
        if original is not None:
            notice.to = notice.to or original.user or None
            notice.local = original.local
            original.about = notice
            if notice.kind is Kind.NDN and not notice.copy:
                notice.status, notice.said, notice.reason = _why(original.failure)
                original.failure = b""  # told; another recipient may fail days later
        self.claim(notice_id, notice)

    def claim(self, queue_id: bytes, notice: Notice) -> None:
        """Take it that the message of this id is this notice; a quick delivery is done before bounce(8) says so."""
        gone = None if queue_id in self._mails else self._gone.find(queue_id)
        if gone is not None:
            self._gone.drop(queue_id)
            gone.notice = notice
            self._done(gone)
            return
        sender = self._senders.find(queue_id)
        if sender is not None:
            self._senders.drop(queue_id)
        mail = self._mail(queue_id)
        mail.queued |= sender is not None
        mail.notice = mail.notice or notice

    @property
    def managed(self) -> bool:
        """Whether a queue manager logs under this name: else it is that of a service, whose messages are others'."""
        return self._mails is not self._strays

    def manage(self) -> None:
        if not self.managed:
            self._mails = {}
            self._shared.tables.append(self._mails)

    def holds(self, queue_id: bytes) -> bool:
        return queue_id in self._mails or self._senders.find(queue_id) is not None or bool(self._gone.find(queue_id))

    def _discard(self, rest: bytes, line: bytes) -> None:
        """discard(8) calls "sent" what it throws away."""
        self._delivery(rest.replace(b", status=sent", b", status=discarded", 1), line)

    def _client(self, queue_id: bytes, said: bytes) -> None:
        fields = dict(part.partition(b"=")[::2] for part in said.split(b", "))
        before = fields.get(b"orig_queue_id", b"")
        client = fields.get(b"orig_client", fields[b"client"])
        own = b"sasl_username" in fields or b"sasl_method" in fields
        if queue_id == b"NOQUEUE":
            self._shared.proxied.add(client) if own else self._shared.proxied.drop(client)
        elif own or (b"orig_client" in fields and self._shared.proxied.find(client)):
            self._mail(queue_id).local = True
        elif before:
            if self._shared.is_local(before):
                self._mail(queue_id).local = True
        elif _OWN_HOST.match(client):
            known = self._shared.filtered.find(queue_id)
            mail = self._mail(queue_id)
            mail.local = known is not False
            mail.via = known is None and b"orig_client" not in fields

    def _taken(self, queue_id: bytes, sender: bytes, said: bytes) -> None:
        """Note that the queue manager took a message that is worth remembering, or gave one up."""
        mail = self._mail(queue_id)
        mail.queued = True
        if sender and mail.notice is None:
            mail.sender = sender
        if said.endswith(b"returned to sender") and not mail.failure:
            mail.failure = _EXPIRED

    def _told(self, queue_id: bytes, mail: Mail, rest: bytes, at: int) -> None:
        """Note a delivery: of a notice, of a message that failed, or of an own client's."""
        mail.queued = True
        copy = not self._main(queue_id, mail, rest)
        if rest.startswith(b"bounced", at + 9):
            if not mail.failure or mail.failure == _EXPIRED:
                mail.failure = rest[max(at - 16, 0) : at + SAID_LIMIT]
        elif rest.startswith(b"sent", at + 9):
            mail.sent |= not copy
            self._passed_on(mail, rest[at:])

    def _main(self, queue_id: bytes, mail: Mail, rest: bytes) -> bool:
        """Tell whether a delivery is to the recipient that counts: the first, or he whom a notice is meant for."""
        found = _TO.match(rest, len(queue_id)) if mail.to is None or mail.notice is not None else None
        to = found and (found[2] or found[1])[:ADDRESS_LIMIT]
        if to is None or to == mail.to:
            return True
        if mail.to is not None and (mail.notice is None or to != mail.notice.to):
            return False
        mail.to, mail.sent = to, False
        return True

    def _passed_on(self, mail: Mail | None, said: bytes) -> None:
        """Follow a message through a content filter, which hands it back under a second id."""
        second = _QUEUED_AS.search(said[-60:])
        if second is None:
            return
        table = self._shared.table(second[1])
        again = table.get(second[1])
        if again is None or not again.via or again is mail:
            self._shared.filtered.put(second[1], mail is not None and mail.local)
            return
        again.via, again.local = False, mail is not None and mail.local
        if again.about is not None:
            again.about.local = again.local
        if mail is not None and (mail.notice is not None or mail.sieve):
            mail.sent, mail.ids = False, mail.ids + 1
            table[second[1]] = mail

    def _removed(self, queue_id: bytes) -> None:
        mail = self._mails.pop(queue_id)
        mail.ids -= 1
        if not mail.ids:
            if mail.here and mail.notice is None and mail.sender is None and not mail.pickup | mail.sieve:
                self._gone.put(queue_id, mail)
            self._done(mail)

    def _done(self, mail: Mail) -> None:
        notice = mail.notice
        if notice is None:
            notice = self._unnamed(mail)
        if notice is None or not mail.queued:
            return
        notice.to = mail.to or notice.to  # a list's owner is told, not its sender
        notice.delivered = mail.sent
        self._tally.count(notice)

    def _unnamed(self, mail: Mail) -> Notice | None:
        """Return the notice that a program of this server wrote and handed in, where the message is one."""
        if mail.seen:
            return None
        if mail.sieve and mail.pickup | mail.local:
            return self._sieve.taken(mail.to, null=mail.sender is None, at=mail.at)
        by_program = mail.pickup or mail.via  # vacation(1) and its like; PostfixAdmin's comes from localhost
        if by_program and mail.here and not mail.user and mail.sender is None and mail.queued:
            return Notice(Kind.AUTOREPLY, PRODUCT, mail.to, mail.at)
        if mail.user and b"@" not in mail.user and mail.queued:
            notice = Notice(Kind.AUTOREPLY, PRODUCT, mail.to, mail.at)
            notice.delivered = mail.sent
            return self._vacation.wrote(mail.user, notice)
        return None

    def _mail(self, queue_id: bytes) -> Mail:
        mail = self._mails.get(queue_id)
        if mail is None:
            if len(self._mails) >= MAX_MAILS:
                self._tally.full = True
                self.finish()
            mail = self._strays.pop(queue_id, None) or Mail()
            mail.sender = mail.sender or self._senders.young.pop(queue_id, None)
            self._mails[queue_id[:32]] = mail
        return mail

    def finish(self) -> None:
        """Count what is in the queue when the log ends."""
        mails = dict.fromkeys(self._mails.values())
        self._mails.clear()
        for mail in mails:
            self._done(mail)


_EXPIRED = b"status=expired, returned to sender"


def _why(failure: bytes) -> tuple[str | None, bytes, Reason | None]:
    """Return status, words and, where nothing was said, reason of what a delivery agent logged."""
    if failure == _EXPIRED:
        return None, failure, Reason.EXPIRED
    status = _STATUS.search(failure)
    return status[1].decode() if status else None, failure.partition(b", status=bounced (")[2].removesuffix(b")"), None
