"""postsrsd: rewrites reverse-paths for Postfix, and back."""

from __future__ import annotations

from tests.mta.host import Host, Service, Setup


def postsrsd(domain: str) -> Service:
    """Return the rewriting daemon; start it before the Postfix that asks it."""

    def run(host: Host) -> Setup:
        del host
        script = f"""echo proving-ground >/etc/srs.secret
chmod 644 /etc/srs.secret
postsrsd -d {domain} -s /etc/srs.secret -u nobody -l 127.0.0.1 -f 10001 -r 10002 -D"""
        return Setup(layers=("postsrsd",), script=script, ports=())

    return run
