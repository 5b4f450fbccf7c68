"""One mail transaction (RFC 5321 §3.3) on an open session: from a probe to what became of it."""

from __future__ import annotations

import contextlib
import string
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bsaudit.adapters.smtp_session import SERVICE_CLOSING, START_INPUT, SessionError, SmtpSession
from bsaudit.model.domain import ascii_address
from bsaudit.model.mail import Reply, Stage, Submission
from bsaudit.model.probe import Probe
from bsaudit.ndn.queue_id import queue_id
from bsaudit.ports import Clock

# RFC 3461 §4: xchar is "!" to "~" without "+" and "="; RFC 6533 §3 takes "\" away too
_XCHAR = frozenset(string.ascii_letters + string.digits + string.punctuation) - set("+=")
_QCHAR = _XCHAR - {"\\"}


@dataclass
class _Draft:
    """A Submission in the making."""

    submitted_at: datetime
    accepted: bool | None = False
    stage: Stage | None = None
    reply: Reply | None = None
    recipient_replies: dict[str, Reply] = field(default_factory=dict)
    queue_id: str | None = None
    error: str | None = None

    def decided(self, stage: Stage, reply: Reply) -> None:
        self.stage, self.reply = stage, reply


async def transact(
    session: SmtpSession, probe: Probe, message: bytes, clock: Clock, *, pipeline: bool = False
) -> Submission:
    """Hand over one message and return what became of it; the session is ready for the next unless it died.

    `pipeline` sends MAIL, RCPT and DATA at once where the server offers it (RFC 2920). That is for relays: a target
    that refuses gets no command more than it takes to see that.
    """
    draft = _Draft(clock.now())
    session.final_dot_sent = False
    try:
        await _transaction(session, probe, message, draft, pipeline=pipeline)
    except SessionError as error:
        draft.stage, draft.reply, draft.error = error.stage, error.reply, error.message
        # Once the final dot has left, nobody but the server knows (RFC 5321 §4.5.3.2.6).
        draft.accepted = None if session.final_dot_sent else False
    return _finish(session, draft, probe, clock)


def _finish(session: SmtpSession, draft: _Draft, probe: Probe, clock: Clock) -> Submission:
    return Submission(
        accepted=draft.accepted,
        submitted_at=draft.submitted_at,
        finished_at=clock.now(),
        stage=draft.stage,
        reply=draft.reply,
        recipient_replies=draft.recipient_replies,
        transcript=session.take_transcript(),
        peer=session.peer,
        queue_id=draft.queue_id,
        tls=session.tls,
        dsn_requested=_asks_for_dsn(session, probe),
        smtputf8_offered="smtputf8" in session.extensions,
        size_limit=session.size_limit,
        error=draft.error,
    )


def not_begun(session: SmtpSession, error: SessionError, since: datetime, clock: Clock) -> Submission:
    """Return the Submission for a session that failed before MAIL."""
    return Submission(
        accepted=False,
        submitted_at=since,
        finished_at=clock.now(),
        stage=error.stage,
        reply=error.reply,
        transcript=session.take_transcript(),
        peer=session.peer,
        tls=session.tls,
        error=None if error.reply else error.message,
        closed=int(isinstance(error.cause, ConnectionRefusedError)),
    )


async def _transaction(session: SmtpSession, probe: Probe, message: bytes, draft: _Draft, *, pipeline: bool) -> None:
    session.stage = Stage.MAIL
    if _needs_smtputf8(probe) and "smtputf8" not in session.extensions:
        draft.stage, draft.error = Stage.MAIL, "an address of this probe needs SMTPUTF8, which is not offered"
        return
    mail = mail_command(session, probe, message)
    if pipeline:
        rcpts = [rcpt_command(session, probe, recipient.address) for recipient in probe.recipients]
        session.say_ahead([mail, *rcpts] if probe.rcpt_only else [mail, *rcpts, "DATA"])
    reply = await session.say(mail)
    draft.decided(Stage.MAIL, reply)
    if _positive(reply) and await _recipients(session, probe, draft) and await _data(session, draft):
        await _text(session, message, draft)
        return
    await _reset(session)


async def _recipients(session: SmtpSession, probe: Probe, draft: _Draft) -> bool:
    """Give the recipients; return whether the message is to follow."""
    session.stage = Stage.RCPT
    for recipient in probe.recipients:
        reply = await session.say(rcpt_command(session, probe, recipient.address))
        draft.recipient_replies[recipient.address] = reply
        if not session.alive:
            draft.decided(Stage.RCPT, reply)
            return False
    draft.decided(Stage.RCPT, next(iter(draft.recipient_replies.values())))
    return not probe.rcpt_only and any(map(_positive, draft.recipient_replies.values()))


async def _data(session: SmtpSession, draft: _Draft) -> bool:
    session.stage = Stage.DATA
    reply = await session.say("DATA", timeout_s=session.timeouts.data)
    draft.decided(Stage.DATA, reply)
    return reply.code == START_INPUT


async def _text(session: SmtpSession, message: bytes, draft: _Draft) -> None:
    reply = await session.send_text(message)
    draft.decided(Stage.END_OF_DATA, reply)
    if _positive(reply):
        draft.accepted, draft.queue_id = session.final_dot_sent, queue_id(reply.text)
    elif session.final_dot_sent and not _negative(
        reply
    ):  # neither yes nor no: RFC 5321 §4.2.1 knows no such reply here
        draft.accepted, draft.error = None, f"the final reply {reply.code} means neither accepted nor refused"


async def _reset(session: SmtpSession) -> None:
    """Leave the session ready for another transaction (RFC 5321 §4.1.1.5); what was decided stands."""
    with contextlib.suppress(SessionError):
        for command in session.said_ahead if session.alive else ():
            reply = await session.say(command)
            if reply.code == START_INPUT:  # DATA for nobody: a dot would send an empty message (RFC 2920 §3.1)
                session.abort()
        if session.alive:
            await session.say("RSET")


class Offering(Protocol):
    """Who said what it offers: a session, or (for a dry run) somebody imagined."""

    extensions: dict[str, str]


def mail_command(session: Offering, probe: Probe, message: bytes) -> str:
    """Return MAIL with the parameters that the server understands and this message needs.

    RET (RFC 3461 §4.3) is left out on purpose: HDRS would ask the target not to return the test virus, and so hide
    that it does; FULL would ask it to. Each server shows its own habit.
    """
    offered = session.extensions
    words = [f"MAIL FROM:<{ascii_address(probe.reverse_path)}>"]
    if "size" in offered:
        words.append(f"SIZE={len(message)}")  # RFC 1870 §5
    if "8bitmime" in offered and not message.isascii():
        words.append("BODY=8BITMIME")  # RFC 6152 §3
    if "smtputf8" in offered and (_needs_smtputf8(probe) or not _header(message).isascii()):
        words.append("SMTPUTF8")  # RFC 6531 §3.4
    if _asks_for_dsn(session, probe):
        words.append(f"ENVID={_xtext(probe.envid)}")
    return " ".join(words)


def rcpt_command(session: Offering, probe: Probe, address: str) -> str:
    """Return RCPT. DELAY is never asked for: a delay warning of the target would be our own doing."""
    command = f"RCPT TO:<{ascii_address(address)}>"
    if not _asks_for_dsn(session, probe):
        return command
    return f"{command} NOTIFY=SUCCESS,FAILURE ORCPT={_original_recipient(address)}"


def died_unsent(session: SmtpSession, submission: Submission) -> bool:
    """Return whether the connection, not an answer to this message, ended the transaction before its final dot.

    Only then may it be tried again. A 421 to the final dot is an answer: the message was there to be taken.
    """
    if session.alive or session.final_dot_sent:
        return False
    return submission.reply.code == SERVICE_CLOSING if submission.reply else submission.error is not None


def _asks_for_dsn(session: Offering, probe: Probe) -> bool:
    # A server that did not offer it answers 501 or 555 to these parameters. No DSN ever goes to "<>" (RFC 3461 §5.2.7).
    return probe.notify and "dsn" in session.extensions and probe.reverse_path != ""


def _needs_smtputf8(probe: Probe) -> bool:
    addresses = (probe.reverse_path, *(recipient.address for recipient in probe.recipients))
    return not all(ascii_address(address).isascii() for address in addresses)


def _header(message: bytes) -> bytes:
    return message.partition(b"\r\n\r\n")[0]


def _original_recipient(address: str) -> str:
    if address.isascii():
        return f"rfc822;{_xtext(address)}"
    # RFC 6533 §3: utf-8-addr-xtext, legal with SMTPUTF8 and without
    return "utf-8;" + "".join(char if char in _QCHAR else f"\\x{{{ord(char):X}}}" for char in address)


def _xtext(text: str) -> str:
    return "".join(char if char in _XCHAR else f"+{ord(char):02X}" for char in text)


def _positive(reply: Reply) -> bool:
    return 200 <= reply.code < 300  # noqa: PLR2004 -- RFC 5321 §4.2.1


def _negative(reply: Reply) -> bool:
    return 400 <= reply.code < 600  # noqa: PLR2004
