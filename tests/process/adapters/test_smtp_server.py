"""The end of an SMTP server: whoever is connected by then, or just connecting, is cut, and nothing is left open."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest

from bsaudit.adapters.smtpd import Handler, Options, Server


@pytest.mark.parametrize("turns", range(6))
def test_closing_cuts_a_connection_however_new_it_is(turns: int) -> None:
    """A transport that outlives its server is a ResourceWarning, which pytest takes for an error."""

    async def main() -> bool:
        server = Server(Handler(), Options(hostname="mx.example.org"))
        address = await server.listen("127.0.0.1")
        with socket.create_connection(address, timeout=5) as client:
            for _ in range(turns):
                await asyncio.sleep(0)
            await server.close()
            try:
                while client.recv(1024):
                    pass
            except ConnectionResetError:
                return True
        return True

    assert asyncio.run(main())
    gc.collect()
