"""SMTP AUTH (RFC 4954): PLAIN, LOGIN, and XOAUTH2 with a token."""

from __future__ import annotations

import base64

from bsaudit.adapters.oauth import xoauth2
from bsaudit.adapters.smtp_session import HIDDEN, SmtpSession
from bsaudit.model.mail import Reply, Stage
from bsaudit.model.settings import Secret

AUTHENTICATED, CONTINUE = 235, 334


def choose_mechanism(offered: tuple[str, ...], *, token: bool) -> str | None:
    """Return the mechanism to use, lower case, or None if the server offers none that we speak."""
    ours = ("xoauth2",) if token else ("plain", "login")
    return next((name for name in ours if name in offered), None)


async def authenticate(session: SmtpSession, mechanism: str, user: str, secret: Secret) -> Reply:
    """Authenticate and return the server's last reply (235 if it went well). Raises SessionError.

    Nothing of the credentials enters the transcript, not even where the server quotes them.
    """
    session.stage = Stage.AUTH
    if mechanism == "login":
        return await _login(session, user, secret.reveal())
    response = xoauth2(user, secret) if mechanism == "xoauth2" else _base64(f"\0{user}\0{secret.reveal()}")
    name = mechanism.upper()
    reply = await session.say(
        f"AUTH {name} {response}", shown=f"AUTH {name} {HIDDEN}", secrets=(response, secret.reveal())
    )
    # XOAUTH2 explains a failure in a challenge, which an empty response turns into the final reply.
    return await session.say("") if reply.code == CONTINUE else reply


async def _login(session: SmtpSession, user: str, password: str) -> Reply:
    # draft-murchison-sasl-login: two challenges, whose texts mean nothing
    reply = await session.say("AUTH LOGIN")
    for answer in (_base64(user), _base64(password)):
        if reply.code == CONTINUE:
            reply = await session.say(answer, shown=HIDDEN, secrets=(answer, password))
    return reply


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
