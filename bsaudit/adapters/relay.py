"""The relay route: a pool of submission sessions (RFC 6409) with the third-party relay."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import replace
from weakref import WeakKeyDictionary

import msgspec

from bsaudit.adapters.oauth import access_token
from bsaudit.adapters.relay_errors import explain, is_temporary, mechanism_missing, starttls_missing
from bsaudit.adapters.smtp_auth import AUTHENTICATED, authenticate, choose_mechanism
from bsaudit.adapters.smtp_session import SessionError, SmtpSession, Timeouts
from bsaudit.adapters.smtp_transaction import died_unsent, transact
from bsaudit.adapters.tls import verified_context
from bsaudit.errors import RelayError
from bsaudit.model.mail import Submission
from bsaudit.model.probe import Probe
from bsaudit.model.run import RelayFacts
from bsaudit.model.settings import RelaySettings, Secret, Tls
from bsaudit.ports import Clock

# A relay that restarts or limits connections is back within seconds; after these pauses it is called gone.
RECONNECT_PAUSES_S = (1.0, 5.0, 15.0)
# Servers end long sessions: OpenSMTPD answers 452 to the 101st message, others do so earlier.
MESSAGES_PER_SESSION = 50
# RFC 5321 §4.5.3.2.1 grants five minutes to a server under load, and so do we once there is mail to send. Before that
# a person waits, and silence means that the port speaks TLS.
OPEN_GREETING_S = 30.0


class RelaySubmitter:
    """Hands probes to the relay over up to `connections` sessions at once; implements `ports.Submitter`.

    Sessions are reused. One that dies is replaced for the next probe; a probe whose session died before its final dot
    was not sent, so it is tried once more. After the final dot nothing is ever sent again.
    """

    def __init__(
        self,
        relay: RelaySettings,
        *,
        clock: Clock,
        ca_file: str | None = None,
        insecure: bool = False,
        helo_name: str | None = None,
        connections: int = 1,
        timeouts: Timeouts | None = None,
        reconnect_pauses_s: tuple[float, ...] = RECONNECT_PAUSES_S,
    ) -> None:
        """Prepare. Raises ConfigError if `ca_file` cannot be read."""
        self._relay = relay
        self._clock = clock
        self._helo_name = helo_name
        self._timeouts = timeouts or Timeouts()
        self._pauses = reconnect_pauses_s
        self._context = None if relay.tls is Tls.NONE else verified_context(ca_file, insecure=insecure)
        self._sessions: set[SmtpSession] = set()
        self._carried: WeakKeyDictionary[SmtpSession, int] = WeakKeyDictionary()
        # One place for each session that may exist; the last used comes first, so that few are kept when few will do.
        self._places: asyncio.LifoQueue[SmtpSession | None] = asyncio.LifoQueue()
        for _ in range(connections):
            self._places.put_nowait(None)

    async def open(self) -> RelayFacts:
        """Connect, encrypt and authenticate once. Raises RelayError, with the cause and what to do about it."""
        patience = replace(self._timeouts, greeting=min(self._timeouts.greeting, OPEN_GREETING_S))
        place = await self._places.get()
        try:
            if place is None or not place.alive:
                place = await self._connect(patience)
        except SessionError as error:
            raise explain(error, self._relay) from error
        finally:
            self._places.put_nowait(place)
        return await self._facts(place)

    async def submit(self, probe: Probe, message: bytes) -> Submission:
        """Hand over one message. Raises RelayError only when the relay is gone or refuses the credentials."""
        first, died = await self._attempt(probe, message)
        if not died:
            return first
        second, _ = await self._attempt(probe, message)
        return msgspec.structs.replace(
            second, submitted_at=first.submitted_at, transcript=first.transcript + second.transcript
        )

    async def close(self) -> None:
        """Take leave of the relay."""
        await asyncio.gather(*(session.quit() for session in self._sessions))
        self._sessions.clear()

    async def _attempt(self, probe: Probe, message: bytes) -> tuple[Submission, bool]:
        session = await self._acquire()
        try:
            submission = await transact(session, probe, message, self._clock, pipeline=True)
        except BaseException:  # cancelled, or an address of ours is wrong: the transaction stands half open
            session.abort()
            raise
        finally:
            self._carried[session] = self._carried.get(session, 0) + 1
            self._places.put_nowait(session)
        return submission, died_unsent(session, submission)

    async def _acquire(self) -> SmtpSession:
        while True:
            place = await self._places.get()
            alive = place is not None and place.alive
            if place is not None and alive and self._carried.get(place, 0) < MESSAGES_PER_SESSION:
                return place
            try:
                if place is not None and alive:
                    await place.quit()
                return await self._connect_patiently()
            except SessionError as error:
                if self._alive():
                    continue  # a relay that takes no more connections is not gone: do with one place less
                self._places.put_nowait(None)
                raise explain(error, self._relay) from error
            except (RelayError, asyncio.CancelledError):
                self._places.put_nowait(None)
                raise

    async def _connect_patiently(self) -> SmtpSession:
        for pause in self._pauses:
            try:
                return await self._connect(self._timeouts)
            except SessionError as error:
                if self._alive() or not is_temporary(error):
                    raise
                await self._clock.sleep(pause)
        return await self._connect(self._timeouts)

    def _alive(self) -> set[SmtpSession]:
        return {session for session in self._sessions if session.alive}

    async def _connect(self, timeouts: Timeouts) -> SmtpSession:
        relay = self._relay
        session = SmtpSession(relay.host, relay.port, clock=self._clock, helo_name=self._helo_name, timeouts=timeouts)
        try:
            await session.connect(self._context if relay.tls is Tls.IMPLICIT else None)
            await session.hello()
            if relay.tls is Tls.STARTTLS:
                await self._starttls(session)
            if relay.user is not None:
                await self._authenticate(session, relay.user)
        except BaseException:
            session.abort()
            raise
        session.timeouts = self._timeouts
        self._sessions = {session, *self._alive()}  # those that have ended would stay with all that they hold
        return session

    async def _starttls(self, session: SmtpSession) -> None:
        assert self._context is not None
        if "starttls" not in session.extensions:
            raise starttls_missing(self._relay)
        refusal = await session.starttls(self._context)
        if refusal is not None:
            raise SessionError("STARTTLS was refused", stage=session.stage, reply=refusal)
        await session.hello()

    async def _authenticate(self, session: SmtpSession, user: str) -> None:
        command = self._relay.token_command
        mechanism = choose_mechanism(session.auth_methods, token=command is not None)
        if mechanism is None:
            raise mechanism_missing(self._relay, session.auth_methods)
        secret = self._relay.password or Secret("")
        if command is not None:
            secret = await asyncio.to_thread(access_token, command)
        reply = await authenticate(session, mechanism, user, secret)
        if reply.code != AUTHENTICATED:
            raise SessionError("the credentials were refused", stage=session.stage, reply=reply)

    async def _facts(self, session: SmtpSession) -> RelayFacts:
        host = self._relay.host
        found = []
        with contextlib.suppress(OSError):  # all the addresses of a pool, where DNS still knows them
            found = await asyncio.get_running_loop().getaddrinfo(host, self._relay.port, type=socket.SOCK_STREAM)
        addresses = dict.fromkeys((session.peer.address, *(str(entry[4][0]) for entry in found)))
        return RelayFacts(
            host=host,
            addresses=tuple(filter(None, addresses)),
            dsn="dsn" in session.extensions,
            tls=session.tls,
            banner_host=_banner_host(session.banner),
            seen_from=session.own_address,
        )


def _banner_host(banner: str) -> str | None:
    """Return the host name that stands first in the greeting (RFC 5321 §4.2, "Greeting")."""
    word = banner.partition(" ")[0].lower().rstrip(".")
    return word if "." in word and word.isascii() else None
