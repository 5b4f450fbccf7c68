"""SMTP servers on loopback that follow a script, so that a test reads as a dialogue.

A script is a text. `S:` is what the server says (`␍` is a CR of its own), `C:` what it expects the next line to begin
with; `C: *` reads up to the final dot; `TLS` starts TLS; `PAUSE` waits 0.1 s, `HANG` for ever; `RESET` cuts the
connection. After the last line the server closes.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
LONGEST = 1 << 23  # of a message that `C: *` reads


@dataclass
class Played:
    """What a scripted server heard, one list for each connection."""

    port: int = 0
    heard: list[list[str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@asynccontextmanager
async def play(
    *scripts: str,
    context: ssl.SSLContext | None = None,
    implicit_tls: bool = False,
    host: str = LOOPBACK,
    limit: int = LONGEST,
) -> AsyncIterator[Played]:
    """Serve one script after the other, a connection each; connections beyond the last are refused with 421."""
    played = Played()
    waiting = list(scripts)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if not server.is_serving():  # accepted at the last moment: nobody would end it
            writer.transport.abort()
            return
        tasks.add(task)
        script = waiting.pop(0) if waiting else "S: 421 4.3.2 no script left"
        heard: list[str] = []
        played.heard.append(heard)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await _follow(script, (reader, writer), heard, played.failures, context)
            if not writer.transport.is_closing():
                await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0, limit=limit, ssl=context if implicit_tls else None)
    played.port = server.sockets[0].getsockname()[1]
    try:
        yield played
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)
        await server.wait_closed()
    assert played.failures == []


async def _follow(
    script: str,
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    heard: list[str],
    failures: list[str],
    context: ssl.SSLContext | None,
) -> None:
    reader, writer = streams
    for step in filter(None, map(str.strip, script.split("\n"))):
        kind, _, text = step.partition(" ")
        match kind:
            case "S:":
                writer.write(text.replace("␍", "\r").encode() + b"\r\n")
                await writer.drain()
            case "C:" if text == "*":
                heard.append((await reader.readuntil(b"\r\n.\r\n")).decode("utf-8", "surrogateescape"))
            case "C:":
                line = (await reader.readuntil(b"\r\n")).decode().rstrip("\r\n")
                heard.append(line)
                if not line.startswith(text):
                    failures.append(f"expected {text!r}, heard {line!r}")
                    return
            case "TLS":
                assert context is not None
                await writer.start_tls(context)
            case "PAUSE" | "HANG":
                await asyncio.sleep(0.1 if kind == "PAUSE" else 999)
            case "RESET":
                writer.transport.abort()
                return
