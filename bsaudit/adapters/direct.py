"""The direct route: straight to one mail exchanger, as another MTA would."""

from __future__ import annotations

import msgspec

from bsaudit.adapters.smtp_session import SessionError, SmtpSession, Timeouts
from bsaudit.adapters.smtp_transaction import not_begun, transact
from bsaudit.adapters.tls import opportunistic_context
from bsaudit.model.mail import Exchange, Stage, Submission
from bsaudit.model.probe import Probe
from bsaudit.model.run import RelayFacts
from bsaudit.ports import Clock


class DirectSubmitter:
    """One connection for each probe, to `probe.address` and `probe.port`; implements `ports.Submitter`.

    STARTTLS is opportunistic (RFC 7435): taken where offered, whatever the certificate, and where the handshake fails
    the probe goes out in plain text on a new connection. `Submission.tls` says what it was.
    """

    def __init__(self, *, clock: Clock, helo_name: str | None = None, timeouts: Timeouts | None = None) -> None:
        self._clock = clock
        self._helo_name = helo_name
        self._timeouts = timeouts or Timeouts()
        self._context = opportunistic_context()

    async def open(self) -> RelayFacts | None:
        """Nothing to prove: each mail exchanger answers for itself."""
        return None

    async def submit(self, probe: Probe, message: bytes) -> Submission:
        """Hand over one message. Never raises for what the other side does."""
        since = self._clock.now()
        session = self._session(probe)
        try:
            try:
                await self._establish(session, encrypt=True)
            except SessionError as error:
                if not _tls_is_to_blame(session, error):
                    return not_begun(session, error, since, self._clock)
                return await self._in_plain_text(probe, message, session.take_transcript(), error)
            return await self._transact(session, probe, message)
        finally:
            session.abort()

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _in_plain_text(
        self, probe: Probe, message: bytes, earlier: tuple[Exchange, ...], trouble: SessionError
    ) -> Submission:
        since = self._clock.now()
        session = self._session(probe)
        try:
            await self._establish(session, encrypt=False)
            submission = await self._transact(session, probe, message)
        except SessionError as error:
            submission = not_begun(session, error, since, self._clock)
        finally:
            session.abort()
        return msgspec.structs.replace(
            submission, transcript=earlier + submission.transcript, tls=f"none: {trouble.message}"
        )

    def _session(self, probe: Probe) -> SmtpSession:
        host = probe.address or probe.mail_exchanger
        assert host is not None  # the plan gives every probe of the direct route its mail exchanger
        return SmtpSession(
            host,
            probe.port,
            clock=self._clock,
            helo_name=self._helo_name,
            timeouts=self._timeouts,
            server_name=probe.mail_exchanger,
        )

    async def _establish(self, session: SmtpSession, *, encrypt: bool) -> None:
        await session.connect()
        await session.hello()
        # A server that offers STARTTLS and refuses it (454) is served in plain text on the same connection.
        if encrypt and "starttls" in session.extensions and await session.starttls(self._context) is None:
            await session.hello()

    async def _transact(self, session: SmtpSession, probe: Probe, message: bytes) -> Submission:
        submission = await transact(session, probe, message, self._clock)
        await session.quit()
        return msgspec.structs.replace(submission, transcript=submission.transcript + session.take_transcript())


def _tls_is_to_blame(session: SmtpSession, error: SessionError) -> bool:
    # TLS 1.3 reports some failures only after the handshake, so the EHLO that follows may be the one that fails.
    return error.stage is Stage.STARTTLS or (session.tls is not None and error.reply is None)
