"""Which addresses are this machine's, as others reach it."""

from __future__ import annotations

import socket

import pytest

from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.greeter import SmtpGreeter


def test_an_address_of_this_machine_is_known_and_no_other_is() -> None:
    greeter = SmtpGreeter(clock=SystemClock())
    others = ("192.0.2.1", "2001:db8::1", "127.0.0.1", "127.0.0.9", "::1", "0.0.0.0", "::", "mx.example", "")
    assert [address for address in others if greeter.is_here(address)] == []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            pytest.skip("this machine has loopback only")
        assert greeter.is_here(asked.getsockname()[0])
