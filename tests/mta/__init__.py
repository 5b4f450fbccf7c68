"""The proving ground: real mail servers in network namespaces, with the truth about each of them known.

    python -m tests.mta up | down | status | shell [HOST] | run [--on HOST] -- COMMAND...

How it works. `relays.py` and `targets.py` are tables of hosts; `hosts.py` adds our own side, gives addresses and
derives the DNS data. A host names a service (`servers/`): a pure function from the row to files, a start script and
the Debian packages it needs, which `layers.py` downloads and unpacks into the user's cache, outside the repository.
`lab.py` starts `keeper.py` as process 1 of fresh namespaces; that wires one bridge, lays each host's packages and
files over the root (overlayfs), and boots it in network, mount and UTS namespaces of its own. All of it is that one
process: when it is killed, the kernel takes every server, mount and interface away, and nothing of it was ever
visible outside.

What it proves. `truth.py` says for every target what each probe must show by each route, and why; `test_truth.py`
runs the installed command on the auditor's machine and compares its JSON. docs/truth-table.md shows the table.

To add a target: a row in `targets.py` (with a new file in `servers/` only if no server there can do it), a row in
`truth.py`, and `python -m tests.mta.truth > docs/truth-table.md`. Names are `NAME.example`, addresses documentation
and private ranges; what a server does must follow from its configuration, never from what the program said of it.
"""
