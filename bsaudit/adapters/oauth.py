"""OAuth2 access tokens from the user's own command, for XOAUTH2 (IMAP and SMTP)."""

from __future__ import annotations

import base64
import shlex
import subprocess

from bsaudit.durations import duration
from bsaudit.errors import RelayError, ServiceError
from bsaudit.model.settings import Secret
from bsaudit.text import clean_line

# A token helper may have to renew the token over the network; one that asks questions hangs for ever.
TOKEN_COMMAND_S = 60.0
STDERR_LIMIT = 200


def access_token(command: str, *, timeout_s: float = TOKEN_COMMAND_S, error: type[ServiceError] = RelayError) -> Secret:
    """Run `command` (split as a shell would, but run without one) and return the token it prints.

    Blocks: call it in a thread. Raises `error` when the command fails, takes too long or prints no token; the
    message quotes what it wrote to stderr, never what it wrote to stdout.
    """
    try:
        argv = shlex.split(command)
        done = subprocess.run(  # the user's own command, from the user's own configuration
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
        )
    except (ValueError, IndexError, OSError) as trouble:
        raise _failed(error, f"cannot be run: {trouble}") from trouble
    except subprocess.TimeoutExpired as trouble:
        raise _failed(error, f"gave no token within {duration(timeout_s)}") from trouble
    if done.returncode != 0:
        raise _failed(error, f"failed with exit code {done.returncode}: {clean_line(done.stderr, STDERR_LIMIT)}")
    return _token(done.stdout, error)


def xoauth2(user: str, token: Secret) -> str:
    """Return the initial response of SASL XOAUTH2 (Google's and Microsoft's "XOAUTH2 protocol" pages)."""
    return base64.b64encode(f"user={user}\x01auth=Bearer {token.reveal()}\x01\x01".encode()).decode("ascii")


def _token(stdout: bytes, error: type[ServiceError]) -> Secret:
    words = stdout.decode("utf-8", "replace").split()
    # RFC 6750 §2.1: a bearer token is one word of ASCII
    if len(words) != 1 or not words[0].isascii():
        raise _failed(error, "must print one word, the access token, and nothing else")
    return Secret(words[0])


def _failed(error: type[ServiceError], what: str) -> ServiceError:
    return error(
        f"the token command {what}",
        remedy="Run the command by hand: it must print a fresh OAuth2 access token and exit 0.",
    )
