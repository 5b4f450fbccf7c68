"""Access tokens from the user's command: one word or an error that says why."""

from __future__ import annotations

import base64
import shlex
import sys

import pytest

from bsaudit.adapters.oauth import access_token, xoauth2
from bsaudit.errors import CatchError, RelayError
from bsaudit.model.settings import Secret


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def test_the_token_is_what_the_command_prints() -> None:
    token = access_token(python("print('ya29.a0Af_b-x')"))
    assert token.reveal() == "ya29.a0Af_b-x"
    assert "ya29" not in repr(token)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            python("import sys; print('secret'); sys.exit('refresh token expired')"),
            "exit code 1: refresh token expired",
        ),
        (python(""), "must print one word"),
        (python("print('two words')"), "must print one word"),
        (python("print('tökén')"), "must print one word"),
        ("/nonexistent/helper", "cannot be run"),
        ("unbalanced 'quote", "cannot be run"),
        ("", "cannot be run"),
        (python("import sys; sys.exit('\\x1b[2J')"), "�"),
    ],
)
def test_what_can_go_wrong_has_a_cause_and_a_remedy(command: str, said: str) -> None:
    with pytest.raises(RelayError) as caught:
        access_token(command)
    assert said in caught.value.message
    assert "secret" not in caught.value.message
    assert caught.value.remedy


def test_a_command_that_asks_questions_is_not_waited_for() -> None:
    with pytest.raises(CatchError, match=r"no token within 0\.2 s"):
        access_token(python("import time; time.sleep(60)"), timeout_s=0.2, error=CatchError)


def test_the_shell_is_not_involved() -> None:
    assert access_token("echo $HOME;ls").reveal() == "$HOME;ls"


def test_xoauth2_is_google_s_format() -> None:
    assert base64.b64decode(xoauth2("me@own.test", Secret("T"))) == b"user=me@own.test\x01auth=Bearer T\x01\x01"
