"""Where the lab lives: addresses of its own in 127/8, all with the same port, so that `--port N` fits every host."""

from __future__ import annotations

import errno
import random
import socket
from collections.abc import Iterable

from bsaudit.errors import ServiceError

# Any block of 127/8 would do; not 127.0.0.1, which says nothing about who connected.
PREFIX = "127.77.0"
# Below what Linux hands out for outgoing connections (ip_local_port_range starts at 32768): no connection of the lab
# itself can take the port while a listener is being set up.
PORTS = range(20025, 32000)
TRIES = 50


class LabError(ServiceError):
    """The lab cannot run on this machine."""

    where = "lab"


def free_port(addresses: Iterable[str]) -> int:
    """Return a port that is free for TCP and UDP on all `addresses`. Raises LabError."""
    wanted = tuple(addresses)
    for port in random.sample(PORTS, TRIES):
        if all(_is_free(address, port) for address in wanted):
            return port
    raise LabError(
        f"no port is free on all of the lab's addresses ({PREFIX}.0/24)", remedy="Is another lab running? End it."
    )


def _is_free(address: str, port: int) -> bool:
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as trial:
                trial.bind((address, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise LabError(
            f"the lab needs loopback addresses beside 127.0.0.1, and {address} cannot be used here: {error.strerror}",
            remedy=(
                "Linux has all of 127.0.0.0/8. Elsewhere hosts could not be told apart by address, and the lab would"
                " show wrong results; so it does not guess."
            ),
        ) from error
    return True
