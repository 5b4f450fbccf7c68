"""postgrey: puts off clients that it has not met, as a Postfix policy service."""

from __future__ import annotations

from tests.mta.host import Host, Service, Setup

ASK = "check_policy_service inet:127.0.0.1:10023"


def postgrey(delay_s: int) -> Service:
    """Return the policy service; start it before the Postfix that asks it."""

    def run(host: Host) -> Setup:
        del host
        where = "--dbdir=/var/lib/postgrey --pidfile=/run/postgrey/pid --user=postgrey --group=postgrey"
        script = f"""install -d -o postgrey -g postgrey /var/lib/postgrey /run/postgrey
postgrey --inet=127.0.0.1:10023 --delay={delay_s} --auto-whitelist-clients=0 {where} -d"""
        return Setup(layers=("postgrey",), script=script, ports=())

    return run
