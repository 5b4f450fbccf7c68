"""Haraka: knows the domains it takes mail for, not the people, and finds out afterwards."""

from __future__ import annotations

import json

from tests.mta.certificates import CERTIFICATE, KEY
from tests.mta.content import EICAR, GTUBE
from tests.mta.host import Host, Service, Setup

HARAKA = "/opt/haraka/node_modules/Haraka"
# A site's own plugin, as Haraka's documentation tells administrators to write: who exists, and what is refused.
PEOPLE = """exports.hook_rcpt = function (next, connection, params) {
  const people = ['alice', 'postmaster', 'abuse'];
  if (people.includes(params[0].user.toLowerCase().split('+')[0])) return next();
  next(DENY, 'No such user here');
};
"""
CONTENT = """exports.hook_data = function (next, connection) {
  connection.transaction.parse_body = true;
  next();
};
exports.hook_data_post = function (next, connection) {
  const tests = %s;
  connection.transaction.message_stream.get_data((data) => {
    const text = data.toString('latin1');
    const virus = Buffer.from(tests[1]).toString('base64').slice(0, 56);
    if (text.includes(tests[0])) return next(DENY, 'Message refused: it looks like spam');
    if (text.includes(virus)) return next(DENY, 'Message refused: it contains a virus');
    next();
  });
};
"""
# An error that it does not expect on any connection ends all of Haraka: as a service manager would, start it again.
# Left alone it makes its own Diffie-Hellman parameters, for 30 s on a whole core, and reads them half written.
START = """install -d /srv/haraka/queue
cp -rn {haraka}/config/. /srv/haraka/config/
cd /srv/haraka
openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out config/dhparams.pem
: >{died}
while :; do
    node {haraka}/bin/haraka -c /srv/haraka >>/var/log/haraka.log 2>&1 || :
    tail -n 20 /var/log/haraka.log >>{died}
    sleep 0.2
done &
"""
DIED = "/var/log/haraka.died"  # its last words, every time


def haraka(*, verifies: bool) -> Service:
    """Return a Haraka before `inner.DOMAIN`; if it `verifies` it refuses unknown users and test content itself."""

    def run(host: Host) -> Setup:
        plugins = ["tls", *(["people", "content"] if verifies else []), "relay"]
        action = json.dumps({"action": "accept", "nexthop": host.inner})
        routes = "".join(f"{domain}={action}\n" for domain in host.domains)
        config = {
            "me": host.hostname,
            "host_list": "\n".join(host.domains),
            "plugins": "\n".join(plugins),
            "smtp.ini": "listen=0.0.0.0:25\nnodes=0\n",
            "log.ini": "level=info\n",
            "tls.ini": f"key={KEY}\ncert={CERTIFICATE}\n",
            "relay.ini": "[relay]\ndest_domains=true\n",
            "relay_dest_domains.ini": f"[domains]\n{routes}",
            "outbound.ini": "enable_tls=false\ntemp_fail_intervals=5s,5s,5s\n",
        }
        files = {f"/srv/haraka/config/{name}": text + "\n" for name, text in config.items()}
        files["/srv/haraka/plugins/people.js"] = PEOPLE
        files["/srv/haraka/plugins/content.js"] = CONTENT % json.dumps([GTUBE, EICAR])
        return Setup(layers=("haraka",), files=files, script=START.format(haraka=HARAKA, died=DIED))

    return run
