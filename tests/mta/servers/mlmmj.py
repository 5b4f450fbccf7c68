"""mlmmj: a list that only members may write to, and that tells the others."""

from __future__ import annotations

from tests.mta.host import Host, Service, Setup

LIST = "/var/spool/mlmmj/talk"
RECEIVE = f'"|/usr/bin/mlmmj-receive -L {LIST}/"'
PARTS = (
    "incoming queue queue/discarded archive text subconf unsubconf bounce control moderation "
    "subscribers.d digesters.d requeue nomailsubs.d"
)


def mlmmj(domain: str) -> Service:
    """Return the list talk@DOMAIN; the Postfix beside it needs `RECEIVE` as its alias."""

    def run(host: Host) -> Setup:
        del host
        script = f"""for part in {PARTS}; do install -d {LIST}/$part; done
cp /usr/share/mlmmj/text.skel/en/* {LIST}/text/
echo talk@{domain} >{LIST}/control/listaddress
echo alice@{domain} >{LIST}/control/owner
echo 127.0.0.1 >{LIST}/control/relayhost
echo alice@{domain} >{LIST}/subscribers.d/a
touch {LIST}/control/subonlypost {LIST}/index
chown -R nobody {LIST}"""
        return Setup(layers=("mlmmj",), script=script, ports=())

    return run
