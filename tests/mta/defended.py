"""Servers with what `bsaudit defend` prints in their files, word for word; who speaks to them; what the list says."""

from __future__ import annotations

from bsaudit.defence.guide import ZONE, passages
from tests.mta.host import OUTSIDE, Host, Service, Setup
from tests.mta.servers.exim import exim
from tests.mta.servers.haraka import haraka
from tests.mta.servers.postfix import postfix

# Address of a client → what the list says of it.
LISTED, REFUSING, TAMPERED, UNLISTED = (f"{OUTSIDE}.{last}" for last in (240, 241, 242, 243))
SAID = {LISTED: "127.0.0.2", REFUSING: "127.255.255.254", TAMPERED: "203.0.113.9", UNLISTED: None}
RECORDS = tuple(
    f"{'.'.join(reversed(address.split('.')))}.{ZONE} A {answer}" for address, answer in SAID.items() if answer
)


def _postfix(host: Host) -> Setup:
    setup = postfix()(host)
    (main,) = passages("postfix")
    return _with(setup, {main.path: setup.files[main.path] + main.text})


def _exim(host: Host) -> Setup:
    setup = exim()(host)
    before, after = passages("exim")
    text = setup.files[before.path].replace("begin acl\n", f"{before.text}\nbegin acl\n{after.text}\n")
    return _with(setup, {before.path: text})


def _haraka(host: Host) -> Setup:
    setup = haraka(verifies=False)(host)
    plugins, program = passages("haraka")
    listed = setup.files[f"/srv/haraka/{plugins.path}"] + plugins.text
    return _with(setup, {f"/srv/haraka/{plugins.path}": listed, f"/srv/haraka/{program.path}": program.text})


def _filters(host: Host) -> Setup:
    """SpamAssassin, rspamd and Pigeonhole, which read a file and say what they make of it."""
    del host
    files = {one.path: one.text for one in passages("spamassassin", relays=["mail.defended.example"])}
    files |= {one.path: one.text for one in passages("rspamd")}
    files |= {
        "/etc/rspamd/local.d/options.inc": QUICK,
        "/etc/rspamd/local.d/worker-normal.inc": 'bind_socket = "127.0.0.1:11333";\ncount = 1;\n',
        "/etc/rspamd/few.dat": "com\norg\nexample\n",
    }
    files["/srv/backscatter.sieve"] = passages("sieve")[0].text
    return Setup(layers=("amavis", "rspamd", "dovecot"), files=files, script=RSPAMD, ports=())


# It would compile ten thousand suffixes first, for minutes.
QUICK = 'url_tld = "/etc/rspamd/few.dat";\ndisable_hyperscan = true;\n'
# Without Redis, of which it wants statistics that nobody reads here.
RSPAMD = """install -d /run/rspamd /var/lib/rspamd /var/log/rspamd
rspamd --insecure --user root --group root
until curl -s http://127.0.0.1:11333/ping; do sleep 0.2; done
"""


def _with(setup: Setup, files: dict[str, str]) -> Setup:
    return Setup(
        layers=setup.layers, script=setup.script, files={**setup.files, **files}, users=setup.users, ports=setup.ports
    )


def _mx(name: str, service: Service) -> Host:
    return Host(f"mx.{name}", service, mail_for={name: 10})


SERVERS = tuple(
    _mx(f"defended-{name}.example", one)
    for name, one in {"postfix": _postfix, "exim": _exim, "haraka": _haraka}.items()
)
FILTERS = Host("filters.defended.example", _filters)
HOSTS = (*SERVERS, FILTERS)
